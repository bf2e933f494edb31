using System.Numerics.Tensors;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization;

/// <summary>The reals a tensor takes, and the 8-bit codes for them.</summary>
/// <param name="Minimum">Smallest.</param>
/// <param name="Maximum">Largest.</param>
/// <param name="ExponentSum">Sum of the binary exponents, as float32 stores them, of all elements that are not zero.</param>
/// <param name="Count">How many those were.</param>
internal readonly record struct ValueRange(float Minimum, float Maximum, long ExponentSum = 0, long Count = 0)
{
    /// <summary>With so many powers of two between the largest and the typical value, 255 steps leave less than a tenth of one for the latter.</summary>
    private const int OutlierExponents = 12;

    /// <summary>Contains nothing; the union with it is the other.</summary>
    public static ValueRange Empty { get; } = new(float.PositiveInfinity, float.NegativeInfinity);

    public bool IsEmpty => !(Minimum <= Maximum);

    /// <summary>False where NaN or infinity was among the values.</summary>
    public bool IsFinite => float.IsFinite(Minimum) && float.IsFinite(Maximum);

    /// <summary>True where a few values are so far beyond the typical one (the geometric mean) that the range says nothing of the others.</summary>
    public bool IsOwnedByOutliers => Count > 0 && Exponent(MathF.Max(-Minimum, Maximum)) - (ExponentSum / Count) > OutlierExponents;

    /// <summary>The range of some values, of which there is at least one.</summary>
    public static ValueRange Of(ReadOnlySpan<float> values)
    {
        long exponents = 0;
        long count = 0;
        foreach (float value in values)
        {
            exponents += Exponent(value);
            count += value == 0 ? 0 : 1;
        }

        return new ValueRange(TensorPrimitives.Min(values), TensorPrimitives.Max(values), exponents, count);
    }

    public ValueRange Union(ValueRange other) => new(
        MathF.Min(Minimum, other.Minimum), MathF.Max(Maximum, other.Maximum), ExponentSum + other.ExponentSum, Count + other.Count);

    /// <summary>
    /// Unsigned asymmetric parameters over the range. Zero is always in it and always exactly a code: padding and ReLU depend on it
    /// (Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018).
    /// </summary>
    public QuantizationParameters ToUInt8()
    {
        float low = MathF.Min(Minimum, 0);
        float high = MathF.Max(Maximum, 0);
        float scale = (high - low) / 255f;
        if (!(scale >= 1e-30f) || !float.IsFinite(scale))
        {
            return new QuantizationParameters(1f, 0);
        }

        return new QuantizationParameters(scale, (int)Math.Clamp(MathF.Round(-low / scale, MidpointRounding.ToEven), 0, 255));
    }

    /// <summary>
    /// The part of the range outside which a function is constant: what lies before HardSwish below −3 needs no codes.
    /// Looked for on a grid far finer than 256 codes.
    /// </summary>
    /// <param name="function">Values for arguments.</param>
    public ValueRange WhereItMatters(Func<float[], float[]> function)
    {
        const int Points = 4096;
        float low = Minimum;
        float step = (Maximum - Minimum) / (Points - 1);
        float[] arguments = [.. Enumerable.Range(0, Points).Select(i => low + (i * step))];
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

    private static int Exponent(float value) => (BitConverter.SingleToInt32Bits(value) >> 23) & 0xFF;
}
