using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// 16-bit codes as two planes of bytes, which integer kernels multiply one after the other:
/// <c>(code − zero point) · scale = (high − z_h) · 256 · scale + (low − z_l) · scale</c>, where the unsigned code is 256 · high + low.
/// </summary>
/// <param name="High">Of the high bytes.</param>
/// <param name="Low">Of the low bytes.</param>
internal readonly record struct CodePlanes(QuantizationParameters High, QuantizationParameters Low)
{
    /// <summary>What makes a signed code unsigned.</summary>
    private const int SignOffset = 1 << 15;

    /// <param name="wide">Of 16-bit codes, one scale.</param>
    public static CodePlanes Of(QuantizationParameters wide)
    {
        int zeroPoint = UnsignedZeroPoint(wide);
        return new CodePlanes(
            new QuantizationParameters(wide.Scale * 256, zeroPoint >> 8),
            new QuantizationParameters(wide.Scale, zeroPoint & byte.MaxValue));
    }

    /// <summary>The zero point of the same codes as uint16.</summary>
    public static int UnsignedZeroPoint(QuantizationParameters wide) =>
        wide.ZeroPoint + (wide.CodeType == DataType.Int16 ? SignOffset : 0);
}
