using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Planning.Sparsity;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Convolutions of one to three dimensions, channels-last.</summary>
internal static class ConvolutionSteps
{
    public static void Write(Node node, PlanBuilder plan)
    {
        Value x = node.Required(0);
        Value weights = node.Required(1);
        int groups = (int)node.Int("group", 1);
        bool integer = x.Type == DataType.UInt8;
        ConvolutionShape one = OfOne(node);
        bool depthwise = IsDepthwise(one);
        int panelGroups = depthwise ? 1 : groups;
        CountMacs(node, plan);
        if (integer && !depthwise && !IsOpen(node) && !plan.KeepsDense
            && SparseChoice.Of(weights.Constant!.Span<sbyte>(), one) is { } blocks)
        {
            WriteSparse(node, plan, one, blocks);
            return;
        }

        PlanArgument packed = (integer, depthwise) switch
        {
            (false, false) => plan.Constant<float>(
                weights.Name, ConstantFormats.ConvolutionFloat32, WeightPacking.ConvolutionFloat32(weights.Constant!.Span<float>(), one),
                (WeightPacking.PanelWidth, one.Taps * one.InputChannelsPerGroup)),
            (false, true) => plan.Constant<float>(
                weights.Name, ConstantFormats.DepthwiseFloat32, WeightPacking.DepthwiseFloat32(weights.Constant!.Span<float>(), one),
                WeightPanels.OfDepthwise(one)),
            (true, false) => plan.Constant<sbyte>(
                weights.Name, ConstantFormats.ConvolutionInt8, WeightPacking.ConvolutionInt8(weights.Constant!.Span<sbyte>(), one),
                WeightPanels.OfInt8(one)),
            (true, true) => plan.Constant<sbyte>(
                weights.Name, ConstantFormats.DepthwiseInt8, WeightPacking.DepthwiseInt8(weights.Constant!.Span<sbyte>(), one),
                WeightPanels.OfDepthwise(one)),
        };
        plan.Call(
            node,
            Description(node),
            $"{(depthwise ? "DepthwiseConvolution" : "Convolution")}.{(integer ? "UInt8" : "Float32")}",
            ("shape", Shape(node)),
            ("input", plan.Argument(x)),
            ("inputZeroPoint", integer ? x.Quantization!.ZeroPoint : null),
            ("weights", packed),
            ("epilogue", integer
                ? FusedEpilogue.Integer(node, plan, one.OutputChannels, panelGroups)
                : FusedEpilogue.Float(node, plan, one.OutputChannels, panelGroups)),
            ("scratch", plan.Scratch(ScratchBytes(node, one, integer ? sizeof(byte) : sizeof(float)))),
            ("threads", PlanBuilder.Threads(Products(node))));
    }

    /// <summary>By the blocks of weights that are not zero.</summary>
    private static void WriteSparse(Node node, PlanBuilder plan, in ConvolutionShape one, SparseBlocks blocks)
    {
        double kept = (double)blocks.Indices.Length / ((blocks.Starts.Length - 1L) * new QuadPlanes(one).Indices);
        plan.Call(
            node,
            Description(node, SparseChoice.Describe(kept)),
            "SparseConvolution.UInt8",
            ("shape", Shape(node)),
            ("input", plan.Argument(node.Required(0))),
            ("inputZeroPoint", node.Required(0).Quantization!.ZeroPoint),
            ("weights", SparseChoice.Argument(plan, node.Required(1).Name, blocks)),
            ("epilogue", FusedEpilogue.Integer(node, plan, one.OutputChannels, one.Groups)),
            ("scratch", plan.Scratch(SparseConvolution.ScratchBytes(one))),
            ("threads", PlanBuilder.Threads(Products(node))));
    }

