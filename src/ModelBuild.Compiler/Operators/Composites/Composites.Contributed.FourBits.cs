using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <content>Products with weights in the four-bit formats of the library bitsandbytes.</content>
internal static partial class Composites
{
    /// <summary>
    /// https://arxiv.org/abs/2305.14314: quantiles of the normal distribution, so that all codes are used as often by weights that have it.
    /// </summary>
    private static readonly float[] s_normalFloats =
    [
        -1, -0.6961928f, -0.52507305f, -0.3949175f, -0.28444138f, -0.18477343f, -0.091050036f, 0,
        0.0795803f, 0.1609302f, 0.2461123f, 0.33791524f, 0.44070983f, 0.562617f, 0.72295684f, 1,
    ];

    /// <summary>Floats of a sign, the highest bit, two bits of exponent and one of mantissa, in twelfths of the largest.</summary>
    private static readonly float[] s_smallFloats =
    [
        .. new[] { 1f, -1 }.SelectMany(
            sign => new[] { 0, 5.208333333e-03f, 0.66666667f, 1, 0.33333333f, 0.5f, 0.16666667f, 0.25f }.Select(v => sign * v)),
    ];

    /// <summary>
    /// A·Bᵀ, where B [N, K] has codes of four bits, the higher ones of a byte first, and the largest absolute number of each block of as
    /// many elements in a row. B becomes a float constant.
    /// </summary>
    private static Value[] FourBitProduct(Expansion e)
    {
        (long inner, long columns) = (e.Node.Int("K"), e.Node.Int("N"));
        long size = e.Node.Int("block_size");
        if (inner is < 1 or > int.MaxValue || columns is < 1 or > int.MaxValue || size is not (16 or 32 or 64 or 128 or 256)
            || e.Node.Int("quant_type", -1) is not (0 or 1))
        {
            throw e.Context.Malformed(
                e.Node, $"has a matrix [{columns},{inner}] of type {e.Node.Int("quant_type", -1)} in blocks of {size}.");
        }

        if (e.Node.Int("transB", 1) == 0)
        {
            throw e.Context.Unsupported(e.Node, "multiplies by the matrix and not by its transpose, as training does.");
        }

        long length = inner * columns;
        byte[] codes = Known(1, (length + 1) / 2).Data.ToArray();
        float[] largest = Known(2, (length + size - 1) / size).ToFloats();
        float[] numbers = e.Node.Int("quant_type") == 1 ? s_normalFloats : s_smallFloats;
        var matrix = new float[length];
        for (long i = 0; i < length; i++)
        {
            int code = i % 2 == 0 ? codes[i / 2] >> 4 : codes[i / 2] & 0xF;
            matrix[(i % inner * columns) + (i / inner)] = numbers[code] * largest[i / size];
        }

        return [e.Apply("MatMul", [e.Input(0), e.Constant(Tensor.Owning(DataType.Float32, matrix, inner, columns))])];

        Tensor Known(int input, long count) => e.Input(input).Constant is not { } tensor
            ? throw e.Context.Unsupported(e.Node, "has codes or scales that are computed at run time. They must be constant.")
            : tensor.Length == count && tensor.Type == (input == 1 ? DataType.UInt8 : DataType.Float32) ? tensor
            : throw e.Context.Malformed(e.Node, $"has an input {input} {tensor.Type}{tensor.Shape} for a matrix [{columns},{inner}].");
    }
}
