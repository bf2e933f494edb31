using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Appends the kernel calls of one node to the plan.</summary>
internal delegate void StepWriter(Node node, PlanBuilder plan);

/// <summary>The one list of what a lowered graph may consist of.</summary>
internal static class StepWriters
{
    private static readonly Dictionary<(string Domain, string Type), StepWriter> s_writers = new()
    {
        [(Domains.Internal, InternalOperators.Convolution)] = ConvolutionSteps.Write,
        [(Domains.Internal, InternalOperators.Gemm)] = MatrixSteps.WriteProduct,
        [(Domains.Internal, InternalOperators.MaximumPool)] = PoolingSteps.WriteMaximum,
        [(Domains.Internal, InternalOperators.AveragePool)] = PoolingSteps.WriteAverage,
        [(Domains.Internal, InternalOperators.Lookup)] = ElementwiseSteps.WriteLookup,
        [(Domains.Internal, InternalOperators.QuantizedAdd)] = ArithmeticSteps.WriteQuantizedAdd,
        [(Domains.Internal, InternalOperators.QuantizedMultiply)] = ArithmeticSteps.WriteQuantizedMultiply,
        [(Domains.Internal, InternalOperators.QuantizedMean)] = ReductionSteps.WriteQuantizedMean,
        [(Domains.Internal, InternalOperators.QuantizedSoftmax)] = ReductionSteps.WriteQuantizedSoftmax,
        [(Domains.Internal, InternalOperators.Copy)] = MovementSteps.WriteCopy,
        [(Domains.Onnx, "MatMul")] = MatrixSteps.WriteBatched,
        [(Domains.Onnx, "QuantizeLinear")] = ElementwiseSteps.WriteQuantize,
        [(Domains.Onnx, "DequantizeLinear")] = ElementwiseSteps.WriteDequantize,
        [(Domains.Onnx, "Relu")] = ElementwiseSteps.WriteActivation,
        [(Domains.Onnx, "Sigmoid")] = ElementwiseSteps.WriteActivation,
        [(Domains.Onnx, "Tanh")] = ElementwiseSteps.WriteActivation,
        [(Domains.Onnx, "HardSwish")] = ElementwiseSteps.WriteActivation,
        [(Domains.Onnx, "Clip")] = ElementwiseSteps.WriteClip,
        [(Domains.Onnx, "LeakyRelu")] = ElementwiseSteps.WriteLeakyRelu,
        [(Domains.Onnx, "HardSigmoid")] = ElementwiseSteps.WriteHardSigmoid,
        [(Domains.Onnx, "Cast")] = ElementwiseSteps.WriteCast,
        [(Domains.Onnx, "Add")] = ArithmeticSteps.Write,
        [(Domains.Onnx, "Sub")] = ArithmeticSteps.Write,
        [(Domains.Onnx, "Mul")] = ArithmeticSteps.Write,
        [(Domains.Onnx, "Div")] = ArithmeticSteps.Write,
        [(Domains.Onnx, "ReduceMean")] = ReductionSteps.WriteMean,
        [(Domains.Onnx, "Softmax")] = ReductionSteps.WriteSoftmax,
        [(Domains.Onnx, "LogSoftmax")] = ReductionSteps.WriteSoftmax,
        [(Domains.Onnx, "Transpose")] = MovementSteps.WriteTranspose,
        [(Domains.Onnx, "Concat")] = MovementSteps.WriteConcat,
        [(Domains.Onnx, "Pad")] = MovementSteps.WritePad,
        [(Domains.Onnx, "Slice")] = MovementSteps.WriteSlice,
    };

    /// <summary>Operators whose output is their input's memory under another shape: no step at all.</summary>
    public static bool IsView(Node node) => node.Is("Reshape") || node.Is("Identity");

    /// <summary>The writer of a node; null for views.</summary>
    /// <exception cref="NotSupportedException">The operator has no kernel: lowering should have refused it.</exception>
    public static StepWriter? For(Node node) => IsView(node) ? null
        : s_writers.GetValueOrDefault((node.Domain, node.Type)) ?? throw new NotSupportedException($"{node} has no kernel.");

    /// <summary>True when the operator can run as it stands or after lowering.</summary>
    public static bool Knows(Node node) => IsView(node) || s_writers.ContainsKey((node.Domain, node.Type));
}
