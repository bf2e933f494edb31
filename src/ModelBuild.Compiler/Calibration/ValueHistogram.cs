using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Calibration;

/// <summary>
/// How values distribute, whatever their size: every power of two has 256 bins of its own, so that a value is known to 1/256 of itself
/// and a few huge ones take nothing from the others.
/// </summary>
/// <remarks>
/// A bin is the sign, the exponent and the first eight bits of the mantissa of a float. Bins of a power of two come into being with its
/// first value, at 2 KB for each sign; more than 1 MB is not possible. Counts do not depend on the order of the values. NaN and
/// infinity, for which there is no range anyway, are not counted.
/// </remarks>
internal sealed class ValueHistogram
{
    private const int MantissaBits = 8;
    private const int Dropped = 23 - MantissaBits;
    private const int Signs = 0x100;

    private readonly long[]?[] _blocks = new long[2 * Signs][];

    /// <summary>How many values were exactly zero.</summary>
    public long Zeros { get; private set; }

    /// <summary>Takes in values.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            Add(value);
        }
    }

    public void Add(float value)
    {
        if (value == 0)
        {
            Zeros++;
        }
        else if (float.IsFinite(value) && value > TensorStatistics.Masked)
        {
            int bits = BitConverter.SingleToInt32Bits(value);
            long[] block = _blocks[(bits >> 23) & 0x1FF] ??= new long[1 << MantissaBits];
            block[(bits >> Dropped) & ((1 << MantissaBits) - 1)]++;
        }
    }

    /// <summary>All bins in which something is, from the smallest magnitude to the largest.</summary>
    /// <param name="isNegative">Of which sign. Magnitudes are given without it.</param>
    public IEnumerable<HistogramBin> Bins(bool isNegative)
    {
        for (int exponent = 0; exponent < Signs; exponent++)
        {
            if (_blocks[exponent + (isNegative ? Signs : 0)] is not { } block)
            {
                continue;
            }

            for (int i = 0; i < block.Length; i++)
            {
                if (block[i] > 0)
                {
                    int bits = (exponent << 23) | (i << Dropped);
                    yield return new HistogramBin(
                        BitConverter.Int32BitsToSingle(bits), BitConverter.Int32BitsToSingle(bits + (1 << Dropped) - 1), block[i]);
                }
            }
        }
    }
}
