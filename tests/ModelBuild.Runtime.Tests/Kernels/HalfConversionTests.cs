using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Half precision against .NET's own conversions of single numbers.</summary>
public sealed class HalfConversionTests
{
    [Fact]
    public void ToSingle_AllHalves_AreThoseOfNet()
    {
        Half[] halves = [.. Enumerable.Range(0, 1 << 16).Select(i => BitConverter.UInt16BitsToHalf((ushort)i))];
        float[] actual = new float[halves.Length];

        Conversion.Convert<Half, float>(halves, actual);

        Assert.Equal(halves.Select(h => Bits((float)h)), actual.Select(Bits));
    }

    /// <summary>Around every half: itself, the places between it and the next, and their neighbours; and any bits.</summary>
    [Fact]
    public void ToHalf_EdgesAndAnyBits_AreThoseOfNet()
    {
        var random = new Random(3);
        float[] singles =
        [
            .. Enumerable.Range(0, 1 << 16).Select(i => BitConverter.UInt16BitsToHalf((ushort)i)).SelectMany(Around),
            .. Enumerable.Range(0, 200_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))),
        ];
        Half[] actual = new Half[singles.Length];

        Conversion.Convert<float, Half>(singles, actual);

        Assert.Equal(singles.Select(s => Bits((Half)s)), actual.Select(Bits));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(17)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(20_011)]
    public void Convert_AnyLength_WritesThatManyElements(int length)
    {
        float[] singles = [.. Enumerable.Range(0, length).Select(i => 0.37f * i)];
        Half[] halves = [.. Enumerable.Repeat((Half)7, length + 1)];
        float[] back = [.. Enumerable.Repeat(7f, length + 1)];

        Conversion.Convert<float, Half>(singles, halves.AsSpan(0, length));
        Conversion.Convert<Half, float>(halves.AsSpan(0, length), back.AsSpan(0, length));

        Assert.Equal([.. singles.Select(s => (float)(Half)s), 7f], back);
        Assert.Equal((Half)7, halves[length]);
    }

    private static IEnumerable<float> Around(Half half)
    {
        float value = (float)half;
        float middle = (value + (float)Half.BitIncrement(half)) / 2;
        return
        [
            value, MathF.BitIncrement(value), MathF.BitDecrement(value), middle, MathF.BitIncrement(middle), MathF.BitDecrement(middle),
        ];
    }

    private static string Bits(float value) => float.IsNaN(value) ? "NaN" : $"{BitConverter.SingleToUInt32Bits(value):x8}";

    private static string Bits(Half value) => Half.IsNaN(value) ? "NaN" : $"{BitConverter.HalfToUInt16Bits(value):x4}";
}
