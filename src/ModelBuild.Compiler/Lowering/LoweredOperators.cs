using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Planning.Steps;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// The catalogue of what a graph may consist of between the portable passes and the plan, with the traits of each operator.
/// </summary>
internal static class LoweredOperators
{
    private static readonly DataType[] s_float = [DataType.Float32];
    private static readonly DataType[] s_real = [DataType.Float32, DataType.Float64];
    private static readonly DataType[] s_quantized = [DataType.UInt8];
    private static readonly DataType[] s_floatOrQuantized = [DataType.Float32, DataType.UInt8];
    private static readonly DataType[] s_bool = [DataType.Bool];
    private static readonly DataType[] s_integer =
    [
        DataType.UInt8, DataType.Int8, DataType.UInt16, DataType.Int16, DataType.UInt32, DataType.Int32, DataType.UInt64, DataType.Int64,
    ];

    private static readonly DataType[] s_product =
        [DataType.Float32, DataType.Float64, DataType.UInt32, DataType.Int32, DataType.UInt64, DataType.Int64];

    private static readonly DataType[] s_numeric = [DataType.Float32, DataType.Float64, DataType.Float16, .. s_integer];
    private static readonly DataType[] s_any = [.. s_numeric, DataType.Bool];

    private static readonly OperatorTraits s_none = new();