    /// <summary>Images of reals, each of which finds the scale of its codes, by int8 weights.</summary>
    public static void WriteDynamic(Node node, PlanBuilder plan)
    {
        Value weights = node.Required(1);
        ConvolutionShape one = OfOne(node);
        bool depthwise = IsDepthwise(one);
        Shape input = node.Required(0).KnownShape;
        CountMacs(node, plan);
        plan.Call(
            node,
            $"{Description(node)}, by codes of each image",
            "DynamicConvolution.UInt8",
            ("shape", Shape(node)),
            ("input", plan.Argument(node.Required(0))),
            ("weights", plan.Constant<sbyte>(
                weights.Name,
                depthwise ? ConstantFormats.DepthwiseInt8 : ConstantFormats.ConvolutionInt8,
                depthwise
                    ? WeightPacking.DepthwiseInt8(weights.Constant!.Span<sbyte>(), one)
                    : WeightPacking.ConvolutionInt8(weights.Constant!.Span<sbyte>(), one),
                depthwise ? WeightPanels.OfDepthwise(one) : WeightPanels.OfInt8(one))),
            ("channels", DynamicChannels.Of(node, plan, depthwise ? 1 : one.Groups)),
            ("minimum", node.Float("minimum", float.NegativeInfinity)),
            ("maximum", node.Float("maximum", float.PositiveInfinity)),
            ("output", plan.Tensor(node.Output)),
            ("scratch", plan.Scratch(
                input.Product(1, input.Rank) + ScratchBytes(node, one, sizeof(byte)) + DynamicConvolution.ScratchBytes(one.BiasLength))),
            ("threads", PlanBuilder.Threads(Products(node))));
    }

    /// <summary>Convolution with weights that only the run knows: they are packed before they are used.</summary>
    public static void WriteUnpacked(Node node, PlanBuilder plan)
    {
        ConvolutionShape one = OfOne(node);
        CountMacs(node, plan);
        plan.Call(
            node,
            Description(node),
            "Convolution.UnpackedFloat32",
            ("shape", Shape(node)),
            ("input", plan.Argument(node.Required(0))),
            ("weights", plan.Argument(node.Required(1))),
            ("output", plan.Tensor(node.Output)),
            ("scratch", plan.Scratch((one.UnpackedLength * sizeof(float)) + ScratchBytes(node, one, sizeof(float)))),
            ("bias", node.Input(2) is { } bias ? plan.Argument(bias) : null),
            ("threads", PlanBuilder.Threads(Products(node))));
    }

    private static bool IsDepthwise(in ConvolutionShape shape) =>
        shape.Groups > 1 && shape.Groups == shape.InputChannels && shape.Groups == shape.OutputChannels;

    private static void CountMacs(Node node, PlanBuilder plan)
    {
        if (!node.Has(InternalOperators.IsPart))
        {
            plan.CountMacs(Products(node));
        }
    }

    private static Dimension Products(Node node)
    {
        Shape weights = node.Required(1).KnownShape;
        return node.Output.KnownShape.Length * weights.Product(1, weights.Rank);
    }

    /// <summary>
    /// The convolution of one image. Packing depends on the window alone: where the run decides how large images are, one that holds just a
    /// window stands for them.
    /// </summary>
    private static ConvolutionShape OfOne(Node node)
    {
        Shape input = node.Required(0).KnownShape;
        Shape output = node.Output.KnownShape;
        WindowAxis front = WindowAttributes.Axis(node, -1);
        WindowAxis vertical = WindowAttributes.Axis(node, 0);
        WindowAxis horizontal = WindowAttributes.Axis(node, 1);
        bool isOpen = IsOpen(node);
        return new ConvolutionShape(
            1,
            isOpen ? (int)vertical.Extent : (int)Size(input, 3).Value,
            isOpen ? (int)horizontal.Extent : (int)Size(input, 2).Value,
            (int)input[^1].Value,
            isOpen ? 1 : (int)Size(output, 3).Value,
            isOpen ? 1 : (int)Size(output, 2).Value,
            (int)output[^1].Value,
            (int)vertical.Kernel,
            (int)horizontal.Kernel,
            (int)vertical.Stride,
            (int)horizontal.Stride,
            (int)vertical.Dilation,
            (int)horizontal.Dilation,
            (int)vertical.PadBegin,
            (int)horizontal.PadBegin,
            (int)node.Int("group", 1),
            isOpen ? (int)front.Extent : (int)Size(input, 4).Value,
            isOpen ? 1 : (int)Size(output, 4).Value,
            (int)front.Kernel,
            (int)front.Stride,
            (int)front.Dilation,
            (int)front.PadBegin);
    }

