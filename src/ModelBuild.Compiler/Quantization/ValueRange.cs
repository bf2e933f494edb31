using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization;

/// <summary>The reals a tensor takes, and the codes for them.</summary>
internal readonly record struct ValueRange(float Minimum, float Maximum)
{
    /// <summary>
    /// What the scale of a tensor of nothing but zeros is guessed for: values up to 1, as activations mostly are. The bias of a product
    /// that reads it is counted in steps of that scale, and a larger one would round the bias away.
    /// </summary>
    private const float Guess = 1;

    /// <summary>Contains nothing; the union with it is the other.</summary>
    public static ValueRange Empty { get; } = new(float.PositiveInfinity, float.NegativeInfinity);

    public bool IsEmpty => Minimum > Maximum;

    /// <summary>False where NaN or infinity was among the values.</summary>
    public bool IsFinite => float.IsFinite(Minimum) && float.IsFinite(Maximum);

    public ValueRange Union(ValueRange other) => new(MathF.Min(Minimum, other.Minimum), MathF.Max(Maximum, other.Maximum));

    /// <summary>
    /// Unsigned asymmetric parameters over the range. Zero is always in it and always exactly a code: padding and ReLU depend on it
    /// (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018).
    /// </summary>
    public QuantizationParameters ToUInt8()
    {
        float low = MathF.Min(Minimum, 0);
        float high = MathF.Max(Maximum, 0);
        float scale = (high / 255f) - (low / 255f);
        if (!(scale >= 1e-30f))
        {
            return new QuantizationParameters(Guess / 255f, 0);
        }

        return new QuantizationParameters(scale, (int)Math.Clamp(MathF.Round(-low / scale, MidpointRounding.ToEven), 0, 255));
    }

    /// <summary>
    /// Signed symmetric 16-bit parameters over twice the range: there are codes enough for what no sample showed.
    /// </summary>
    public QuantizationParameters ToInt16()
    {
        const float Highest = short.MaxValue / 2;
        float scale = MathF.Max(MathF.Abs(Minimum), MathF.Abs(Maximum)) / Highest;
        return new QuantizationParameters(scale >= 1e-30f ? scale : Guess / Highest, 0) { CodeType = DataType.Int16 };
    }

    /// <summary>
    /// The part of the range outside which a function is constant: what lies before HardSwish below −3 needs no codes.
    /// Looked for on a grid far finer than 256 codes.
    /// </summary>
    /// <param name="function">Values for arguments.</param>
    public ValueRange WhereItMatters(Func<float[], float[]> function)
    {
        const int Points = 4096;
        (float low, float high) = (Minimum, Maximum);
        float step = (Maximum / (Points - 1)) - (Minimum / (Points - 1));
        float[] arguments = [.. Enumerable.Range(0, Points - 1).Select(i => low + (i * step)), high];
        float[] results = function(arguments);
        int first = 0;
        while (first + 1 < Points && results[first + 1] == results[0])
        {
            first++;
        }

        int last = Points - 1;
        while (last > first && results[last - 1] == results[Points - 1])
        {
            last--;
        }

        return new ValueRange(arguments[first], arguments[last]);
    }
}