    private static readonly Dictionary<(string Domain, string Type), OperatorTraits> s_traits = new()
    {
        [(Domains.Internal, InternalOperators.Convolution)] = Fused(ConvolutionSteps.Write),
        [(Domains.Internal, InternalOperators.UnpackedConvolution)] =
            new() { Writer = ConvolutionSteps.WriteUnpacked, KeepsSamples = Always, Types = s_float, Restriction = Unpacked },
        [(Domains.Internal, InternalOperators.Gemm)] = Fused(MatrixSteps.WriteGemm),
        [(Domains.Internal, InternalOperators.DynamicConvolution)] = Fused(ConvolutionSteps.WriteDynamic) with { Types = s_float },
        [(Domains.Internal, InternalOperators.DynamicGemm)] = Fused(MatrixSteps.WriteDynamicGemm) with { Types = s_float },
        [(Domains.Internal, InternalOperators.MaximumPool)] = Pool(PoolingSteps.WriteMaximum),
        [(Domains.Internal, InternalOperators.AveragePool)] = Pool(PoolingSteps.WriteAverage),
        [(Domains.Internal, InternalOperators.IndexedMaximumPool)] = new()
        {
            Writer = PoolingSteps.WriteIndexed, Outputs = 2, KeepsSamples = node => node.Outputs is [_] or [_, null],
            Types = [DataType.Float32, DataType.Float64, DataType.Float16, DataType.Int8, DataType.UInt8],
        },
        [(Domains.Internal, InternalOperators.Lookup)] = new()
        {
            Writer = ElementwiseSteps.WriteLookup, IsElementwise = true, Operands = 1, Constants = [1], Types = s_quantized,
        },
        [(Domains.Internal, InternalOperators.ChannelLookup)] = new()
        {
            Writer = ElementwiseSteps.WriteChannelLookup, KeepsSamples = node => node.Output.KnownShape.Rank > 1, Operands = 1,
            Constants = [1], Types = s_quantized,
        },
        [(Domains.Internal, InternalOperators.QuantizedAdd)] = Elementwise(ArithmeticSteps.WriteQuantizedAdd, s_quantized),
        [(Domains.Internal, InternalOperators.QuantizedMultiply)] = Elementwise(ArithmeticSteps.WriteQuantizedMultiply, s_quantized),
        [(Domains.Internal, InternalOperators.QuantizedMatMul)] =
            new() { Writer = QuantizedProductSteps.Write, KeepsSamples = Always, Types = s_quantized },
        [(Domains.Internal, InternalOperators.QuantizedMean)] =
            new() { Writer = ReductionSteps.WriteQuantizedMean, KeepsSamples = Always, Types = s_quantized },
        [(Domains.Internal, InternalOperators.QuantizedSoftmax)] =
            new() { Writer = ReductionSteps.WriteQuantizedSoftmax, KeepsSamples = IsNotAlongSamples, Types = s_quantized },
        [(Domains.Internal, InternalOperators.QuantizedNormalization)] =
            new() { Writer = ReductionSteps.WriteQuantizedNormalization, KeepsSamples = Always, Constants = [1, 2], Types = s_quantized },
        [(Domains.Internal, InternalOperators.Pick)] = Sampled(SamplingSteps.WritePick) with { IsSelection = true, Types = s_any },
        [(Domains.Internal, InternalOperators.Interpolate)] = Sampled(SamplingSteps.WriteInterpolate) with { Types = s_floatOrQuantized },
        [(Domains.Internal, InternalOperators.Sizes)] = new() { Writer = SizeSteps.Write, TakesEmpty = true, Types = s_any },
        [(Domains.Internal, InternalOperators.ResizeScales)] = new() { Writer = ResizeSteps.WriteScales, Operands = 0, TakesEmpty = true },
        [(Domains.Internal, InternalOperators.ResizePlaces)] = new() { Writer = ResizeSteps.WritePlaces, Operands = 0, TakesEmpty = true },
        [(Domains.Internal, InternalOperators.ResizeWeights)] =
            new() { Writer = ResizeSteps.WriteWeights, Operands = 0, Outputs = 2, TakesEmpty = true },
        [(Domains.Internal, InternalOperators.Suppression)] =
            new() { Writer = SizeSteps.WriteSuppression, TakesEmpty = true, Outputs = 2, Types = s_float },
        [(Domains.Internal, InternalOperators.Distinction)] =
            new() { Writer = SizeSteps.WriteDistinction, TakesEmpty = true, Outputs = 4, Types = s_numeric },
        [(Domains.Internal, InternalOperators.Part)] = Selection(MovementSteps.WritePart),
        [(Domains.Internal, InternalOperators.Walk)] = Selection(MovementSteps.WriteWalk),
        [(Domains.Internal, InternalOperators.GridSample)] = AtFloats(SamplingSteps.WriteGridSample) with { KeepsSamples = Always },
        [(Domains.Internal, InternalOperators.RoiAlign)] = AtFloats(SamplingSteps.WriteRegionAlignment),
        [(Domains.Internal, InternalOperators.MaxRoiPool)] = AtFloats(SamplingSteps.WriteRegionPooling),
        [(Domains.Internal, InternalOperators.Quantize)] =
            Elementwise(ElementwiseSteps.WriteQuantizeDynamic, [DataType.Float32, DataType.UInt8]),
        [(Domains.Internal, InternalOperators.Round)] = Elementwise(ElementwiseSteps.WriteRound, s_float),
        [(Domains.Internal, InternalOperators.Copy)] = Elementwise(MovementSteps.WriteCopy, s_any),
        [(Domains.Internal, InternalOperators.FlipSign)] = Elementwise(ElementwiseSteps.WriteFlipSign, [DataType.UInt8, DataType.Int8]),
        [(Domains.Internal, InternalOperators.Reinterpret)] =
            new() { IsView = true, IsElementwise = true, TakesEmpty = true, Types = s_any },

        [(Domains.Onnx, "Identity")] = new() { IsView = true, IsElementwise = true, IsSelection = true, TakesEmpty = true, Types = s_any },
        [(Domains.Onnx, "Reshape")] = new() { IsView = true, IsSelection = true, TakesEmpty = true, Operands = 1, Types = s_any },
        [(Domains.Onnx, "Transpose")] = Selection(MovementSteps.WriteTranspose) with { KeepsSamples = Always },
        [(Domains.Onnx, "Slice")] = Selection(MovementSteps.WriteSlice) with { KeepsSamples = TakesEverySample },
        [(Domains.Onnx, "Pad")] = Selection(MovementSteps.WritePad) with { KeepsSamples = AddsNoSample },
        [(Domains.Onnx, "Concat")] = new() { Writer = MovementSteps.WriteConcat, TakesEmpty = true, KeepsSamples = Always, Types = s_any },
        [(Domains.Onnx, "Col2Im")] = new() { Writer = SamplingSteps.WriteFolding, KeepsSamples = Always, Operands = 1, Types = s_numeric },
        [(Domains.Onnx, "MaxUnpool")] = new() { Writer = SamplingSteps.WriteUnpooling, Operands = 2, Types = s_any },
        [(Domains.Onnx, "Resize")] = new() { Operands = 1 },
        [(Domains.Onnx, "MaxPool")] = new() { IsSelection = true },
        [(Domains.Onnx, "GlobalMaxPool")] = new() { IsSelection = true },

        [(Domains.Onnx, "If")] =
            new() { Writer = ControlFlowSteps.WriteIf, TakesEmpty = true, Outputs = int.MaxValue, Types = s_any },
        [(Domains.Onnx, "Loop")] =
            new() { Writer = ControlFlowSteps.WriteLoop, TakesEmpty = true, Outputs = int.MaxValue, Types = s_any },

        [(Domains.Onnx, "QuantizeLinear")] = new()
        {
            Writer = ElementwiseSteps.WriteQuantize, IsElementwise = true, Operands = 1, Types = s_float,
        },
        [(Domains.Internal, InternalOperators.SplitCodes)] = new()
        {
            Writer = ElementwiseSteps.WriteSplitCodes, IsElementwise = true, TakesEmpty = true, Outputs = 2, Types = [DataType.Float32],
        },
        [(Domains.Onnx, "DequantizeLinear")] = new()
        {
            Writer = ElementwiseSteps.WriteDequantize, IsElementwise = true, Operands = 1, Types = s_quantized,
        },
        [(Domains.Onnx, "BitCast")] = Elementwise(ElementwiseSteps.WriteBitCast, s_any),
        [(Domains.Onnx, "Cast")] = Elementwise(ElementwiseSteps.WriteCast, s_any) with
        {
            Restriction = node => s_any.Contains(node.Output.Type)
                ? null : $"converts {node.Required(0).Type} to {node.Output.Type} at run time, which is not supported",
        },
        [(Domains.Onnx, "Range")] =
            new() { Writer = SizeSteps.WriteSequence, TakesEmpty = true, Types = s_numeric },
        [(Domains.Onnx, "NonZero")] = new() { Writer = SizeSteps.WriteNonZero, TakesEmpty = true, Types = s_any },
        [(Domains.Onnx, "Split")] =
            new() { Writer = MovementSteps.WriteSplit, TakesEmpty = true, Operands = 1, Outputs = int.MaxValue, Types = s_any },
        [(Domains.Onnx, "Expand")] =
            new() { IsSelection = true, Writer = MovementSteps.WriteExpand, TakesEmpty = true, Operands = 1, Types = s_any },
        [(Domains.Onnx, "Tile")] = new()
        {
            IsSelection = true,
            Writer = MovementSteps.WriteTile, TakesEmpty = true, Operands = 1, Types = s_any,
            Restriction = node =>
                Tile.Loops(node.Required(0).KnownShape, Tile.Repeats(node, InferenceContext.Evaluation)) <= InferenceContext.RankLimit
                    ? null
                    : $"may repeat too many dimensions of {node.Required(0).Shape}; {InferenceContext.RankLimit / 2} are supported",
        },
        [(Domains.Onnx, "Gather")] = new() { IsSelection = true, Writer = MovementSteps.WriteGather, TakesEmpty = true, Types = s_any },
        [(Domains.Onnx, "GatherElements")] =
            new() { IsSelection = true, Writer = MovementSteps.WriteGatherElements, TakesEmpty = true, Types = s_any },
        [(Domains.Onnx, "GatherND")] = new() { IsSelection = true, Writer = MovementSteps.WriteGatherND, TakesEmpty = true, Types = s_any },
        [(Domains.Onnx, "ScatterElements")] = new() { Writer = MovementSteps.WriteScatterElements, TakesEmpty = true, Types = s_any },
        [(Domains.Onnx, "Scatter")] = new() { Writer = MovementSteps.WriteScatterElements, TakesEmpty = true, Types = s_any },
        [(Domains.Onnx, "ScatterND")] = new() { Writer = MovementSteps.WriteScatterND, TakesEmpty = true, Types = s_any },
        [(Domains.Onnx, "OneHot")] = new() { Writer = MovementSteps.WriteOneHot, TakesEmpty = true, Types = s_numeric },
        [(Domains.Onnx, "Where")] = new() { Writer = MovementSteps.WriteWhere, TakesEmpty = true, Types = s_bool },
        [(Domains.Onnx, "Trilu")] = new() { Writer = MovementSteps.WriteTriangle, TakesEmpty = true, Operands = 1, Types = s_any },
        [(Domains.Onnx, "ReverseSequence")] = new() { Writer = MovementSteps.WriteReverseSequence, TakesEmpty = true, Types = s_any },

        [(Domains.Onnx, "Clip")] = Tabular(ElementwiseSteps.WriteClip) with { Operands = 1 },
        [(Domains.Onnx, "Relu")] = Tabular(ElementwiseSteps.WriteActivation) with { Types = s_real },
        [(Domains.Onnx, "Sigmoid")] = Tabular(ElementwiseSteps.WriteActivation) with { Types = s_real },
        [(Domains.Onnx, "Tanh")] = Tabular(ElementwiseSteps.WriteActivation) with { Types = s_real },
        [(Domains.Onnx, "HardSwish")] = Tabular(ElementwiseSteps.WriteActivation),
        [(Domains.Onnx, "Softplus")] = Tabular(ElementwiseSteps.WriteActivation) with { Types = s_real },
        [(Domains.Onnx, "Softsign")] = Tabular(ElementwiseSteps.WriteActivation) with { Types = s_real },
        [(Domains.Onnx, "Mish")] = Tabular(ElementwiseSteps.WriteActivation),
        [(Domains.Onnx, "LeakyRelu")] = Tabular(ElementwiseSteps.WriteWithAlpha(0.01f)),
        [(Domains.Onnx, "ThresholdedRelu")] = Tabular(ElementwiseSteps.WriteWithAlpha(1)),
        [(Domains.Onnx, "Elu")] = Tabular(ElementwiseSteps.WriteWithAlpha(1)),
        [(Domains.Onnx, "Celu")] = Tabular(ElementwiseSteps.WriteWithAlpha(1)),
        [(Domains.Onnx, "Swish")] = Tabular(ElementwiseSteps.WriteWithAlpha(1)),
        [(Domains.Onnx, "Selu")] = Tabular(ElementwiseSteps.WriteSelu),
        [(Domains.Onnx, "Shrink")] = Tabular(ElementwiseSteps.WriteShrink),
        [(Domains.Onnx, "Gelu")] = Tabular(ElementwiseSteps.WriteGelu),
        [(Domains.Onnx, "HardSigmoid")] = Tabular(ElementwiseSteps.WriteHardSigmoid),
        [(Domains.Onnx, "Exp")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Log")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Sqrt")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Reciprocal")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Floor")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Ceil")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Round")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Erf")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Sin")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Cos")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Tan")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Asin")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Acos")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Atan")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Sinh")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Cosh")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Asinh")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Acosh")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Atanh")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_real },
        [(Domains.Onnx, "Neg")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_numeric },
        [(Domains.Onnx, "Abs")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_numeric },
        [(Domains.Onnx, "Sign")] = Tabular(ElementwiseSteps.WriteFunction) with { Types = s_numeric },
        [(Domains.Onnx, "IsNaN")] = Elementwise(ElementwiseSteps.WriteIsNaN, s_real),
        [(Domains.Onnx, "IsInf")] = Elementwise(ElementwiseSteps.WriteIsInf, s_real),
        [(Domains.Onnx, "Add")] = Tabular(ArithmeticSteps.Write) with { Types = s_numeric },
        [(Domains.Onnx, "Sub")] = Tabular(ArithmeticSteps.Write) with { Types = s_numeric },
        [(Domains.Onnx, "Mul")] = Tabular(ArithmeticSteps.Write) with { Types = s_numeric },
        [(Domains.Onnx, "Div")] = Tabular(ArithmeticSteps.Write) with { Types = s_numeric },
        [(Domains.Onnx, "Min")] = Tabular(ArithmeticSteps.Write) with { Types = s_numeric },
        [(Domains.Onnx, "Max")] = Tabular(ArithmeticSteps.Write) with { Types = s_numeric },
        [(Domains.Onnx, "Pow")] = Tabular(ArithmeticSteps.WritePower) with { Types = s_numeric },
        [(Domains.Onnx, "Mod")] = Elementwise(ArithmeticSteps.WriteModulo, s_numeric),
        [(Domains.Onnx, "PRelu")] = Tabular(ArithmeticSteps.WriteParametricRelu),
        [(Domains.Onnx, "Equal")] = Elementwise(ArithmeticSteps.WriteComparison, s_any),
        [(Domains.Onnx, "Less")] = Elementwise(ArithmeticSteps.WriteComparison, s_numeric),
        [(Domains.Onnx, "LessOrEqual")] = Elementwise(ArithmeticSteps.WriteComparison, s_numeric),
        [(Domains.Onnx, "Greater")] = Elementwise(ArithmeticSteps.WriteComparison, s_numeric),
        [(Domains.Onnx, "GreaterOrEqual")] = Elementwise(ArithmeticSteps.WriteComparison, s_numeric),
        [(Domains.Onnx, "And")] = Elementwise(ArithmeticSteps.WriteLogic, s_bool),
        [(Domains.Onnx, "Or")] = Elementwise(ArithmeticSteps.WriteLogic, s_bool),
        [(Domains.Onnx, "Xor")] = Elementwise(ArithmeticSteps.WriteLogic, s_bool),
        [(Domains.Onnx, "Not")] = Elementwise(ElementwiseSteps.WriteNot, s_bool),
        [(Domains.Onnx, "BitwiseAnd")] = Elementwise(ArithmeticSteps.WriteBits, s_integer),
        [(Domains.Onnx, "BitwiseOr")] = Elementwise(ArithmeticSteps.WriteBits, s_integer),
        [(Domains.Onnx, "BitwiseXor")] = Elementwise(ArithmeticSteps.WriteBits, s_integer),
        [(Domains.Onnx, "BitShift")] = Elementwise(ArithmeticSteps.WriteBits, s_integer),
        [(Domains.Onnx, "BitwiseNot")] = Elementwise(ElementwiseSteps.WriteNot, s_integer),

        [(Domains.Internal, InternalOperators.Attention)] =
            new() { Writer = MatrixSteps.WriteAttention, KeepsSamples = Always, Types = [DataType.Float32] },
        [(Domains.Internal, InternalOperators.Normalization)] =
            new() { Writer = ReductionSteps.WriteNormalization, KeepsSamples = Always, Constants = [1, 2], Types = s_float },
        [(Domains.Internal, InternalOperators.Rotation)] =
            new() { Writer = ElementwiseSteps.WriteRotation, KeepsSamples = Always, Types = s_float },
        [(Domains.Onnx, "MatMul")] = new() { Writer = MatrixSteps.WriteBatched, KeepsSamples = Always, Types = s_product },
        [(Domains.Onnx, "Det")] =
            new() { Writer = MatrixSteps.WriteDeterminant, Types = [DataType.Float32, DataType.Float64] },
        [(Domains.Microsoft, "Inverse")] =
            new() { Writer = MatrixSteps.WriteInverse, Types = [DataType.Float32, DataType.Float64] },
        [(Domains.Onnx, "LinearAttention")] =
            new() { Writer = RecurrentSteps.WriteLinearAttention, Outputs = 2, KeepsSamples = Always, Types = s_float },
        [(Domains.Onnx, "LSTM")] = new() { Writer = RecurrentSteps.Write, Outputs = 3, Types = s_float },
        [(Domains.Onnx, "GRU")] = new() { Writer = RecurrentSteps.Write, Outputs = 2, Types = s_float },
        [(Domains.Onnx, "RNN")] = new() { Writer = RecurrentSteps.Write, Outputs = 2, Types = s_float },
        [(Domains.Onnx, "ReduceMean")] = new() { Writer = ReductionSteps.WriteMean, KeepsSamples = Always, Types = s_real },
        [(Domains.Onnx, "ReduceSum")] =
            new() { Writer = ReductionSteps.Write, TakesEmpty = true, KeepsSamples = Always, Types = s_numeric },
        [(Domains.Onnx, "ReduceProd")] =
            new() { Writer = ReductionSteps.Write, TakesEmpty = true, KeepsSamples = Always, Types = s_numeric },
        [(Domains.Onnx, "ReduceMin")] =
            new() { IsSelection = true, Writer = ReductionSteps.Write, TakesEmpty = true, KeepsSamples = Always, Types = s_numeric },
        [(Domains.Onnx, "ReduceMax")] =
            new() { IsSelection = true, Writer = ReductionSteps.Write, TakesEmpty = true, KeepsSamples = Always, Types = s_numeric },
        [(Domains.Onnx, "ArgMax")] =
            new() { Writer = ReductionSteps.WriteArgument, TakesEmpty = true, KeepsSamples = Always, Types = s_numeric },
        [(Domains.Onnx, "ArgMin")] =
            new() { Writer = ReductionSteps.WriteArgument, TakesEmpty = true, KeepsSamples = Always, Types = s_numeric },
        [(Domains.Onnx, "CumSum")] = new() { Writer = ReductionSteps.WriteCumulation, TakesEmpty = true, Operands = 1, Types = s_numeric },
        [(Domains.Onnx, "CumProd")] = new() { Writer = ReductionSteps.WriteCumulation, TakesEmpty = true, Operands = 1, Types = s_numeric },
        [(Domains.Onnx, "TopK")] =
            new() { Writer = ReductionSteps.WriteTopK, TakesEmpty = true, Operands = 1, Outputs = 2, Types = s_numeric },
        [(Domains.Onnx, "Softmax")] = new() { Writer = ReductionSteps.WriteSoftmax, KeepsSamples = IsNotAlongSamples, Types = s_real },
        [(Domains.Onnx, "LogSoftmax")] = new() { Writer = ReductionSteps.WriteSoftmax, KeepsSamples = IsNotAlongSamples, Types = s_real },
    };

    /// <summary>The traits of a node's operator; those of an operator that cannot run where the catalogue has none.</summary>
    public static OperatorTraits Traits(this Node node) => s_traits.GetValueOrDefault((node.Domain, node.Type), s_none);

    private static OperatorTraits Fused(StepWriter writer) =>
        new() { Writer = writer, KeepsSamples = Always, Constants = [1, 2], Types = s_floatOrQuantized };

    private static OperatorTraits Pool(StepWriter writer) =>
        new() { Writer = writer, KeepsSamples = Always, Types = s_floatOrQuantized };

    /// <summary>Weights that the run computes are packed by sizes that the build knows; those of images may be left to the run.</summary>
    private static string? Unpacked(Node node)
    {
        Shape input = node.Required(0).KnownShape;
        Shape weights = node.Required(1).KnownShape;
        string[] symbols = [.. input[^1].Symbols.Order(StringComparer.Ordinal)];
        return symbols.Length > 0
            ? $"works on {input}, and how many channels there are must not be decided by the run; "
                + $"bind Dimensions=\"{string.Join(";", symbols.Select(s => s + "=…"))}\""
            : weights.IsConstant ? null
            : $"has computed weights of shape {weights}, and which shape they have must not be decided by the run";
    }

    /// <summary>
    /// For operators that would change the size of the first axis, or would no longer have the batch there, if they mixed samples.
    /// </summary>
    private static bool Always(Node node) => true;

    private static bool IsNotAlongSamples(Node node) => node.Axis(node.Output.KnownShape.Rank, usual: -1) != 0;

    private static bool TakesEverySample(Node node)
    {
        (Dimension[] starts, long[] steps, _) = Slice.Ranges(node, node.Required(0).KnownShape, InferenceContext.Evaluation);
        return starts[0].Equals(Dimension.Zero) && steps[0] == 1;
    }

    private static bool AddsNoSample(Node node)
    {
        (Dimension[] before, Dimension[] after) = Pad.Extents(node, node.Required(0).KnownShape.Rank);
        return before[0].Equals(Dimension.Zero) && after[0].Equals(Dimension.Zero);
    }

    /// <summary>Reads from tables of places along one axis, which a batch may be cut at unless it is the first.</summary>
    private static OperatorTraits Sampled(StepWriter writer) => new()
    {
        Writer = writer, Operands = 1, KeepsSamples = node => node.Int("axis") != 0, Types = s_float,
    };

    /// <summary>Reads a float tensor at places that another float tensor names.</summary>
    private static OperatorTraits AtFloats(StepWriter writer) => new()
    {
        Writer = writer, Types = s_float,
        Restriction = node =>
            node.Required(1).Type == DataType.Float32 ? null : $"has places of {node.Required(1).Type}; Float32 is supported",
    };

    private static OperatorTraits Elementwise(StepWriter writer, IReadOnlyList<DataType> types) =>
        new() { Writer = writer, IsElementwise = true, TakesEmpty = true, Types = types };

    private static OperatorTraits Tabular(StepWriter writer) => Elementwise(writer, s_float) with { IsTabular = true };

    private static OperatorTraits Selection(StepWriter writer) =>
        new() { Writer = writer, IsSelection = true, TakesEmpty = true, Types = s_any, Operands = 1 };
}
