using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>What operators make of axes, shapes and bounds that come from data, against ONNX's definitions.</summary>
public sealed class SizesTests
{
    [Theory]
    [InlineData(new long[] { 2, -1 }, false, new long[] { 2, 12 })]
    [InlineData(new long[] { 0, 0, -1 }, false, new long[] { 2, 3, 4 })]
    [InlineData(new long[] { 24 }, false, new long[] { 24 })]
    public void Reshape_Zeros_KeepAndMinusOneTakesTheRest(long[] sizes, bool allowZero, long[] expected)
    {
        long[] output = new long[expected.Length];
        Sizes.Reshape([2, 3, 4], sizes, allowZero, output);
        Assert.Equal(expected, output);
    }

    /// <summary>Sizes that keep the aspect are rounded, and halves upwards; others are cut off.</summary>
    [Theory]
    [InlineData(true, new long[] { 3, 4, 4, 1 })]
    [InlineData(false, new long[] { 2, 3, 3, 1 })]
    public void Resize_ByScales_RoundsHalvesUp(bool isRounded, long[] expected)
    {
        long[] output = new long[4];
        Sizes.Resize([5, 7, 6, 2], [0, 1, 2, 3], [0.5f, 0.5f, 0.625f, 0.5f], isRounded, reach: 0, antialias: false, output);
        Assert.Equal(expected, output);
    }

    [Fact]
    public void Reshape_AllowZero_IsNothing()
    {
        long[] output = new long[2];
        Sizes.Reshape([0, 3], [3, 0], allowZero: true, output);
        Assert.Equal([3, 0], output);
    }

    [Theory]
    [InlineData(new long[] { 5, 5 })]
    [InlineData(new long[] { -1, -1 })]
    [InlineData(new long[] { -2, 12 })]
    [InlineData(new long[] { 5, -1 })]
    public void Reshape_OtherNumberOfElements_Throws(long[] sizes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Reshape([2, 3, 4], sizes, false, new long[2]));

