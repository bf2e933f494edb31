using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// Σ x·xᵀ over columns of codes, in units of the squared scale: exact, since the byte kernels add in int32, and so the same on every
/// processor.
/// </summary>
internal static class GramMatrix
{
    /// <summary>Rows that one thread multiplies at a time.</summary>
    private const int Rows = 64;

    /// <param name="columns">[terms, places].</param>
    /// <param name="zeroPoint">Of the codes.</param>
    /// <returns>[terms, terms].</returns>
    public static double[] Of(byte[] columns, int terms, int places, int zeroPoint)
    {
        // Σ (x − z)(y − z) = Σ x·(y − 128) + 128·Σ x − z·Σ x − z·Σ y + n·z²: the first sum is a product of bytes and signed bytes.
        sbyte[] signed = Array.ConvertAll(columns, code => (sbyte)(code - 128));
        sbyte[] packed = WeightPacking.MatrixInt8(signed, new GemmShape(0, places, terms));
        int[] bias = WeightPacking.PadChannels<int>(new int[terms], terms, 1);
        double[] sums = [.. Enumerable.Range(0, terms).Select(t => (double)Sum(columns.AsSpan(t * places, places)))];
        double[] gram = new double[terms * terms];
        Parallel.For(0, (terms + Rows - 1) / Rows, block =>
        {
            int first = block * Rows;
            var shape = new GemmShape(Math.Min(Rows, terms - first), places, terms);
            int[] products = new int[shape.Rows * terms];
            byte[] scratch = new byte[shape.ScratchBytes(1)];
            Gemm.UInt8(
                shape, columns.AsSpan(first * places, shape.Rows * places), packed, Epilogue.ToInt32(bias, products), scratch);
            for (int i = 0; i < products.Length; i++)
            {
                (int row, int column) = (first + (i / terms), i % terms);
                gram[(row * terms) + column] = products[i] + ((128.0 - zeroPoint) * sums[row]) - (zeroPoint * sums[column])
                    + ((double)places * zeroPoint * zeroPoint);
            }
        });
        return gram;
    }

    private static long Sum(ReadOnlySpan<byte> codes)
    {
        long sum = 0;
        foreach (byte code in codes)
        {
            sum += code;
        }

        return sum;
    }
}
