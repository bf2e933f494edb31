using System.Runtime.InteropServices;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class DataMovementTests
{
    [Fact]
    public void Transpose_AnyPermutation_MovesEveryElement()
    {
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            int rank = random.Next(0, 9);
            int[] dimensions = [.. Enumerable.Range(0, rank).Select(_ => random.Next(1, rank > 4 ? 4 : 20))];
            int[] permutation = [.. Enumerable.Range(0, rank).OrderBy(_ => random.Next())];
            int[] transposed = [.. permutation.Select(axis => dimensions[axis])];
            float[] x = [.. Enumerable.Range(0, Count(dimensions)).Select(i => (float)i)];
            byte[] codes = Samples.Codes(x.Length, round);
            float[] expected = new float[x.Length];
            byte[] expectedCodes = new byte[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                int[] position = Position(i, dimensions);
                int target = Index([.. permutation.Select(axis => position[axis])], transposed);
                expected[target] = x[i];
                expectedCodes[target] = codes[i];
            }

            var y = new float[x.Length];
            DataMovement.TransposeFloat32(dimensions, permutation, x, y);
            Assert.Equal(expected, y);
            var yCodes = new byte[x.Length];
            DataMovement.TransposeUInt8(dimensions, permutation, codes, yCodes);
            Assert.Equal(expectedCodes, yCodes);
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
        DataMovement.TransposeFloat32([2, channels, 13, 11], [0, 2, 3, 1], x, last);
        DataMovement.TransposeFloat32([2, 13, 11, channels], [0, 3, 1, 2], last, back);
        Assert.Equal(x, back);
        Assert.Equal(x[((1 * channels) + (channels - 1)) * 143 + 17], last[(((1 * 143) + 17) * channels) + channels - 1]);
    }

    [Fact]
    public void Concatenate_ThreeInputs_StandSideBySide()
    {
        byte[] a = [1, 2, 3, 4];
        byte[] b = [5, 6];
        byte[] y = new byte[10];
        DataMovement.ConcatenateUInt8(2, 2, 0, 5, a, y);
        DataMovement.ConcatenateUInt8(2, 1, 2, 5, b, y);
        DataMovement.ConcatenateUInt8(2, 2, 3, 5, a, y);
        Assert.Equal<byte>([1, 2, 5, 1, 2, 3, 4, 6, 3, 4], y);

        float[] z = new float[6];
        DataMovement.ConcatenateFloat32(1, 4, 2, 6, [1f, 2f, 3f, 4f], z);
        Assert.Equal([0f, 0f, 1f, 2f, 3f, 4f], z);
    }

    [Fact]
    public void Pad_AnyAmounts_SurroundsOrCuts()
    {
        var random = new Random(2);
        for (int round = 0; round < 300; round++)
        {
            int rank = random.Next(0, 6);
            int[] dimensions = [.. Enumerable.Range(0, rank).Select(_ => random.Next(1, 7))];
            int[] before = [.. dimensions.Select(d => random.Next(-d, 4))];
            int[] after = [.. dimensions.Select((d, i) => random.Next(-Math.Min(d, d + before[i]), 4))];
            int[] padded = [.. dimensions.Select((d, i) => d + before[i] + after[i])];
            byte[] x = Samples.Codes(Count(dimensions), round);
            float[] real = [.. x.Select(v => (float)v)];
            byte[] expected = [.. Enumerable.Repeat((byte)99, Count(padded))];
            for (int i = 0; i < expected.Length; i++)
            {
                int[] source = [.. Position(i, padded).Select((p, axis) => p - before[axis])];
                if (source.Select((p, axis) => p >= 0 && p < dimensions[axis]).All(inside => inside))
                {
                    expected[i] = x[Index(source, dimensions)];
                }
            }

            var y = new byte[expected.Length];
            DataMovement.PadUInt8(dimensions, before, after, 99, x, y);
            Assert.Equal(expected, y);
            var z = new float[expected.Length];
            DataMovement.PadFloat32(dimensions, before, after, 99, real, z);
            Assert.Equal(expected.Select(v => (float)v), z);
        }
    }

    [Fact]
    public void Slice_AnyStartsAndSteps_TakesThosePositions()
    {
        var random = new Random(3);
        for (int round = 0; round < 300; round++)
        {
            int rank = random.Next(0, 6);
            int[] dimensions = [.. Enumerable.Range(0, rank).Select(_ => random.Next(1, 9))];
            int[] starts = [.. dimensions.Select(d => random.Next(d))];
            int[] steps = [.. dimensions.Select(_ => random.Next(1, 4) * (random.Next(2) == 0 ? 1 : -1))];
            int[] lengths =
            [
                .. dimensions.Select((d, i) =>
                    random.Next(round % 10 == 0 ? 0 : 1, (steps[i] > 0 ? (d - 1 - starts[i]) / steps[i] : starts[i] / -steps[i]) + 2)),
            ];
            byte[] x = Samples.Codes(Count(dimensions), round);
            float[] real = [.. x.Select(v => (float)v)];
            byte[] expected =
            [
                .. Enumerable.Range(0, Count(lengths)).Select(i =>
                    x[Index([.. Position(i, lengths).Select((p, axis) => starts[axis] + (p * steps[axis]))], dimensions)]),
            ];

            var y = new byte[expected.Length];
            DataMovement.SliceUInt8(dimensions, starts, steps, lengths, x, y);
            Assert.Equal(expected, y);
            var z = new float[expected.Length];
            DataMovement.SliceFloat32(dimensions, starts, steps, lengths, real, z);
            Assert.Equal(expected.Select(v => (float)v), z);
        }
    }

    [Fact]
    public void Copy_OverlappingSpans_KeepsTheInput()
    {
        byte[] x = [1, 2, 3, 4, 5];
        DataMovement.CopyUInt8(x.AsSpan(0, 4), x.AsSpan(1, 4));
        Assert.Equal<byte>([1, 1, 2, 3, 4], x);
        var y = new float[2];
        DataMovement.CopyFloat32([1f, 2f], y);
        Assert.Equal([1f, 2f], y);
    }

    [Fact]
    public void Transpose_BitsOfFloats_AreKept()
    {
        // A signalling NaN must not become a quiet one on its way.
        int[] x = [0x7F800001, 1, 2, -1, 0x7FA00000, 3];
        var y = new int[6];
        DataMovement.TransposeFloat32([2, 3], [1, 0], MemoryMarshal.Cast<int, float>(x), MemoryMarshal.Cast<int, float>(y.AsSpan()));
        Assert.Equal([0x7F800001, -1, 1, 0x7FA00000, 2, 3], y);
    }

    [Fact]
    public void Movements_ArgumentsThatDoNotFit_AreRefused()
    {
        Assert.Equal("permutation", Parameter(() => DataMovement.TransposeUInt8([2, 3], [0, 0], new byte[6], new byte[6])));
        Assert.Equal("permutation", Parameter(() => DataMovement.TransposeUInt8([2, 3], [0], new byte[6], new byte[6])));
        Assert.Equal("permutation", Parameter(() => DataMovement.TransposeUInt8([2, 3], [0, 2], new byte[6], new byte[6])));
        Assert.Equal("input", Parameter(() => DataMovement.TransposeUInt8([2, 3], [1, 0], new byte[5], new byte[6])));
        Assert.Equal("output", Parameter(() => DataMovement.TransposeUInt8([2, 3], [1, 0], new byte[6], new byte[5])));
        Assert.Equal("dimensions", Parameter(() => DataMovement.TransposeUInt8([2, -3], [1, 0], new byte[6], new byte[6])));
        Assert.Equal(
            "dimensions", Parameter(() => DataMovement.TransposeUInt8(new int[9], [0, 1, 2, 3, 4, 5, 6, 7, 8], new byte[6], new byte[6])));
        Assert.Equal("stride", Parameter(() => DataMovement.ConcatenateUInt8(2, 3, 4, 6, new byte[6], new byte[12])));
        Assert.Equal("output", Parameter(() => DataMovement.ConcatenateUInt8(2, 3, 3, 6, new byte[6], new byte[11])));
        Assert.Equal("after", Parameter(() => DataMovement.PadUInt8([2], [-1], [-2], 0, new byte[2], [])));
        Assert.Equal("starts", Parameter(() => DataMovement.SliceUInt8([4], [2], [1], [3], new byte[4], new byte[3])));
        Assert.Equal("starts", Parameter(() => DataMovement.SliceUInt8([4], [2], [-1], [4], new byte[4], new byte[4])));
        Assert.Equal("starts", Parameter(() => DataMovement.SliceUInt8([4], [4], [-1], [1], new byte[4], new byte[1])));
        Assert.Equal("input", Parameter(() => DataMovement.TransposeUInt8(
            [int.MaxValue, int.MaxValue, int.MaxValue, 4], [3, 2, 1, 0], new byte[4], new byte[4])));
    }

    [Fact]
    public void Movements_EmptyTensors_DoNothing()
    {
        DataMovement.TransposeUInt8([2, 0, 3], [2, 0, 1], [], []);
        DataMovement.PadUInt8([0], [0], [0], 1, [], []);
        DataMovement.SliceUInt8([3, 0], [0, 0], [1, 1], [3, 0], [], []);
        var y = new byte[3];
        DataMovement.PadUInt8([0], [1], [2], 8, [], y);
        Assert.Equal<byte>([8, 8, 8], y);
    }

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