    [Fact]
    public void Broadcast_ShapesOfDifferentRank_MeetAtTheEnd()
    {
        long[] output = new long[3];
        Sizes.Broadcast([3, 1], [2, 1, 4], output);
        Assert.Equal([2, 3, 4], output);
        Sizes.Broadcast([2, 3, 1], [4], output);
        Assert.Equal([2, 3, 4], output);
        Sizes.Broadcast([], [2, 0, 1], output);
        Assert.Equal([2, 0, 1], output);
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Broadcast([3, 2], [2, 1, 4], new long[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Broadcast([3, 1], [3, -1], new long[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Broadcast([3, 1], [-1, 3, 1], new long[3]));
    }

    /// <remarks>Counted by walking.</remarks>
    [Fact]
    public void Slice_AnyBounds_TakesWhatWalkingTakes()
    {
        foreach (long start in Enumerable.Range(-9, 19))
        {
            foreach (long end in Enumerable.Range(-9, 19))
            {
                foreach (long step in new long[] { -3, -2, -1, 1, 2, 3, long.MaxValue, -long.MaxValue })
                {
                    long[] output = new long[6];
                    Sizes.Slice<long>([2, 7], [start], [end], [-1], [step], output);

                    int[] expected = Walk(7, start, end, step);
                    Assert.Equal([0, 1, 2], new[] { output[0], output[2], output[4] });
                    Assert.Equal(expected, Enumerable.Range(0, (int)output[5]).Select(i => (int)(output[1] + (i * output[3]))));
                }
            }
        }
    }

    [Theory]
    [InlineData(int.MaxValue, 6)]
    [InlineData(long.MaxValue, 6)]
    [InlineData(int.MaxValue - 1, 0)]
    public void Slice_BackwardsToTheLargestInteger_TakesAllDownToTheFirst(long end, long expected)
    {
        long[] output = new long[3];
        Sizes.Slice<long>([10], [5], [end], [0], [-1], output);
        Assert.Equal(expected, output[2]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Slice_OfNothing_IsNothing(long step)
    {
        long[] output = new long[3];
        Sizes.Slice<long>([0], [step > 0 ? 0 : -1], [step > 0 ? long.MaxValue : long.MinValue], [0], [step], output);
        Assert.Equal([0, 1, 0], output);
    }

    [Fact]
    public void Slice_AxisTwice_Throws() => Assert.Throws<ArgumentOutOfRangeException>(
        () => Sizes.Slice<int>([2, 7], [0, 0], [1, 1], [1, -1], [1, 1], new long[6]));

    [Fact]
    public void SqueezeAndUnsqueeze_NegativeAxes_CountFromTheEnd()
    {
        long[] squeezed = new long[1];
        Sizes.Squeeze([1, 3, 1], [-1, 0], squeezed);
        Assert.Equal([3], squeezed);
        long[] unsqueezed = new long[4];
        Sizes.Unsqueeze([3, 4], [-1, 0], unsqueezed);
        Assert.Equal([1, 3, 4, 1], unsqueezed);
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Squeeze([1, 3, 1], [1], new long[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Unsqueeze([3, 4], [0, -4], new long[4]));
    }

    [Theory]
    [InlineData(new long[] { 1 }, true, false, new long[] { 2, 4, 3, 12, 1, 4, 8, 3, 2, 1, 4 })]
    [InlineData(new long[] { -1, 0 }, false, false, new long[] { 3, 2, 4, 4, 12, 1, 3, 8, 3 })]
    [InlineData(new long[0], true, false, new long[] { 2, 3, 4, 12, 4, 1, 1, 24, 1, 1, 1 })]
    [InlineData(new long[0], true, true, new long[] { 2, 3, 4, 12, 4, 1, 24, 1, 2, 3, 4 })]
    public void Reduce_Axes_AreTheColumnsOfAMatrix(long[] axes, bool keep, bool noop, long[] expected)
    {
        long[] output = new long[expected.Length];
        Sizes.Reduce([2, 3, 4], axes, keep, noop, output);
        Assert.Equal(expected, output);
    }

    [Theory]
    [InlineData(0, 5, 2, 3)]
    [InlineData(5, 0, -2, 3)]
    [InlineData(5, 0, 2, 0)]
    [InlineData(1, 2, 0.25, 4)]
    public void Range_Bounds_CountNumbersUpToTheLimit(double start, double limit, double delta, long expected)
    {
        long[] output = new long[1];
        Sizes.Range<double>([start], [limit], [delta], output);
        Assert.Equal(expected, output[0]);
    }

    [Theory]
    [InlineData(0.1f, 1.1f, 11)]
    [InlineData(0.2f, 1.2f, 11)]
    [InlineData(0.1f, 0.1f, 0)]
    public void Range_Float32_IsCountedInFloat64(float start, float limit, long expected)
    {
        long[] output = new long[1];
        Sizes.Range<float>([start], [limit], [0.1f], output);
        Assert.Equal(expected, output[0]);
    }

    [Fact]
    public void Range_Integers_AreSubtractedExactly()
    {
        long[] output = new long[1];
        Sizes.Range<long>([1L << 53], [(1L << 53) + 1], [1], output);
        Assert.Equal(1, output[0]);
        Sizes.Range<long>([long.MinValue], [long.MaxValue], [1L << 62], output);
        Assert.Equal(4, output[0]);
        Sizes.Range<ulong>([ulong.MaxValue], [0], [1], output);
        Assert.Equal(0, output[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Range<long>([long.MinValue], [long.MaxValue], [1], new long[1]));
    }

    [Fact]
    public void Range_DeltaOfZero_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Range<double>([1], [0], [0], new long[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Range<double>([0], [0], [0], new long[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Range<double>([0], [1], [0], new long[1]));
    }

    [Fact]
    public void Pad_SomeAxes_LeavesTheOthers()
    {
        long[] output = new long[6];
        Sizes.Pad<int>([2, 3, 4], [1, 2, 3, -1], [-1, 0], output);
        Assert.Equal([2, 0, 1, -1, 0, 3], output);
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Pad<int>([2, 3, 4], [-2, -1], [0], new long[6]));
    }

    [Fact]
    public void Around_Axis_IsTheMiddleOfThree()
    {
        long[] output = new long[3];
        Sizes.Around<int>([2, 3, 4, 5], [-3], output);
        Assert.Equal([2, 3, 20], output);
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Around<int>([2, 3], [2], new long[3]));
    }

    [Fact]
    public void Read_NumberOutOfRange_Throws()
    {
        long[] output = new long[2];
        Sizes.Read<int>([3, 0], least: 0, output);
        Assert.Equal([3, 0], output);
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Read<int>([3, -1], least: 0, new long[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Read<long>([3, 1L << 31], least: 0, new long[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sizes.Check([3, 4], [3, 5]));
        Assert.Throws<ArgumentException>(() => Sizes.Compare(3, 4));
        Sizes.Check([3, 4], [3, 4]);
        Sizes.Compare(4, 4);
    }

    /// <summary>The places that slices of ONNX take; those of Python, but backwards from before the first they begin with it.</summary>
    private static int[] Walk(int size, long start, long end, long step)
    {
        long From(long bound) => bound < 0 ? bound + size : bound;
        var places = new List<int>();
        long first = step > 0 ? Math.Clamp(From(start), 0, size) : Math.Clamp(From(start), 0, size - 1);
        long last = step > 0 ? Math.Clamp(From(end), 0, size) : Math.Clamp(From(end), -1, size);
        for (long i = first; step > 0 ? i < last : i > last; i += Math.Clamp(step, -100, 100))
        {
            places.Add((int)i);
        }

        return [.. places];
    }
}
