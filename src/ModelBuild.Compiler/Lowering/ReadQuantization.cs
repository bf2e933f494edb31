using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Takes scales and zero points from the inputs of QuantizeLinear and DequantizeLinear to the quantized values themselves
/// (<see cref="Value.Quantization"/>), where all later passes look. Signed 8-bit activations become unsigned: code + 128 with zero
/// point + 128 is the same real, and kernels know only one kind. Unsigned weights become signed likewise.
/// </summary>
internal sealed class ReadQuantization : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        foreach (Node node in graph.Nodes)
        {
            bool quantize = node.Is("QuantizeLinear");
            if (!quantize && !node.Is("DequantizeLinear"))
            {
                continue;
            }

            Value codes = quantize ? node.Output : node.Required(0);
            if (codes.Quantization is not null)
            {
                continue;
            }

            QuantizationParameters parameters = Parameters(node, codes, context.Inference);
            if (codes.Constant is null && codes.Type == DataType.Int8)
            {
                codes.Type = DataType.UInt8;
                parameters = parameters with { ZeroPoints = Array.ConvertAll(parameters.ZeroPoints, z => z + 128) };
            }
            else if (codes.Constant is { Type: DataType.UInt8 } constant && IsWeight(node))
            {
                codes.Constant = Tensor.From(DataType.Int8, Array.ConvertAll(constant.Data.ToArray(), c => (sbyte)(c - 128)).AsSpan(), [.. constant.Dimensions]);
                codes.Type = DataType.Int8;
                parameters = parameters with { ZeroPoints = Array.ConvertAll(parameters.ZeroPoints, z => z - 128) };
            }

            if (codes.Constant is null && (codes.Type != DataType.UInt8 || !parameters.IsPerTensor))
            {
                throw context.Inference.Error(
                    DiagnosticCodes.UnsupportedFeature, node, $"quantizes an activation to {codes.Type}{(parameters.IsPerTensor ? string.Empty : " per channel")}; "
                    + "activations with 8 bits and one scale are supported. Quantize the model with 8-bit activations, or start from the float model.");
            }

            codes.Quantization = parameters;
        }

        return true;
    }

    /// <summary>Weights are what a convolution or matrix product reads second.</summary>
    private static bool IsWeight(Node dequantize) =>
        dequantize.Output.Consumers.All(c => (c.Is("Conv") || c.Is("Gemm") || c.Is("MatMul")) && c.Input(1) == dequantize.Output);

    private static QuantizationParameters Parameters(Node node, Value codes, InferenceContext context)
    {
        if (node.Required(1).Constant is not { } scale || node.Input(2) is { Constant: null })
        {
            throw context.Error(DiagnosticCodes.UnsupportedFeature, node, "has a scale or zero point that is computed at run time. Export the model with constant quantization parameters.");
        }

        float[] scales = scale.ToFloats();
        int[] zeroPoints = node.Input(2)?.Constant is { } zero ? Array.ConvertAll(zero.ToInt64s(), z => checked((int)z)) : new int[scales.Length];
        if (zeroPoints.Length != scales.Length || scales.Any(s => !(s > 0) || !float.IsFinite(s)))
        {
            throw context.Error(DiagnosticCodes.MalformedGraph, node, "has scales that are not positive and finite, or not as many zero points as scales.");
        }

        if (scales.Length == 1)
        {
            return new QuantizationParameters(scales[0], zeroPoints[0]);
        }

        int rank = codes.KnownShape.Rank;
        int axis = (int)node.Int("axis", 1);
        axis = axis < 0 ? axis + rank : axis;
        return axis >= 0 && axis < rank && codes.KnownShape[axis] is { IsConstant: true } size && size.Value == scales.Length && node.Int("block_size") == 0
            ? new QuantizationParameters(scales, zeroPoints, axis)
            : throw context.Error(DiagnosticCodes.UnsupportedFeature, node, "has one scale per block; one scale per tensor or per channel is supported.");
    }
}
