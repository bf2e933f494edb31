using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class ArithmeticTests
{
    private delegate void Equal(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output);

    private delegate void Broadcast(in BroadcastShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output);

    private static readonly (Equal Equal, Broadcast Broadcast, Func<float, float, float> Definition)[] s_operations =
    [
        (Arithmetic.Add, Arithmetic.Add, (a, b) => a + b),
        (Arithmetic.Subtract, Arithmetic.Subtract, (a, b) => a - b),
        (Arithmetic.Multiply, Arithmetic.Multiply, (a, b) => a * b),
        (Arithmetic.Divide, Arithmetic.Divide, (a, b) => a / b),
    ];

    [Fact]
    public void Operations_EveryLength_EqualTheDefinition()
    {
        foreach (var operation in s_operations)
        {
            foreach (int length in Samples.Lengths)
            {
                float[] left = Samples.FloatsWithSpecials(length, length);
                float[] right = Samples.FloatsWithSpecials(length, length + 3);
                float[] expected = [.. left.Zip(right, operation.Definition)];

                float[] framed = [.. Enumerable.Repeat(77f, length + 2)];
                operation.Equal(left, right, framed.AsSpan(1, length));
                Assert.Equal([77f, .. expected, 77f], framed);

                float[] inPlace = [.. left];
                operation.Equal(inPlace, right, inPlace);
                Assert.Equal(expected, inPlace);

                inPlace = [.. right];
                operation.Equal(left, inPlace, inPlace);
                Assert.Equal(expected, inPlace);
            }
        }
    }

    [Fact]
    public void Operations_AnyBroadcast_EqualTheDefinition()
    {
        var random = new Random(11);
        int[] sizes = [1, 1, 2, 3, 5, 16, 17, 33];
        for (int round = 0; round < 600; round++)
        {
            int rank = random.Next(9);
            int[] n = [.. Enumerable.Range(0, rank).Select(_ => sizes[random.Next(rank > 5 ? 4 : rank > 4 ? 5 : sizes.Length)])];
            (int[] left, int leftLength) = Operand(n, random);
            (int[] right, int rightLength) = Operand(n, random);
            float[] x = Samples.Floats(leftLength, round);
            float[] y = Samples.Floats(rightLength, round + 1);
            var shape = new BroadcastShape(n, left, right);
            var operation = s_operations[round % 4];
            var actual = new float[n.Aggregate(1, (length, size) => length * size)];
            operation.Broadcast(in shape, x, y, actual);
            Assert.Equal(
                Enumerable.Range(0, actual.Length).Select(
                    i => operation.Definition(x[Offset(i, n, left)], y[Offset(i, n, right)])), actual);
        }

        static int Offset(int index, int[] n, int[] strides)
        {
            int offset = 0;
            for (int i = n.Length - 1; i >= 0; i--)
            {
                offset += index % n[i] * strides[i];
                index /= n[i];
            }

            return offset;
        }
    }

    /// <summary>No two neighbours can be merged, so that four loops are not enough.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(8)]
    public void Operations_DimensionsThatAlternate_EqualTheDefinition(int rank)
    {
        int[] n = [.. Enumerable.Range(0, rank).Select(i => 2 + (i % 2))];
        int[] left = new int[rank];
        int[] right = new int[rank];
        int leftLength = 1;
        int rightLength = 1;
        for (int i = rank - 1; i >= 0; i--)
        {
            (int[] strides, int length) = i % 2 == 0 ? (left, leftLength) : (right, rightLength);
            strides[i] = length;
            leftLength *= i % 2 == 0 ? n[i] : 1;
            rightLength *= i % 2 == 0 ? 1 : n[i];
        }

        float[] x = Samples.Floats(leftLength, 1);
        float[] y = Samples.Floats(rightLength, 2);
        var actual = new float[leftLength * rightLength];
        Arithmetic.Subtract(new BroadcastShape(n, left, right), x, y, actual);
        for (int i = 0; i < actual.Length; i++)
        {
            // The digits of an index, of base 2 and 3 by turns, are the positions in both operands.
            (int index, int leftIndex, int rightIndex) = (i, 0, 0);
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                (index, int position) = Math.DivRem(index, n[axis]);
                leftIndex += position * left[axis];
                rightIndex += position * right[axis];
            }

            Assert.Equal(x[leftIndex] - y[rightIndex], actual[i]);
        }
    }

    [Fact]
    public void Operations_TransposedOperand_FollowItsStrides()
    {
        float[] x = [1, 2, 3, 4, 5, 6];
        float[] y = [10, 20, 30, 40, 50, 60];
        var actual = new float[6];
        Arithmetic.Add(new BroadcastShape([1, 1, 3, 2], [0, 0, 1, 3], [0, 0, 2, 1]), x, y, actual);
        Assert.Equal([11, 24, 32, 45, 53, 66], actual);
    }

    [Fact]
    public void Operations_ChannelsInPlace_AreAllowed()
    {
        float[] x = Samples.Floats(7 * 20, 1);
        float[] bias = Samples.Floats(20, 2);
        float[] expected = [.. x.Select((v, i) => v + bias[i % 20])];
        Arithmetic.Add(new BroadcastShape([1, 1, 7, 20], [0, 0, 20, 1], [0, 0, 0, 1]), x, bias, x);
        Assert.Equal(expected, x);
    }

    [Fact]
    public void Operations_EmptyTensor_DoNothing()
    {
        Arithmetic.Add(new BroadcastShape([1, 0, 5, 2], [0, 10, 2, 1], [0, 0, 0, 1]), [], new float[2], []);
        Arithmetic.Add([], [], []);
    }

    [Fact]
    public void Operations_SpansThatDoNotFit_AreRefused()
    {
        Assert.Equal("right", Parameter(() => Arithmetic.Add(new float[3], new float[2], new float[3])));
        Assert.Equal("output", Parameter(() => Arithmetic.Add(new float[3], new float[3], new float[4])));
        var shape = new BroadcastShape([1, 1, 7, 20], [0, 0, 20, 1], [0, 0, 0, 1]);
        Assert.Equal("left", Parameter(() => Arithmetic.Divide(in shape, new float[139], new float[20], new float[140])));
        Assert.Equal("right", Parameter(() => Arithmetic.Divide(in shape, new float[140], new float[19], new float[140])));
        Assert.Equal("output", Parameter(() => Arithmetic.Divide(in shape, new float[140], new float[20], new float[139])));
    }

    [Fact]
    public void BroadcastShape_HugeOrNegativeNumbers_AreRefusedWithoutWrappingAround()
    {
        const int Huge = int.MaxValue;
        var shape = new BroadcastShape([Huge, Huge, Huge, Huge], [Huge, Huge, Huge, Huge], [Huge, Huge, Huge, Huge]);
        Assert.Equal("left", Parameter(() => Arithmetic.Add(in shape, new float[4], new float[4], new float[4])));

        // 2^32 elements in one row would be none in 32 bits.
        var wide = new BroadcastShape([1, 1, 65536, 65536], [0, 0, 65536, 1], [0, 0, 65536, 1]);
        Assert.Equal("left", Parameter(() => Arithmetic.Add(in wide, [], [], [])));
        Assert.Equal("dimensions", Parameter(() => _ = new BroadcastShape([1, 1], [0, -1], [0, 0])));
        Assert.Equal("dimensions", Parameter(() => _ = new BroadcastShape(new int[9], new int[9], new int[9])));
        Assert.Equal("left", Parameter(() => _ = new BroadcastShape([1, 1], [0], [0, 0])));
        Assert.Equal("right", Parameter(() => _ = new BroadcastShape([1, 1], [0, 0], [0])));
        int[] huge = [.. Enumerable.Repeat(Huge, 8)];
        var deep = new BroadcastShape(huge, huge, huge);
        Assert.Equal("left", Parameter(() => Arithmetic.Add(in deep, new float[4], new float[4], new float[4])));
    }

    /// <summary>Strides of an operand that lacks each dimension of the output with one chance in three.</summary>
    private static (int[] Strides, int Length) Operand(int[] n, Random random)
    {
        var strides = new int[n.Length];
        int length = 1;
        for (int i = n.Length - 1; i >= 0; i--)
        {
            if (random.Next(3) != 0)
            {
                strides[i] = n[i] == 1 ? 0 : length;
                length *= n[i];
            }
        }

        return (strides, length);
    }

    private static string? Parameter(Action action) => Assert.ThrowsAny<ArgumentException>(action).ParamName;
}
