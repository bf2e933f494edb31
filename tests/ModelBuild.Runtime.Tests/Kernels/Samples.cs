namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Numbers and lengths at which elementwise kernels go wrong, and random ones that are the same in every run.</summary>
internal static class Samples
{
    /// <summary>Around every register width, and empty.</summary>
    public static IEnumerable<int> Lengths { get; } =
        [.. Enumerable.Range(0, 18), 31, 32, 33, 63, 64, 65, 127, 129, 255, 256, 257, 300];

    public static float[] SpecialFloats { get; } =
    [
        0f, -0f, 1f, -1f, 0.5f, -0.5f, 1.5f, 2.5f, -1.5f, -2.5f, 3f, -3f, 6f, float.Epsilon, -float.Epsilon, 1.1754944e-38f,
        float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 88.72283f, 88.72284f, -87.33654f,
        -87.33655f, 1e10f, -1e10f, 8388608f, 16777216f, 16777217f, -103f, -104f, 0.55f, 0.54999995f,
    ];

    public static float[] Floats(int length, int seed, float scale = 10)
    {
        var random = new Random(seed);
        var values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (float)((random.NextDouble() + random.NextDouble() - 1) * scale);
        }

        return values;
    }

    /// <summary>Random numbers with a special one in between at every fifth position.</summary>
    public static float[] FloatsWithSpecials(int length, int seed)
    {
        float[] values = Floats(length, seed);
        for (int i = seed % 5; i < length; i += 5)
        {
            values[i] = SpecialFloats[(i + seed) % SpecialFloats.Length];
        }

        return values;
    }

    public static byte[] Codes(int length, int seed)
    {
        var values = new byte[length];
        new Random(seed).NextBytes(values);
        return values;
    }

    /// <summary>The definition of every 8-bit result: halves to even, NaN as zero, saturated.</summary>
    public static byte ToCode(float value, int zeroPoint, int minimum = 0, int maximum = 255)
    {
        double rounded = float.IsNaN(value) ? 0 : Math.Round((double)value, MidpointRounding.ToEven);
        return (byte)Math.Clamp(rounded + zeroPoint, minimum, maximum);
    }

    /// <summary>How far a result is from the exact value, in units of the last place of the exact value's float32 neighbours.</summary>
    public static double Ulps(float actual, double exact)
    {
        if (double.IsNaN(exact) || float.IsNaN(actual))
        {
            return double.IsNaN(exact) && float.IsNaN(actual) ? 0 : double.PositiveInfinity;
        }

        if ((float)exact == actual)
        {
            return 0;
        }

        double unit = Math.Max(Math.ScaleB(1, Math.ILogB(exact) - 23), Math.ScaleB(1, -149));
        return Math.Abs(actual - exact) / unit;
    }
}
