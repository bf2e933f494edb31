using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Tensors whose elements are bytes that somebody has moved by an integer and scaled, as images are: with that integer as zero point, the
/// bytes are the codes, and nothing is left to compute.
/// </summary>
internal static class ByteCodes
{
    /// <summary>The codes of a tensor that are its bytes; null where it is not so.</summary>
    public static QuantizationParameters? Of(Value value)
    {
        if (Reals(value) is not { } reals)
        {
            return null;
        }

        float scale = (reals[255] - reals[0]) / 255;
        double zeroPoint = Math.Round(-reals[0] / scale);
        if (!(scale >= 1e-30f) || !float.IsFinite(scale) || zeroPoint is not (>= 0 and <= 255))
        {
            return null;
        }

        var parameters = new QuantizationParameters(scale, (int)zeroPoint);
        return QuantizedValues.IsIdentity(QuantizedValues.Table(reals, parameters)) && IsExact(reals, parameters) ? parameters : null;
    }

    /// <summary>To a thousandth of a step, which is how exactly constants are written down.</summary>
    private static bool IsExact(float[] reals, QuantizationParameters parameters)
    {
        const float Tolerance = 1e-3f;
        return QuantizedValues.Reals(parameters).Zip(reals).All(r => MathF.Abs(r.First - r.Second) <= Tolerance * parameters.Scale);
    }

    /// <summary>The reals of the 256 bytes; null for what is no function of single bytes.</summary>
    private static float[]? Reals(Value value)
    {
        if (value.Producer is not { } node)
        {
            return null;
        }

        if (node.Is("Cast") && node.Required(0).Type == DataType.UInt8)
        {
            return [.. Enumerable.Range(0, 256).Select(b => (float)b)];
        }

        if (node.Is("Transpose") || node.Is("Reshape") || node.Is("Identity"))
        {
            return Reals(node.Required(0));
        }

        return UnaryFunction.RootOf(value) is { } root && Reals(root) is { } arguments
            ? UnaryFunction.Evaluate(value, root, arguments)
            : null;
    }
}
