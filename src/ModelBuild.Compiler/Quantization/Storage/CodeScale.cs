namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>
/// Chooses scale and zero point of stored weights. A scale keeps the 8 bits of bfloat16, so that every product with the distance of two
/// codes is exact in float32, and whoever expands codes gets the same bits.
/// </summary>
/// <param name="Scale">The size of a step.</param>
/// <param name="ZeroPoint">The code of 0.</param>
internal readonly record struct CodeScale(float Scale, int ZeroPoint)
{
    /// <summary>Smaller steps would leave the normal numbers.</summary>
    private const float Smallest = 1e-30f;

    /// <summary>How far below the range a step is looked for, in parts of it, and how finely.</summary>
    private const double SmallestPart = 0.6;
    private const int Parts = 10;

    /// <summary>What roundings of float32 move a multiple by, in parts of the range, with much to spare.</summary>
    private const double GridTolerance = 1e-4;

    /// <summary>Scales that follow from codes that follow from scales.</summary>
    private const int Refinements = 3;

    /// <summary>Both for the smallest and the largest value, 0 among them.</summary>
    /// <param name="largest">The largest code.</param>
    /// <returns>Null where there is no such scale.</returns>
    public static CodeScale? OfRange(ReadOnlySpan<float> values, int largest)
    {
        (float low, float high) = (0, 0);
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                return null;
            }

            (low, high) = (MathF.Min(low, value), MathF.Max(high, value));
        }

        if (low == high)
        {
            return new CodeScale(1, 0);
        }

        float scale = Up((float)(((double)high - low) / largest));
        return float.IsFinite(scale * largest) ? new CodeScale(scale, ZeroPointOf(low, scale, largest)) : null;
    }

    /// <summary>
    /// The steps of which all values are whole multiples, so that their codes lose nothing, as with weights that are 0, 1 and −1; where
    /// there are none, those of the range.
    /// </summary>
    /// <param name="values">Of an output.</param>
    /// <param name="largest">The largest code.</param>
    /// <returns>Null where there is no such scale.</returns>
    public static CodeScale? OfValues(ReadOnlySpan<float> values, int largest) =>
        OfRange(values, largest) is not { } range ? null
        : range.Error(values, largest) > 0 && OfGrid(values, largest) is { } grid && grid.Error(values, largest) == 0 ? grid
        : range;

    /// <summary>The steps of codes on both sides of 0.</summary>
    /// <param name="magnitude">The largest magnitude.</param>
    /// <param name="largest">Its code, or a little more than that.</param>
    /// <returns>Null for what is not finite.</returns>
    public static float? OfLargest(float magnitude, int largest) =>
        magnitude == 0 ? 1 : float.IsFinite(magnitude) ? Up(magnitude / largest) : null;

    /// <summary>
    /// Both for the least sum of squared errors: a few far values may be cut off where that makes the steps of all others finer. Steps are
    /// tried below that of the whole range, and each is refined: with the codes given, the best step is a quotient of sums.
    /// </summary>
    /// <param name="values">Of a block.</param>
    /// <param name="largest">The largest code.</param>
    public static CodeScale? OfLeastError(ReadOnlySpan<float> values, int largest)
    {
        if (OfRange(values, largest) is not { } range)
        {
            return null;
        }

        CodeScale best = range;
        double least = range.Error(values, largest);
        if (least == 0)
        {
            return best;
        }

        if (OfGrid(values, largest) is { } grid)
        {
            return grid;
        }

        for (int part = 0; part <= Parts; part++)
        {
            float scale = Nearest(range.Scale * (1 - ((1 - SmallestPart) * part / Parts)));
            int zero = (int)Math.Round(range.ZeroPoint * (double)range.Scale / scale);
            int excess = (int)(largest * ((range.Scale / (double)scale) - 1));
            for (int shift = -1 - excess; shift <= 1; shift++)
            {
                var tried = new CodeScale(scale, Math.Clamp(zero + shift, 0, largest));
                for (int i = 0; i < Refinements; i++)
                {
                    double error = tried.Error(values, largest);
                    if (error < least)
                    {
                        (best, least) = (tried, error);
                    }

                    CodeScale refined = tried with { Scale = tried.BestScale(values, largest) };
                    if (refined == tried)
                    {
                        break;
                    }

                    tried = refined;
                }
            }
        }

        return best;
    }

    /// <summary>
    /// The steps of values that are whole multiples of one already, as those of blocks that another tool has rounded; the range of a block
    /// need not reach its last codes. Null where they are not.
    /// </summary>
    private static CodeScale? OfGrid(ReadOnlySpan<float> values, int largest)
    {
        float[] levels = [0, .. values];
        levels.AsSpan().Sort();
        double step = double.PositiveInfinity;
        double range = (double)levels[^1] - levels[0];
        for (int i = 1; i < levels.Length; i++)
        {
            double gap = (double)levels[i] - levels[i - 1];
            if (gap > range * GridTolerance && gap < step)
            {
                step = gap;
            }
        }

        double zero = Math.Round(-levels[0] / step);
        if (zero > largest || Math.Round(range / step) > largest
            || levels.Any(level => Math.Abs((level / step) - Math.Round(level / step)) > GridTolerance * largest))
        {
            return null;
        }

        var grid = new CodeScale(Nearest(step), (int)zero);
        return grid with { Scale = grid.BestScale(values, largest) };
    }

    /// <summary>The nearest code of a real.</summary>
    public int Code(double value, int largest) =>
        Math.Clamp((int)Math.Clamp(Math.Round(value / Scale, MidpointRounding.ToEven), -255, 255) + ZeroPoint, 0, largest);

    /// <summary>The real of a code: exact.</summary>
    public float Value(int code) => (code - ZeroPoint) * Scale;

    private double Error(ReadOnlySpan<float> values, int largest)
    {
        double sum = 0;
        float inverse = 1 / Scale;
        for (int i = 0; i < values.Length; i++)
        {
            float level = MathF.Min(MathF.Max(MathF.Round(values[i] * inverse), -ZeroPoint), largest - ZeroPoint);
            double error = values[i] - (level * Scale);
            sum += error * error;
        }

        return sum;
    }

    private float BestScale(ReadOnlySpan<float> values, int largest)
    {
        double product = 0;
        double square = 0;
        float inverse = 1 / Scale;
        for (int i = 0; i < values.Length; i++)
        {
            double level = MathF.Min(MathF.Max(MathF.Round(values[i] * inverse), -ZeroPoint), largest - ZeroPoint);
            product += level * values[i];
            square += level * level;
        }

        return product > 0 ? Nearest(product / square) : Scale;
    }

    private static int ZeroPointOf(float low, float scale, int largest) =>
        Math.Clamp((int)Math.Round(-low / (double)scale, MidpointRounding.ToEven), 0, largest);

    /// <summary>The nearest number of 8 significant bits.</summary>
    private static float Nearest(double scale)
    {
        uint bits = BitConverter.SingleToUInt32Bits(MathF.Max((float)scale, Smallest));
        return BitConverter.UInt32BitsToSingle((bits + 0x8000) & 0xFFFF0000);
    }

    /// <summary>The next number of 8 significant bits that is not below.</summary>
    private static float Up(float scale)
    {
        uint bits = BitConverter.SingleToUInt32Bits(MathF.Max(scale, Smallest));
        return BitConverter.UInt32BitsToSingle((bits + 0xFFFF) & 0xFFFF0000);
    }
}
