using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Fused convolutions, 1-D (height 1) and 2-D, channels-last.</summary>
internal static class ConvolutionSteps
{
    public static void Write(Node node, PlanBuilder plan)
    {
        Value x = node.Required(0);
        Value weights = node.Required(1);
        Value y = node.Output;
        IReadOnlyList<long> w = weights.Constant!.Dimensions;
        int spatial = w.Count - 2;
        Shape input = x.KnownShape;
        Shape output = y.KnownShape;
        WindowAxis vertical = WindowAttributes.Axis(node, 0);
        WindowAxis horizontal = WindowAttributes.Axis(node, 1);
        Dimension inputHeight = spatial == 2 ? input[1] : Dimension.One;
        Dimension outputHeight = spatial == 2 ? output[1] : Dimension.One;
        Dimension inputWidth = input[spatial];
        Dimension outputWidth = output[spatial];
        int inputChannels = (int)input[spatial + 1].Value;
        int outputChannels = (int)w[0];
        int groups = (int)node.Int("group", 1);
        bool integer = x.Type == DataType.UInt8;
        bool depthwise = groups > 1 && groups == inputChannels && groups == outputChannels;
        int panelGroups = depthwise ? 1 : groups;
        plan.CountMacs(output.Length * w.Skip(1).Aggregate(1L, (a, b) => a * b));

        // Packing depends on the window alone: where the run decides how large images are, one that holds just a window stands for them.
        bool isOpen = !inputHeight.IsConstant || !inputWidth.IsConstant;
        Dimension paddedHeight = ((outputHeight - 1) * vertical.Stride) + ((vertical.Kernel - 1) * vertical.Dilation) + 1;
        Dimension paddedWidth = ((outputWidth - 1) * horizontal.Stride) + ((horizontal.Kernel - 1) * horizontal.Dilation) + 1;
        var one = new ConvolutionShape(
            1,
            isOpen ? (int)(((vertical.Kernel - 1) * vertical.Dilation) + 1) : (int)inputHeight.Value,
            isOpen ? (int)(((horizontal.Kernel - 1) * horizontal.Dilation) + 1) : (int)inputWidth.Value,
            inputChannels,
            isOpen ? 1 : (int)outputHeight.Value,
            isOpen ? 1 : (int)outputWidth.Value,
            outputChannels,
            (int)vertical.Kernel,
            (int)horizontal.Kernel,
            (int)vertical.Stride,
            (int)horizontal.Stride,
            (int)vertical.Dilation,
            (int)horizontal.Dilation,
            (int)vertical.PadBegin,
            (int)horizontal.PadBegin,
            groups);
        PlanArgument packed = (integer, depthwise) switch
        {
            (false, false) => plan.Constant<float>(
                weights.Name, ConstantFormats.ConvolutionFloat32, WeightPacking.ConvolutionFloat32(weights.Constant.Span<float>(), one)),
            (false, true) => plan.Constant<float>(
                weights.Name, ConstantFormats.DepthwiseFloat32, WeightPacking.DepthwiseFloat32(weights.Constant.Span<float>(), one)),
            (true, false) => plan.Constant<sbyte>(
                weights.Name, ConstantFormats.ConvolutionInt8, WeightPacking.ConvolutionInt8(weights.Constant.Span<sbyte>(), one)),
            (true, true) => plan.Constant<sbyte>(
                weights.Name, ConstantFormats.DepthwiseInt8, WeightPacking.DepthwiseInt8(weights.Constant.Span<sbyte>(), one)),
        };
        PlanCall shape = PlanBuilder.Nested(
            nameof(ConvolutionShape),
            ("batch", input[0]),
            ("inputHeight", inputHeight),
            ("inputWidth", inputWidth),
            ("inputChannels", inputChannels),
            ("outputHeight", outputHeight),
            ("outputWidth", outputWidth),
            ("outputChannels", outputChannels),
            ("kernelHeight", vertical.Kernel),
            ("kernelWidth", horizontal.Kernel),
            ("strideY", Unless(1, vertical.Stride)),
            ("strideX", Unless(1, horizontal.Stride)),
            ("dilationY", Unless(1, vertical.Dilation)),
            ("dilationX", Unless(1, horizontal.Dilation)),
            ("padTop", Unless(0, vertical.PadBegin)),
            ("padLeft", Unless(0, horizontal.PadBegin)),
            ("groups", Unless(1, groups)));
        string stride = vertical.Stride == 1 && horizontal.Stride == 1 ? string.Empty : $", stride {vertical.Stride}×{horizontal.Stride}";
        string name = depthwise ? "Depthwise convolution" : groups > 1 ? $"Convolution in {groups} groups" : "Convolution";
        plan.Call(
            node,
            $"{name} {vertical.Kernel}×{horizontal.Kernel}{stride}: {PlanBuilder.Describe(x)} → {PlanBuilder.Describe(y)}",
            $"{(depthwise ? "DepthwiseConvolution" : "Convolution")}.{(integer ? "UInt8" : "Float32")}",
            ("shape", shape),
            ("input", plan.Argument(x)),
            ("inputZeroPoint", integer ? x.Quantization!.ZeroPoint : null),
            ("weights", packed),
            ("epilogue", integer
                ? FusedEpilogue.Integer(node, plan, outputChannels, panelGroups)
                : FusedEpilogue.Float(node, plan, outputChannels, panelGroups)),
            ("scratch", plan.Scratch(Scratch())));

        Dimension Scratch()
        {
            int elementSize = integer ? sizeof(byte) : sizeof(float);
            long bytes = one.ScratchBytes(elementSize);
            bool isPadded = new[] { vertical, horizontal }.Any(a => a.PadBegin > 0 || a.PadEnd > 0);
            return !isOpen ? bytes
                : bytes == 0 && !isPadded ? Dimension.Zero
                : (paddedHeight * paddedWidth * (inputChannels * elementSize)) + ImagePadding.SlackBytes;
        }
    }

    private static PlanArgument? Unless(long usual, long value) => value == usual ? null : value;
}
