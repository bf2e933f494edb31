using System.Numerics;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Kernels that pick, replace, repeat and rank elements, against what they say in plain words.</summary>
public sealed class IndexedMovementTests
{
    private static readonly int[] s_matrix = [.. Enumerable.Range(0, 12)];

    [Fact]
    public void Gather_NegativeIndices_CountFromTheEnd()
    {
        var output = new int[6];
        DataMovement.Gather<int, long>(outer: 3, length: 4, inner: 1, [-1, 0], s_matrix, output);
        Assert.Equal([3, 0, 7, 4, 11, 8], output);
        DataMovement.Gather<int, int>(outer: 1, length: 3, inner: 4, [2], s_matrix, output.AsSpan(0, 4));
        Assert.Equal([8, 9, 10, 11], output[..4]);
        DataMovement.Gather<int, long>(outer: 3, length: 4, inner: 1, [3, 0], s_matrix, output);
        Assert.Equal([3, 0, 7, 4, 11, 8], output);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-5)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Gather_IndexOutside_IsRefusedByName(long index)
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(
            () => DataMovement.Gather<int, long>(3, 4, 1, [index], s_matrix, new int[3], name: null));
        Assert.Equal("indices", e.ParamName);
        Assert.StartsWith($"{index} is outside a dimension of 4.", e.Message, StringComparison.Ordinal);
    }

    /// <summary>In generated code that is an argument of the call, or a variable named as the tensor.</summary>
    [Theory]
    [InlineData("Gather")]
    [InlineData("GatherElements")]
    [InlineData("GatherND")]
    [InlineData("ScatterElements")]
    [InlineData("ScatterElementsAdd")]
    [InlineData("ScatterElementsMultiply")]
    [InlineData("ScatterElementsMinimum")]
    [InlineData("ScatterElementsMaximum")]
    [InlineData("ScatterND")]
    [InlineData("ScatterNDAdd")]
    [InlineData("ScatterNDMultiply")]
    [InlineData("ScatterNDMinimum")]
    [InlineData("ScatterNDMaximum")]
    [InlineData("Unpooling")]
    public void Call_IndexOutside_IsRefusedByTheCallersName(string kernel)
    {
        long[] words = [12];
        int[] one = [1];
        var e = Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            switch (kernel)
            {
                case "Gather":
                    DataMovement.Gather<int, long>(1, 12, 1, indices: words, s_matrix, one);
                    break;
                case "GatherElements":
                    DataMovement.GatherElements<int, long>([12], [1], 0, indices: words, s_matrix, one);
                    break;
                case "GatherND":
                    DataMovement.GatherND<int>(1, [12], 1, indices: words, s_matrix, one);
                    break;
                case "ScatterElements":
                    DataMovement.ScatterElements<int, long>([12], [1], 0, indices: words, one, s_matrix, new int[12]);
                    break;
                case "ScatterElementsAdd":
                    DataMovement.ScatterElementsAdd<int, long>([12], [1], 0, indices: words, one, s_matrix, new int[12]);
                    break;
                case "ScatterElementsMultiply":
                    DataMovement.ScatterElementsMultiply<int, long>([12], [1], 0, indices: words, one, s_matrix, new int[12]);
                    break;
                case "ScatterElementsMinimum":
                    DataMovement.ScatterElementsMinimum<int, long>([12], [1], 0, indices: words, one, s_matrix, new int[12]);
                    break;
                case "ScatterElementsMaximum":
                    DataMovement.ScatterElementsMaximum<int, long>([12], [1], 0, indices: words, one, s_matrix, new int[12]);
                    break;
                case "ScatterND":
                    DataMovement.ScatterND<int>([12], 1, indices: words, one, s_matrix, new int[12]);
                    break;
                case "ScatterNDAdd":
                    DataMovement.ScatterNDAdd<int>([12], 1, indices: words, one, s_matrix, new int[12]);
                    break;
                case "ScatterNDMultiply":
                    DataMovement.ScatterNDMultiply<int>([12], 1, indices: words, one, s_matrix, new int[12]);
                    break;
                case "ScatterNDMinimum":
                    DataMovement.ScatterNDMinimum<int>([12], 1, indices: words, one, s_matrix, new int[12]);
                    break;
                case "ScatterNDMaximum":
                    DataMovement.ScatterNDMaximum<int>([12], 1, indices: words, one, s_matrix, new int[12]);
                    break;
                default:
                    Unpooling.Maximum<int>(indices: words, one, new int[12]);
                    break;
            }
        });
        Assert.Equal(nameof(words), e.ParamName);
    }

    /// <summary>
    /// Places of neighbours that lie near each other, and some that do not; the last ones begin a block before the row's end.
    /// </summary>
    [Theory]
    [InlineData(8, 16, 0)]
    [InlineData(9, 17, 0)]
    [InlineData(28, 56, 0)]
    [InlineData(100, 33, 0)]
    [InlineData(8, 8, 7)]
    [InlineData(19, 16, 0)] // a block of nine
    [InlineData(40, 512, 3)]
    [InlineData(40, 513, 3)]
    [InlineData(7, 20, 0)]
    [InlineData(30, 7, 0)]
    [InlineData(30, 24, 29)]
    public void Gather_FromManyRows_PicksTheSameOfEach(int length, int count, int jump)
    {
        const int Rows = 5;
        int[] indices = [.. Enumerable.Range(0, count).Select(i => Math.Min(length - 1, (i * length / count) ^ (i % 3 == 2 ? jump : 0)))];
        using var input = new GuardedSpan<float>([.. Enumerable.Range(0, Rows * length).Select(i => (float)i)]);
        using var output = new GuardedSpan<float>(Rows * count);

        DataMovement.Gather<float, int>(Rows, length, 1, indices, input.Span, output.Span);

        output.Verify();
        Assert.Equal(
            Enumerable.Range(0, Rows).SelectMany(row => indices.Select(i => (float)((row * length) + i))), output.Span.ToArray());
    }

    [Fact]
    public void GatherAndScatterElements_AlongAnAxis_AreInverse()
    {
        int[] order = [2, 0, 1, 0, 1, 2, 1, 2, 0, 0, 2, 1];
        int[] dimensions = [4, 3];
        var picked = new int[12];
        DataMovement.GatherElements<int, int>(dimensions, dimensions, 1, order, s_matrix, picked);
        Assert.Equal(order.Select((o, i) => (i / 3 * 3) + o), picked);
        var back = new int[12];
        DataMovement.ScatterElements<int, int>(dimensions, dimensions, 1, order, picked, new int[12], back);
        Assert.Equal(s_matrix, back);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void GatherAndScatterElements_FewerPlacesThanElements_KeepTheirOtherPositions(int axis)
    {
        int[] dimensions = [3, 4, 5];
        int[] picked = [2, 3, 4];
        picked[axis] = 7;
        int[] input = [.. Enumerable.Range(0, 60)];
        int count = picked[0] * picked[1] * picked[2];
        var random = new Random(axis);
        long[] indices = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(-dimensions[axis], dimensions[axis]))];
        int[] places =
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                int[] position = [i / picked[2] / picked[1], i / picked[2] % picked[1], i % picked[2]];
                position[axis] = ((int)indices[i] + dimensions[axis]) % dimensions[axis];
                return (((position[0] * 4) + position[1]) * 5) + position[2];
            }),
        ];
        var output = new int[count];
        DataMovement.GatherElements<int, long>(dimensions, picked, axis, indices, input, output);
        Assert.Equal(places.Select(p => input[p]), output);

        int[] expected = [.. input];
        foreach (int place in places)
        {
            expected[place] += 100;
        }

        var sums = new int[60];
        DataMovement.ScatterElementsAdd<int, long>(dimensions, picked, axis, indices, [.. places.Select(_ => 100)], input, sums);
        Assert.Equal(expected, sums);
    }

    [Fact]
    public void ScatterElements_WithReduction_MeetsWhatIsThere()
    {
        int[] input = [5, 5, 5];
        var output = new int[3];
        DataMovement.ScatterElementsAdd<int, long>([3], [4], 0, [0, 0, 2, -1], [1, 2, 3, 4], input, output);
        Assert.Equal([8, 5, 12], output);
        DataMovement.ScatterElementsMultiply<int, long>([3], [2], 0, [0, 0], [2, 3], input, output);
        Assert.Equal([30, 5, 5], output);
        DataMovement.ScatterElementsMinimum<int, long>([3], [2], 0, [0, 1], [2, 9], input, output);
        Assert.Equal([2, 5, 5], output);
        DataMovement.ScatterElementsMaximum<int, long>([3], [2], 0, [0, 1], [2, 9], input, output);
        Assert.Equal([5, 9, 5], output);
    }

    [Fact]
    public void GatherND_WithBatches_PicksSlices()
    {
        // [2, 2, 3], one place of two dimensions in each batch.
        var output = new int[2];
        DataMovement.GatherND<int>(batch: 2, [2, 3], slice: 1, [1, -1, 0, 2], s_matrix, output);
        Assert.Equal([5, 8], output);
    }

    [Fact]
    public void GatherND_SeveralPlacesInEachBatch_PicksSlicesOfThatBatch()
    {
        // [2, 3, 2], two places of one dimension in each batch.
        var output = new int[8];
        DataMovement.GatherND<int>(batch: 2, [3], slice: 2, [2, 0, 1, -1], s_matrix, output);
        Assert.Equal([4, 5, 0, 1, 8, 9, 10, 11], output);
    }

    [Fact]
    public void ScatterND_Slices_AreReplacedOrReduced()
    {
        var output = new int[12];
        DataMovement.ScatterND<int>([3], slice: 4, [1], [-1, -2, -3, -4], s_matrix, output);
        Assert.Equal([0, 1, 2, 3, -1, -2, -3, -4, 8, 9, 10, 11], output);
        DataMovement.ScatterNDAdd<int>([3], slice: 4, [1, 1], [1, 1, 1, 1, 1, 1, 1, 1], s_matrix, output);
        Assert.Equal([0, 1, 2, 3, 6, 7, 8, 9, 8, 9, 10, 11], output);
    }

    [Fact]
    public void OneHot_IndexOutside_NamesNoPlace()
    {
        var output = new float[8];
        DataMovement.OneHot<float, long>(outer: 2, depth: 4, inner: 1, [-1, 4], [0, 1], output);
        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 0], output);
    }

    [Fact]
    public void Expand_ZeroStrides_RepeatElements()
    {
        var output = new int[12];
        DataMovement.Expand<int>([2, 3, 2], [0, 1, 0], [7, 8, 9], output);
        Assert.Equal([7, 7, 8, 8, 9, 9, 7, 7, 8, 8, 9, 9], output);
    }

    [Theory]
    [InlineData("edge", new[] { 0, 0, 0, 1, 2, 2, 2, 2 })]
    [InlineData("reflect", new[] { 2, 1, 0, 1, 2, 1, 0, 1 })]
    [InlineData("wrap", new[] { 1, 2, 0, 1, 2, 0, 1, 2 })]
    public void Pad_BeyondTheEdge_Continues(string mode, int[] expected)
    {
        var output = new int[8];
        Pad(mode, [3], [2], [3], [0, 1, 2], output);
        Assert.Equal(expected, output);
    }

    [Theory]
    [InlineData("edge", new[] { 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2 })]
    [InlineData("reflect", new[] { 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1 })]
    [InlineData("wrap", new[] { 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1 })]
    public void Pad_FurtherThanThereAreElements_GoesOn(string mode, int[] expected)
    {
        var output = new int[13];
        Pad(mode, [3], [5], [5], [0, 1, 2], output);
        Assert.Equal(expected, output);
    }

    /// <summary>What is cut off at one end is not there to continue the other one with.</summary>
    [Theory]
    [InlineData("edge", 3, -1, new[] { 0, 0, 0, 0, 1, 2 })]
    [InlineData("reflect", 3, -1, new[] { 1, 2, 1, 0, 1, 2 })]
    [InlineData("wrap", 3, -1, new[] { 0, 1, 2, 0, 1, 2 })]
    [InlineData("edge", -1, 3, new[] { 1, 2, 3, 3, 3, 3 })]
    [InlineData("reflect", -1, 3, new[] { 1, 2, 3, 2, 1, 2 })]
    [InlineData("wrap", -1, 3, new[] { 1, 2, 3, 1, 2, 3 })]
    public void Pad_CutOffAtOneEnd_ContinuesWhatIsLeft(string mode, int before, int after, int[] expected)
    {
        var output = new int[6];
        Pad(mode, [4], [before], [after], [0, 1, 2, 3], output);
        Assert.Equal(expected, output);
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("reflect")]
    [InlineData("wrap")]
    public void Pad_TwoDimensions_ContinuesEach(string mode)
    {
        int[] rows = new int[5];
        int[] columns = new int[7];
        Pad(mode, [3], [1], [1], [0, 1, 2], rows);
        Pad(mode, [4], [2], [1], [0, 1, 2, 3], columns);
        var output = new int[35];
        Pad(mode, [3, 4], [1, 2], [1, 1], s_matrix, output);
        Assert.Equal(rows.SelectMany(r => columns.Select(c => (r * 4) + c)), output);
    }

    [Fact]
    public void Where_BroadcastOperands_AreChosenByTheCondition()
    {
        var output = new int[6];
        Selection.Where<int>([2, 3], [1, 0], [0, 1], [0, 0], [true, false], [1, 2, 3], [9], output);
        Assert.Equal([1, 2, 3, 9, 9, 9], output);
        Selection.Where<int>([], [], [], [], [false], [1], [2], output.AsSpan(0, 1));
        Assert.Equal(2, output[0]);
    }

    /// <summary>Two operands lie as the output does, the third is repeated: none of the dimensions is one with the other.</summary>
    [Fact]
    public void Sum_DoublesOfAnyLength_IsThatOfAllElements()
    {
        // Integers, so that the order of the sum does not matter.
        for (int length = 1; length < 40; length++)
        {
            double[] x = [.. Enumerable.Range(1, 2 * length).Select(i => (double)i * i)];
            var sums = new double[2];
            Reduction.Sum<double>(2, length, 1, x, sums);
            Assert.Equal([x[..length].Sum(), x[length..].Sum()], sums);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Where_OneOperandRepeated_IsReadInEveryRow(int repeated)
    {
        bool[] condition = repeated == 0 ? [true, false, true] : [true, false, true, false, true, false];
        int[] yes = repeated == 1 ? [1, 2, 3] : [1, 2, 3, 4, 5, 6];
        int[] no = repeated == 2 ? [-1, -2, -3] : [-1, -2, -3, -4, -5, -6];
        int[][] strides = [.. Enumerable.Range(0, 3).Select(i => (int[])[i == repeated ? 0 : 3, 1])];
        var output = new int[6];

        Selection.Where<int>([2, 3], strides[0], strides[1], strides[2], condition, yes, no, output);

        Assert.Equal(
            Enumerable.Range(0, 6).Select(i => condition[i % condition.Length] ? yes[i % yes.Length] : no[i % no.Length]), output);
    }

    [Theory]
    [InlineData(true, 0, new[] { 1, 2, 3, 0, 5, 6 })]
    [InlineData(true, 1, new[] { 0, 2, 3, 0, 0, 6 })]
    [InlineData(true, -5, new[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(false, 0, new[] { 1, 0, 0, 4, 5, 0 })]
    [InlineData(false, -1, new[] { 0, 0, 0, 4, 0, 0 })]
    [InlineData(false, long.MaxValue, new[] { 1, 2, 3, 4, 5, 6 })]
    public void Triangle_OfAMatrix_EndsAtTheDiagonal(bool upper, long diagonal, int[] expected)
    {
        var output = new int[6];
        Selection.Triangle<int>(1, 2, 3, upper, diagonal, [1, 2, 3, 4, 5, 6], output);
        Assert.Equal(expected, output);
    }

    [Fact]
    public void ReverseSequence_EachSequence_TurnsItsOwnLength()
    {
        var output = new int[6];
        Selection.ReverseSequence<int>(2, 3, 1, batchFirst: true, [2, 3], [1, 2, 3, 4, 5, 6], output);
        Assert.Equal([2, 1, 3, 6, 5, 4], output);
        Selection.ReverseSequence<int>(3, 2, 1, batchFirst: false, [3, 1], [1, 2, 3, 4, 5, 6], output);
        Assert.Equal([5, 2, 3, 4, 1, 6], output);
    }

    [Theory]
    [InlineData(0, 3, 2, true)]
    [InlineData(0, 3, 2, false)]
    [InlineData(3, 0, 2, true)]
    [InlineData(3, 0, 2, false)]
    [InlineData(2, 3, 0, true)]
    public void ReverseSequence_OfNothing_DoesNothing(int first, int second, int inner, bool batchFirst) =>
        Selection.ReverseSequence<int>(
            first, second, inner, batchFirst, new long[batchFirst ? first : second], ReadOnlySpan<int>.Empty, Span<int>.Empty);

    [Fact]
    public void Ranking_EqualElements_KeepTheirOrder()
    {
        float[] x = [3, 1, 3, 2, 3, 0];
        var values = new float[4];
        var indices = new long[4];
        Ranking.Largest<float>(1, 6, 1, 4, x, new byte[80], values, indices);
        Assert.Equal([3, 3, 3, 2], values);
        Assert.Equal([0, 2, 4, 3], indices);
        Ranking.Smallest<float>(1, 6, 1, 4, x, new byte[80], values, indices);
        Assert.Equal([0, 1, 2, 3], values);
        Assert.Equal([5, 1, 3, 0], indices);
    }

    [Fact]
    public void Ranking_NotANumber_IsTheLargest()
    {
        float[] x = [1, float.NaN, 3, float.NaN, 2];
        var values = new float[3];
        var indices = new long[3];
        Ranking.Largest<float>(1, 5, 1, 3, x, new byte[64], values, indices);
        Assert.Equal([1, 3, 2], indices);
        Ranking.Smallest<float>(1, 5, 1, 3, x, new byte[64], values, indices);
        Assert.Equal([0, 4, 2], indices);
        Ranking.Smallest<float>(1, 5, 1, 3, x, new byte[64], indices: indices);
        Assert.Equal([0, 4, 2], indices);
    }

    [Fact]
    public void Ranking_ManyElements_IsThatOfASort()
    {
        float[] x = Samples.Floats(3 * 1000 * 2, 7, 100);
        var values = new float[3 * 37 * 2];
        var indices = new long[values.Length];
        Ranking.Largest<float>(3, 1000, 2, 37, x, new byte[(37 * 16) + 16], values, indices);
        for (int run = 0; run < 6; run++)
        {
            (float Value, int Index)[] sorted =
                [.. Enumerable.Range(0, 1000).Select(i => (x[(((run / 2) * 1000) + i) * 2 + (run % 2)], i)).OrderByDescending(p => p.Item1)
                    .Take(37)];
            for (int i = 0; i < 37; i++)
            {
                int place = (((run / 2 * 37) + i) * 2) + (run % 2);
                Assert.Equal(sorted[i], (values[place], (int)indices[place]));
            }
        }
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(130, 40)]
    [InlineData(67, 67)]
    public void Ranking_NeighboursWithEqualOnesAndNaN_IsThatOfASort(int length, int count)
    {
        float[] x = [.. Samples.Floats(length, length, 5).Select((v, i) => i % 29 == 28 ? float.NaN : MathF.Round(v))];
        var values = new float[count];
        var indices = new long[count];
        Ranking.Largest<float>(1, length, 1, count, x, new byte[(count * 16) + 16], values, indices);
        Assert.Equal(
            Enumerable.Range(0, length).OrderByDescending(i => float.IsNaN(x[i])).ThenByDescending(i => x[i]).Take(count)
                .Select(i => (long)i),
            indices);
        Ranking.Smallest<float>(1, length, 1, count, x, new byte[(count * 16) + 16], values, indices);
        Assert.Equal(
            Enumerable.Range(0, length).OrderBy(i => float.IsNaN(x[i])).ThenBy(i => x[i]).Take(count).Select(i => (long)i), indices);
    }

    [Fact]
    public void Ranking_NumbersOfAnyType_AreRankedByTheirOrder()
    {
        AssertRanked<sbyte>(sbyte.MinValue, sbyte.MaxValue, -1, 0, 1);
        AssertRanked<byte>(byte.MinValue, byte.MaxValue, 127, 128);
        AssertRanked<short>(short.MinValue, short.MaxValue, -1, 0, 1);
        AssertRanked<ushort>(ushort.MinValue, ushort.MaxValue, 32767, 32768);
        AssertRanked<int>(int.MinValue, int.MaxValue, -1, 0, 1);
        AssertRanked<uint>(uint.MinValue, uint.MaxValue, int.MaxValue, 1U << 31);
        AssertRanked<long>(long.MinValue, long.MaxValue, -1, 0, 1, 1L << 32, -(1L << 32), uint.MaxValue);
        AssertRanked<ulong>(ulong.MinValue, ulong.MaxValue, long.MaxValue, 1UL << 63);
        AssertRanked<Half>(
            Half.NegativeInfinity, Half.PositiveInfinity, Half.MinValue, Half.MaxValue, (Half)0, Half.NegativeZero, Half.Epsilon,
            -Half.Epsilon);
        AssertRanked<float>(
            float.NegativeInfinity, float.PositiveInfinity, float.MinValue, float.MaxValue, 0, -0f, float.Epsilon, -float.Epsilon, -1, 1);
        AssertRanked<double>(
            double.NegativeInfinity, double.PositiveInfinity, double.MinValue, double.MaxValue, 0, -0.0, double.Epsilon, -double.Epsilon,
            -1, 1);

        static void AssertRanked<T>(params T[] edges)
            where T : unmanaged, INumber<T>
        {
            // Every one several times and in many places, so that ties are everywhere.
            T[] x = [.. Enumerable.Range(0, 61).Select(i => edges[i * 7 % edges.Length])];
            var values = new T[40];
            var indices = new long[40];
            Ranking.Largest<T>(1, 61, 1, 40, x, new byte[(40 * 16) + 16], values, indices);
            Assert.Equal(Enumerable.Range(0, 61).OrderByDescending(i => x[i]).Take(40).Select(i => (long)i), indices);
            Assert.Equal(indices.Select(i => x[i]), values);
            Ranking.Smallest<T>(1, 61, 1, 40, x, new byte[(40 * 16) + 16], values, indices);
            Assert.Equal(Enumerable.Range(0, 61).OrderBy(i => x[i]).Take(40).Select(i => (long)i), indices);
            Assert.Equal(indices.Select(i => x[i]), values);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ArgMaximumAndMinimum_RowsOfAnyLength_AreThoseOfALoop(bool last)
    {
        foreach (int length in (int[])[1, 2, 7, 8, 9, 31, 64, 100])
        {
            // Few different numbers, zeros of both signs, and in the last two rows NaN in front and behind.
            float[] x = [.. Samples.Floats(5 * length, length, 3).Select(v => MathF.Round(v))];
            x[3 * length] = float.NaN;
            x[^1] = float.NaN;
            var places = new long[5];
            Reduction.ArgMaximum<float>(5, length, 1, last, x, places);
            Assert.Equal(Rows().Select(row => Best(row, (a, b) => a > b)), places);
            Reduction.ArgMinimum<float>(5, length, 1, last, x, places);
            Assert.Equal(Rows().Select(row => Best(row, (a, b) => a < b)), places);
            Reduction.ArgMaximum<double>(5, length, 1, last, [.. x.Select(v => (double)v)], places);
            Assert.Equal(Rows().Select(row => Best(row, (a, b) => a > b)), places);

            IEnumerable<float[]> Rows() => x.Chunk(length);
        }

        long Best(float[] row, Func<float, float, bool> isBetter)
        {
            int best = 0;
            for (int i = 1; i < row.Length; i++)
            {
                best = isBetter(row[i], row[best]) || (last && row[i] == row[best]) ? i : best;
            }

            return best;
        }
    }

    [Fact]
    public void Reductions_OfNothing_AreTheNeutralElement()
    {
        var output = new float[2];
        Reduction.Sum<float>(2, 0, 1, [], output);
        Assert.Equal([0, 0], output);
        Reduction.Product<float>(2, 0, 1, [], output);
        Assert.Equal([1, 1], output);
        Reduction.Minimum<float>(2, 0, 1, [], output);
        Assert.Equal([float.PositiveInfinity, float.PositiveInfinity], output);
        var integers = new int[1];
        Reduction.Maximum<int>(1, 0, 1, [], integers);
        Assert.Equal([int.MinValue], integers);
    }

    [Fact]
    public void Reductions_OfIntegers_AreThoseOfLinq()
    {
        var rows = new int[3];
        Reduction.Sum<int>(3, 4, 1, s_matrix, rows);
        Assert.Equal([6, 22, 38], rows);
        var columns = new int[4];
        Reduction.Maximum<int>(1, 3, 4, s_matrix, columns);
        Assert.Equal([8, 9, 10, 11], columns);
        var places = new long[4];
        Reduction.ArgMinimum<int>(1, 3, 4, last: false, s_matrix, places);
        Assert.Equal([0, 0, 0, 0], places);
        Reduction.ArgMaximum<int>(1, 4, 1, last: true, [7, 7, 1, 7], places.AsSpan(0, 1));
        Assert.Equal(3, places[0]);
    }

    [Theory]
    [InlineData(false, false, new[] { 1, 3, 6 })]
    [InlineData(true, false, new[] { 0, 1, 3 })]
    [InlineData(false, true, new[] { 6, 5, 3 })]
    [InlineData(true, true, new[] { 5, 3, 0 })]
    public void Cumulation_EachWay_AddsWhatCameBefore(bool exclusive, bool reverse, int[] expected)
    {
        var output = new int[3];
        Cumulation.Sum<int>(1, 3, 1, exclusive, reverse, [1, 2, 3], output);
        Assert.Equal(expected, output);
        var columns = new int[6];
        Cumulation.Sum<int>(1, 3, 2, exclusive, reverse, [1, 1, 2, 2, 3, 3], columns);
        Assert.Equal(expected.SelectMany(e => (int[])[e, e]), columns);
        var wide = new double[2 * 3 * 19];
        Cumulation.Sum<double>(2, 3, 19, exclusive, reverse, [.. Enumerable.Range(0, wide.Length).Select(i => (i / 19 % 3) + 1d)], wide);
        Assert.Equal(Enumerable.Range(0, wide.Length).Select(i => (double)expected[i / 19 % 3]), wide);
    }

    /// <summary>Nothing multiplied is one, in single numbers and in rows of them.</summary>
    [Theory]
    [InlineData(false, false, new[] { 2, 6, 30 })]
    [InlineData(true, false, new[] { 1, 2, 6 })]
    [InlineData(false, true, new[] { 30, 15, 5 })]
    [InlineData(true, true, new[] { 15, 5, 1 })]
    public void Cumulation_EachWay_MultipliesWhatCameBefore(bool exclusive, bool reverse, int[] expected)
    {
        int[] factors = [2, 3, 5];
        foreach (int inner in (int[])[1, 2, 19])
        {
            int[] input = [.. Enumerable.Range(0, 2 * 3 * inner).Select(i => factors[i / inner % 3])];
            var output = new int[input.Length];
            Cumulation.Product<int>(2, 3, inner, exclusive, reverse, input, output);
            Assert.Equal(Enumerable.Range(0, input.Length).Select(i => expected[i / inner % 3]), output);
        }
    }

    [Fact]
    public void Spans_OfAnotherLength_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => DataMovement.Gather<int, long>(3, 4, 1, [0], s_matrix, new int[4]));
        Assert.Throws<ArgumentException>(() => DataMovement.GatherND<int>(1, [3], 4, [0], s_matrix, new int[3]));
        Assert.Throws<ArgumentException>(() => DataMovement.Expand<int>([2], [1], [1], new int[2]));
        Assert.Throws<ArgumentException>(() => Selection.Where<int>([2], [1], [1], [1], [true], [1, 2], [1, 2], new int[2]));
        Assert.Throws<ArgumentException>(() => Reduction.Sum<int>(3, 4, 1, s_matrix, new int[4]));
        Assert.Throws<ArgumentException>(() => Cumulation.Sum<int>(3, 4, 1, false, false, s_matrix, new int[11]));
        Assert.Throws<ArgumentException>(() => Ranking.Largest<int>(3, 4, 1, 2, s_matrix, new byte[31], new int[6], new long[6]));
        Assert.ThrowsAny<ArgumentException>(() => Ranking.Largest<int>(3, 4, 1, 5, s_matrix, new byte[96], new int[15], new long[15]));
    }

    private static void Pad(string mode, int[] dimensions, int[] before, int[] after, int[] input, Span<int> output)
    {
        switch (mode)
        {
            case "edge":
                DataMovement.PadByEdge<int>(dimensions, before, after, input, output);
                break;
            case "reflect":
                DataMovement.PadByReflection<int>(dimensions, before, after, input, output);
                break;
            default:
                DataMovement.PadByWrapping<int>(dimensions, before, after, input, output);
                break;
        }
    }
}
