using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Functions of two elements of any type along any broadcast, against a walk by index: one kernel of each kind.</summary>
public sealed class PairingTests
{
    private const int Rounds = 400;

    private delegate void Kernel<TLeft, TRight, TResult>(
        in BroadcastShape shape, ReadOnlySpan<TLeft> left, ReadOnlySpan<TRight> right, Span<TResult> output);

    [Fact]
    public void Integers_AnyBroadcast_AreThoseOfAWalk()
    {
        Check<long, long, long>(Arithmetic.Subtract<long>, Integer, Integer, (a, b) => a - b);
        Check<long, long, long>(Bits.ShiftLeft<long>, Integer, random => random.Next(8), (a, b) => a << (int)b);
    }

    [Fact]
    public void TruthValues_AnyBroadcast_AreThoseOfAWalk()
    {
        Check<double, double, bool>(Comparison.Less<double>, Real, Real, (a, b) => a < b);
        Check<bool, bool, bool>(Logic.Xor, IsTrue, IsTrue, (a, b) => a ^ b);
    }

    /// <summary>Operands of two types, of which neither says how long an element of the other is.</summary>
    [Fact]
    public void Powers_AnyBroadcast_AreThoseOfAWalk() => Check<int, long, int>(
        Arithmetic.Power<int, long>, random => random.Next(-3, 4), random => random.Next(5), (a, b) => (int)Math.Pow(a, b));

    private static long Integer(Random random) => random.Next(-1000, 1000);

    private static double Real(Random random) => random.Next(-4, 5);

    private static bool IsTrue(Random random) => random.Next(2) == 0;

    /// <summary>
    /// Each dimension belongs to one operand, to the other, to both or to none: in every place of as many loops as there are, strides
    /// are 0 and not, and those of one operand are not those of the other.
    /// </summary>
    private static void Check<TLeft, TRight, TResult>(
        Kernel<TLeft, TRight, TResult> kernel, Func<Random, TLeft> left, Func<Random, TRight> right, Func<TLeft, TRight, TResult> formula)
    {
        var random = new Random(3);
        for (int round = 0; round < Rounds; round++)
        {
            int rank = random.Next(1, 9);
            int[] sizes = [.. Enumerable.Range(0, rank).Select(i => random.Next(1, i == rank - 1 && rank < 6 ? 40 : 4))];
            int[] x = Strides(sizes, random, out int leftLength);
            int[] y = Strides(sizes, random, out int rightLength);
            TLeft[] a = [.. Enumerable.Range(0, leftLength).Select(_ => left(random))];
            TRight[] b = [.. Enumerable.Range(0, rightLength).Select(_ => right(random))];
            var actual = new TResult[sizes.Aggregate(1, (length, size) => length * size)];

            kernel(new BroadcastShape(sizes, x, y), a, b, actual);

            Assert.Equal(Enumerable.Range(0, actual.Length).Select(i => formula(a[Place(i, sizes, x)], b[Place(i, sizes, y)])), actual);
        }
    }

    private static int[] Strides(int[] sizes, Random random, out int length)
    {
        var strides = new int[sizes.Length];
        length = 1;
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            if (random.Next(3) > 0)
            {
                strides[i] = length;
                length *= sizes[i];
            }
        }

        return strides;
    }

    private static int Place(int index, int[] sizes, int[] strides)
    {
        int place = 0;
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            (index, int position) = Math.DivRem(index, sizes[i]);
            place += position * strides[i];
        }

        return place;
    }
}
