using System.Runtime.InteropServices;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class DataMovementTests
{
    /// <summary>One value of every element type that a tensor may have: xunit takes the type argument from it.</summary>
    public static TheoryData<object> ElementTypes { get; } =
    [
        false, (sbyte)0, (byte)0, (short)0, (ushort)0, (Half)0, 0, 0u, 0f, 0L, 0ul, 0d,
    ];

    [Theory]
    [MemberData(nameof(ElementTypes))]
    public void Transpose_AnyPermutation_MovesEveryElement<T>(T sample)
        where T : unmanaged
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            int rank = random.Next(0, 9);
            int[] dimensions = Dimensions(random, rank);
            int[] permutation = [.. Enumerable.Range(0, rank).OrderBy(_ => random.Next())];
            int[] transposed = [.. permutation.Select(axis => dimensions[axis])];
            T[] x = RandomBits(sample, Count(dimensions), round);
            var expected = new T[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                int[] position = Position(i, dimensions);
                expected[Index([.. permutation.Select(axis => position[axis])], transposed)] = x[i];
            }

            var y = new T[x.Length];
            DataMovement.Transpose(dimensions, permutation, x, y);
            AssertSameBits(expected, y);
        }
    }

    [Theory]
    [MemberData(nameof(ElementTypes))]
    public void Transpose_MatricesLargerThanRegistersAndTiles_MovesEveryElement<T>(T sample)
        where T : unmanaged
    {
        foreach (int rows in (int[])[2, 3, 4, 7, 15, 16, 17, 35])
        {
            foreach (int columns in (int[])[1, 2, 4, 6, 33, 130])
            {
                T[] x = RandomBits(sample, 2 * rows * columns, rows + columns);
                T[] expected =
                [
                    .. Enumerable.Range(0, x.Length).Select(i =>
                        x[(((i / rows / columns * rows) + (i % rows)) * columns) + (i / rows % columns)]),
                ];
                var y = new T[x.Length];
                DataMovement.Transpose([2, rows, columns], [0, 2, 1], x, y);
                AssertSameBits(expected, y);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(37)]
    public void Transpose_ChannelsFirstToLastAndBack_IsTheInput(int channels)
    {
        float[] x = Samples.Floats(2 * channels * 13 * 11, channels);
        var last = new float[x.Length];
        var back = new float[x.Length];
        DataMovement.Transpose([2, channels, 13, 11], [0, 2, 3, 1], x, last);
        DataMovement.Transpose([2, 13, 11, channels], [0, 3, 1, 2], last, back);
        Assert.Equal(x, back);
        Assert.Equal(x[((1 * channels) + (channels - 1)) * 143 + 17], last[(((1 * 143) + 17) * channels) + channels - 1]);
    }

    [Theory]
    [MemberData(nameof(ElementTypes))]
    public void Concatenate_AnyInputs_StandSideBySide<T>(T sample)
        where T : unmanaged
    {
        var random = new Random(4);
        for (int round = 0; round < 100; round++)
        {
            int rows = random.Next(0, 6);
            int[] lengths = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(0, 20))];
            int stride = lengths.Sum();
            T[][] inputs = [.. lengths.Select((length, i) => RandomBits(sample, rows * length, (round * 10) + i))];
            T[] expected =
            [
                .. Enumerable.Range(0, rows).SelectMany(row => inputs.SelectMany((x, i) => x.Skip(row * lengths[i]).Take(lengths[i]))),
            ];
            var y = new T[rows * stride];
            for (int i = 0; i < lengths.Length; i++)
            {
                DataMovement.Concatenate(rows, lengths[i], lengths[..i].Sum(), stride, inputs[i], y);
            }

            AssertSameBits(expected, y);
        }
    }

    [Fact]
    public void Concatenate_OneInput_LeavesTheOthersAlone()
    {
        float[] y = new float[6];
        DataMovement.Concatenate(1, 4, 2, 6, [1f, 2f, 3f, 4f], y);
        Assert.Equal([0f, 0f, 1f, 2f, 3f, 4f], y);
    }

    [Theory]
    [MemberData(nameof(ElementTypes))]
    public void Pad_AnyAmounts_SurroundsOrCuts<T>(T sample)
        where T : unmanaged
    {
        var random = new Random(2);
        for (int round = 0; round < 200; round++)
        {
            int rank = random.Next(0, 9);
            int most = rank > 5 ? 2 : 4;
            int[] dimensions = Dimensions(random, rank);
            int[] before = [.. dimensions.Select(d => random.Next(-d, most))];
            int[] after = [.. dimensions.Select((d, i) => random.Next(-Math.Min(d, d + before[i]), most))];
            int[] padded = [.. dimensions.Select((d, i) => d + before[i] + after[i])];
            T[] x = RandomBits(sample, Count(dimensions), round);
            T[] value = RandomBits(sample, 1, round + 1000);
            T[] expected = [.. Enumerable.Repeat(value[0], Count(padded))];
            for (int i = 0; i < expected.Length; i++)
            {
                int[] source = [.. Position(i, padded).Select((p, axis) => p - before[axis])];
                if (source.Select((p, axis) => p >= 0 && p < dimensions[axis]).All(inside => inside))
                {
                    expected[i] = x[Index(source, dimensions)];
                }
            }

            var y = new T[expected.Length];
            DataMovement.Pad(dimensions, before, after, value, x, y);
            AssertSameBits(expected, y);
        }
    }

    [Theory]
    [MemberData(nameof(ElementTypes))]
    public void Slice_AnyStartsAndSteps_TakesThosePositions<T>(T sample)
        where T : unmanaged
    {
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            int rank = random.Next(0, 9);
            int[] dimensions = Dimensions(random, rank);
            int[] starts = [.. dimensions.Select(d => random.Next(d))];
            int[] steps = [.. dimensions.Select(_ => random.Next(1, 4) * (random.Next(2) == 0 ? 1 : -1))];
            int[] lengths =
            [
                .. dimensions.Select((d, i) =>
                    random.Next(round % 10 == 0 ? 0 : 1, (steps[i] > 0 ? (d - 1 - starts[i]) / steps[i] : starts[i] / -steps[i]) + 2)),
            ];
            T[] x = RandomBits(sample, Count(dimensions), round);
            T[] expected =
            [
                .. Enumerable.Range(0, Count(lengths)).Select(i =>
                    x[Index([.. Position(i, lengths).Select((p, axis) => starts[axis] + (p * steps[axis]))], dimensions)]),
            ];

            var y = new T[expected.Length];
            DataMovement.Slice(dimensions, starts, steps, lengths, x, y);
            AssertSameBits(expected, y);
        }
    }

    [Theory]
    [MemberData(nameof(ElementTypes))]
    public void Copy_AnyLength_IsTheInput<T>(T sample)
        where T : unmanaged
    {
        foreach (int length in Samples.Lengths)
        {
            T[] x = RandomBits(sample, length, length);
            var y = new T[length];
            DataMovement.Copy(x, y);
            AssertSameBits(x, y);
        }
    }

    [Fact]
    public void Copy_OverlappingSpans_KeepsTheInput()
    {
        byte[] x = [1, 2, 3, 4, 5];
        DataMovement.Copy(x.AsSpan(0, 4), x.AsSpan(1, 4));
        Assert.Equal<byte>([1, 1, 2, 3, 4], x);
        var y = new float[2];
        DataMovement.Copy([1f, 2f], y);
        Assert.Equal([1f, 2f], y);
    }

    /// <summary>
    /// As channels of two groups are shuffled, and as planes of an image become pixels, with every rest behind whole vectors; what is
    /// beside stays as it is.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Transpose_FewRowsOfBytes_AreWrittenByTurns(int rows)
    {
        for (int columns = 1; columns <= 70; columns++)
        {
            byte[] x = [.. Enumerable.Range(0, 3 * rows * columns).Select(i => (byte)((i * 37) + columns))];
            byte[] y = [.. Enumerable.Repeat((byte)0xA5, x.Length + 32)];

            DataMovement.Transpose([3, rows, columns], [0, 2, 1], x, y.AsSpan(16, x.Length));

            Assert.All(y[..16], b => Assert.Equal(0xA5, b));
            Assert.All(y[^16..], b => Assert.Equal(0xA5, b));
            for (int i = 0; i < x.Length; i++)
            {
                (int image, int rest) = int.DivRem(i, rows * columns);
                Assert.Equal(x[(image * rows * columns) + (rest % rows * columns) + (rest / rows)], y[16 + i]);
            }
        }
    }

    /// <summary>Planes of an image of elements of every size, with every rest behind whole registers.</summary>
    [Fact]
    public void Transpose_ThreeRowsOfAnySize_BecomeTriples()
    {
        for (int columns = 1; columns <= 40; columns++)
        {
            Check(columns, i => (ushort)(i * 601));
            Check(columns, i => (i * 1.25f) + 3);
            Check(columns, i => (i * 0x1_0000_0101L) ^ 77);
        }

        static void Check<T>(int columns, Func<int, T> element)
        {
            T[] x = [.. Enumerable.Range(0, 2 * 3 * columns).Select(element)];
            T[] y = new T[x.Length + 2];

            DataMovement.Transpose([2, 3, columns], [0, 2, 1], x, y.AsSpan(1, x.Length));

            Assert.Equal((default, default), (y[0], y[^1]));
            int plane = 3 * columns;
            Assert.Equal(
                Enumerable.Range(0, x.Length).Select(i => x[(i / plane * plane) + (i % 3 * columns) + (i % plane / 3)]), y[1..^1]);
        }
    }

    /// <summary>Shorter than a register, with every rest behind registers, and so long that a call is made for each.</summary>
    [Fact]
    public void Concatenate_RowsOfEveryLength_LeaveWhatIsBesideThem()
    {
        foreach (int length in (IEnumerable<int>)[.. Enumerable.Range(1, 100), 1023, 1024, 1025])
        {
            byte[] x = [.. Enumerable.Range(0, 3 * length).Select(i => (byte)((i * 31) + length))];
            byte[] y = [.. Enumerable.Repeat((byte)0xA5, 3 * (length + 7))];

            DataMovement.Concatenate(3, length, 2, length + 7, x, y);

            for (int i = 0; i < y.Length; i++)
            {
                (int row, int place) = int.DivRem(i, length + 7);
                Assert.Equal(place < 2 || place >= length + 2 ? 0xA5 : x[(row * length) + place - 2], y[i]);
            }
        }
    }

    [Fact]
    public void Transpose_BitsOfFloats_AreKept()
    {
        // A signalling NaN must not become a quiet one on its way.
        int[] x = [0x7F800001, 1, 2, -1, 0x7FA00000, 3];
        var y = new int[6];
        DataMovement.Transpose([2, 3], [1, 0], MemoryMarshal.Cast<int, float>(x), MemoryMarshal.Cast<int, float>(y.AsSpan()));
        Assert.Equal([0x7F800001, -1, 1, 0x7FA00000, 2, 3], y);
    }

    [Fact]
    public void Movements_ArgumentsThatDoNotFit_AreRefused()
    {
        Assert.Equal("permutation", Parameter(() => DataMovement.Transpose([2, 3], [0, 0], new byte[6], new byte[6])));
        Assert.Equal("permutation", Parameter(() => DataMovement.Transpose([2, 3], [0], new byte[6], new byte[6])));
        Assert.Equal("permutation", Parameter(() => DataMovement.Transpose([2, 3], [0, 2], new byte[6], new byte[6])));
        Assert.Equal("input", Parameter(() => DataMovement.Transpose([2, 3], [1, 0], new byte[5], new byte[6])));
        Assert.Equal("output", Parameter(() => DataMovement.Transpose([2, 3], [1, 0], new byte[6], new byte[5])));
        Assert.Equal("dimensions", Parameter(() => DataMovement.Transpose([2, -3], [1, 0], new byte[6], new byte[6])));
        Assert.Equal(
            "dimensions", Parameter(() => DataMovement.Transpose(new int[9], [0, 1, 2, 3, 4, 5, 6, 7, 8], new byte[6], new byte[6])));
        Assert.Equal("stride", Parameter(() => DataMovement.Concatenate(2, 3, 4, 6, new byte[6], new byte[12])));
        Assert.Equal("output", Parameter(() => DataMovement.Concatenate(2, 3, 3, 6, new byte[6], new byte[11])));
        Assert.Equal("after", Parameter(() => DataMovement.Pad<byte>([2], [-1], [-2], [0], new byte[2], [])));
        Assert.Equal("starts", Parameter(() => DataMovement.Slice([4], [2], [1], [3], new byte[4], new byte[3])));
        Assert.Equal("starts", Parameter(() => DataMovement.Slice([4], [2], [-1], [4], new byte[4], new byte[4])));
        Assert.Equal("starts", Parameter(() => DataMovement.Slice([4], [4], [-1], [1], new byte[4], new byte[1])));
        Assert.Equal("input", Parameter(() => DataMovement.Transpose(
            [int.MaxValue, int.MaxValue, int.MaxValue, 4], [3, 2, 1, 0], new byte[4], new byte[4])));
    }

    [Fact]
    public void Pad_ValueThatIsNotOneElement_IsRefused()
    {
        Assert.Equal("value", Parameter(() => DataMovement.Pad<byte>([2], [1], [1], [], new byte[2], new byte[4])));
        Assert.Equal("value", Parameter(() => DataMovement.Pad<byte>([2], [1], [1], [1, 2], new byte[2], new byte[4])));
    }

    [Fact]
    public void Movements_ElementsOfOtherSizes_AreRefused() =>
        Assert.Throws<NotSupportedException>(() => DataMovement.Transpose([2, 3], [1, 0], new decimal[6], new decimal[6]));

    [Theory]
    [MemberData(nameof(ElementTypes))]
    public void Movements_EmptyTensors_DoNothing<T>(T sample)
        where T : unmanaged
    {
        DataMovement.Transpose<T>([2, 0, 3], [2, 0, 1], [], []);
        DataMovement.Pad<T>([0], [0], [0], [sample], [], []);
        DataMovement.Slice<T>([3, 0], [0, 0], [1, 1], [3, 0], [], []);
        DataMovement.Concatenate<T>(0, 3, 0, 5, [], []);
        DataMovement.Copy<T>([], []);
    }

    [Fact]
    public void Pad_OfAnEmptyTensor_IsThePaddingAlone()
    {
        var y = new byte[3];
        DataMovement.Pad<byte>([0], [1], [2], [8], [], y);
        Assert.Equal<byte>([8, 8, 8], y);
    }

    private static int[] Dimensions(Random random, int rank) =>
        [.. Enumerable.Range(0, rank).Select(_ => random.Next(1, rank > 6 ? 3 : rank > 4 ? 4 : 12))];

    /// <summary>Random bits of an element type; truth values are 0 or 1.</summary>
    private static T[] RandomBits<T>(T sample, int count, int seed)
        where T : unmanaged
    {
        var values = new T[count];
        Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
        new Random(seed).NextBytes(bytes);
        foreach (ref byte value in sample is bool ? bytes : [])
        {
            value &= 1;
        }

        return values;
    }

    /// <summary>Compares bits, because NaNs of different payload are equal otherwise.</summary>
    private static void AssertSameBits<T>(T[] expected, T[] actual)
        where T : unmanaged =>
        Assert.Equal(MemoryMarshal.AsBytes(expected.AsSpan()).ToArray(), MemoryMarshal.AsBytes(actual.AsSpan()).ToArray());

    private static int Count(int[] dimensions) => dimensions.Aggregate(1, (count, d) => count * d);

    private static int[] Position(int index, int[] dimensions)
    {
        var position = new int[dimensions.Length];
        for (int i = dimensions.Length - 1; i >= 0; i--)
        {
            position[i] = index % dimensions[i];
            index /= dimensions[i];
        }

        return position;
    }

    private static int Index(int[] position, int[] dimensions) =>
        position.Select((p, i) => (p, i)).Aggregate(0, (index, next) => (index * dimensions[next.i]) + next.p);

    private static string? Parameter(Action action) => Assert.ThrowsAny<ArgumentException>(action).ParamName;
}
