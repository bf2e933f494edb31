using System.Numerics;

namespace ModelBuild.Compiler.Planning;

/// <summary>
/// Steps of equal size that some floats are exact multiples of. A scale of 8 significant bits times a code of up to 16 is exact in float32,
/// so the scale that weights were rounded with is found again from the weights alone: it divides what all of them have in common.
/// </summary>
/// <param name="Scale">The size of a step, a float32 whose lower half is zero.</param>
/// <param name="ZeroPoint">The code of 0.</param>
internal readonly record struct ExactGrid(float Scale, int ZeroPoint)
{
    /// <summary>Bits of a multiple of the smallest common power of two: 8 of a scale and 16 of a code, and some to be sure.</summary>
    private const int LargestBits = 40;

    private const int MantissaBits = 23;

    /// <summary>The significant bits of a scale.</summary>
    private const int ScaleBits = 8;

    /// <param name="values">The floats.</param>
    /// <param name="largest">The largest code.</param>
    /// <returns>Null where there are no such steps, or more than there are codes.</returns>
    public static ExactGrid? Find(ReadOnlySpan<float> values, int largest)
    {
        int lowest = int.MaxValue;
        int highest = int.MinValue;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] == 0)
            {
                continue;
            }

            (uint mantissa, int exponent) = Parts(values[i]);
            if (mantissa == 0)
            {
                return null;
            }

            lowest = Math.Min(lowest, exponent);
            highest = Math.Max(highest, exponent + BitOperations.Log2(mantissa));
        }

        if (lowest == int.MaxValue)
        {
            return new ExactGrid(1, 0);
        }

        if (highest - lowest >= LargestBits)
        {
            return null;
        }

        ulong common = 0;
        long low = 0;
        long high = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] != 0)
            {
                (uint mantissa, int exponent) = Parts(values[i]);
                ulong multiple = (ulong)mantissa << (exponent - lowest);
                common = Divisor(multiple, common);
                long signed = values[i] < 0 ? -(long)multiple : (long)multiple;
                (low, high) = (Math.Min(low, signed), Math.Max(high, signed));
            }
        }

        long steps = (high - low) / (long)common;
        for (ulong part = 1; (ulong)steps * part <= (ulong)largest; part++)
        {
            if (common % part == 0 && ScaleOf(common / part, lowest) is { } scale)
            {
                return new ExactGrid(scale, (int)(-low / (long)(common / part)));
            }
        }

        return null;
    }

    /// <summary>A float as an odd number times a power of two; 0 for one that is not normal.</summary>
    private static (uint Mantissa, int Exponent) Parts(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        int exponent = (int)((bits >> MantissaBits) & 0xFF);
        if (exponent is 0 or 0xFF)
        {
            return (0, 0);
        }

        uint mantissa = (bits & ((1u << MantissaBits) - 1)) | (1u << MantissaBits);
        int zeros = BitOperations.TrailingZeroCount(mantissa);
        return (mantissa >> zeros, exponent + zeros);
    }

    private static ulong Divisor(ulong a, ulong b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }

    private static float? ScaleOf(ulong multiple, int exponent)
    {
        int zeros = BitOperations.TrailingZeroCount(multiple);
        int bits = BitOperations.Log2(multiple) - zeros + 1;

        // The exponent counts as the bits of a float do, for a number whose last mantissa bit is its unit.
        int place = BitOperations.Log2(multiple) + exponent - MantissaBits;
        return bits <= ScaleBits && place is > 0 and < 0xFF
            ? (float)Math.ScaleB((double)multiple, exponent - MantissaBits - 127)
            : null;
    }
}