    private static bool IsOpen(Node node) => node.Required(0).KnownShape.Skip(1).Any(d => !d.IsConstant);

    /// <summary>As the shape says; of images of any size, or slices of volumes, for what the output reads of one.</summary>
    private static Dimension ScratchBytes(Node node, in ConvolutionShape one, int elementSize)
    {
        if (!IsOpen(node))
        {
            return one.ScratchBytes(elementSize);
        }

        // One window need not be a volume where the input is.
        Shape output = node.Output.KnownShape;
        int zeroBytes = output.Rank == 5 ? one.BiasLength * sizeof(float) : 0;
        if (!one.IsCopied(elementSize) && Array.TrueForAll(node.Ints("pads")!, p => p == 0))
        {
            return Dimension.Constant(zeroBytes);
        }

        WindowAxis vertical = WindowAttributes.Axis(node, 0);
        WindowAxis horizontal = WindowAttributes.Axis(node, 1);
        Dimension height = ((Size(output, 3) - 1) * vertical.Stride) + vertical.Extent;
        Dimension width = ((Size(output, 2) - 1) * horizontal.Stride) + horizontal.Extent;
        return (height * width * (one.InputChannels * elementSize)) + (ImagePadding.SlackBytes + zeroBytes);
    }

    private static PlanCall Shape(Node node)
    {
        Shape input = node.Required(0).KnownShape;
        Shape output = node.Output.KnownShape;
        WindowAxis front = WindowAttributes.Axis(node, -1);
        WindowAxis vertical = WindowAttributes.Axis(node, 0);
        WindowAxis horizontal = WindowAttributes.Axis(node, 1);
        bool isVolume = input.Rank == 5;
        return PlanBuilder.Nested(
            nameof(ConvolutionShape),
            ("batch", input[0]),
            ("inputHeight", Size(input, 3)),
            ("inputWidth", Size(input, 2)),
            ("inputChannels", input[^1]),
            ("outputHeight", Size(output, 3)),
            ("outputWidth", Size(output, 2)),
            ("outputChannels", output[^1]),
            ("kernelHeight", vertical.Kernel),
            ("kernelWidth", horizontal.Kernel),
            ("strideY", Unless(1, vertical.Stride)),
            ("strideX", Unless(1, horizontal.Stride)),
            ("dilationY", Unless(1, vertical.Dilation)),
            ("dilationX", Unless(1, horizontal.Dilation)),
            ("padTop", Unless(0, vertical.PadBegin)),
            ("padLeft", Unless(0, horizontal.PadBegin)),
            ("groups", Unless(1, node.Int("group", 1))),
            ("inputDepth", isVolume ? (PlanArgument)Size(input, 4) : null),
            ("outputDepth", isVolume ? (PlanArgument)Size(output, 4) : null),
            ("kernelDepth", Unless(1, front.Kernel)),
            ("strideZ", Unless(1, front.Stride)),
            ("dilationZ", Unless(1, front.Dilation)),
            ("padFront", Unless(0, front.PadBegin)));
    }

    private static string Description(Node node, string weights = "")
    {
        ConvolutionShape one = OfOne(node);
        long[] strides = node.Ints("strides")!;
        string stride = Array.TrueForAll(strides, s => s == 1) ? string.Empty : $", stride {Text(strides, 2)}";
        string name = IsDepthwise(one) ? "Depthwise convolution" : one.Groups > 1 ? $"Convolution in {one.Groups} groups" : "Convolution";
        return $"{name} {Text(node.Ints("kernel_shape")!, 2)}{stride}{weights}: "
            + $"{PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}";

        // One dimension is shown as an image of height 1.
        static string Text(long[] numbers, int least) =>
            string.Join("×", Enumerable.Repeat(1L, int.Max(least - numbers.Length, 0)).Concat(numbers));
    }

    /// <summary>A spatial dimension, counted from the end of a channels-last shape; 1 where there is none.</summary>
    private static Dimension Size(Shape shape, int fromEnd) => fromEnd < shape.Rank ? shape[^fromEnd] : Dimension.One;

    private static PlanArgument? Unless(long usual, long value) => value == usual ? null : value;
}
