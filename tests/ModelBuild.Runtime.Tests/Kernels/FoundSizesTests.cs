using System.Numerics;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Operators that find out how much they make, against plain definitions.</summary>
public sealed class FoundSizesTests
{
    [Fact]
    public void NonZero_Elements_AreListedByColumn()
    {
        float[] input = [0, 1, -0f, 2, float.NaN, 0];
        long[] count = new long[1];
        Sizes.NonZero<float>(input, count);
        long[] output = new long[2 * count[0]];

        Selection.NonZero<float>([2, 3], input, output);

        Assert.Equal([0, 1, 1, 1, 0, 1], output);
        Assert.Throws<ArgumentException>(() => Selection.NonZero<float>([2, 3], input, new long[4]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Distinction_Slices_AreThoseOfADictionary(bool sorted)
    {
        var random = new Random(5);
        for (int length = 0; length < 40; length++)
        {
            int[] input = [.. Enumerable.Range(0, 2 * length * 2).Select(_ => random.Next(2))];
            int[][] slices = [.. Enumerable.Range(0, length).Select(i => new[]
            {
                input[2 * i], input[(2 * i) + 1], input[(2 * length) + (2 * i)], input[(2 * length) + (2 * i) + 1],
            })];
            string[] texts = [.. slices.Select(s => string.Join(',', s))];
            string[] expected = [.. sorted ? texts.Distinct().Order(StringComparer.Ordinal) : texts.Distinct()];
            long[] first = new long[length], inverse = new long[length], counts = new long[length], count = new long[1];

            Distinction.Find<int>(2, length, 2, sorted, input, first, inverse, counts, count, new byte[8 * length]);

            Assert.Equal(expected.Length, count[0]);
            Assert.Equal(expected.Select(e => (long)Array.IndexOf(texts, e)), first.Take(expected.Length));
            Assert.Equal(texts.Select(t => (long)Array.IndexOf(expected, t)), inverse);
            Assert.Equal(expected.Select(e => (long)texts.Count(t => t == e)), counts.Take(expected.Length));
        }
    }

    [Fact]
    public void Distinction_Elements_AreThoseOfADictionary()
    {
        CompareDistinction<byte>();
        CompareDistinction<short>();
        CompareDistinction<int>();
        CompareDistinction<long>();
        CompareDistinction<float>();
        CompareDistinction<double>();
    }

    private static void CompareDistinction<T>()
        where T : unmanaged, INumber<T>
    {
        T nan = T.CreateSaturating(double.NaN);
        var random = new Random(6);
        for (int round = 0; round < 80; round++)
        {
            int length = round * 3;
            T[] input = [.. Enumerable.Range(0, length).Select(_ => T.CreateChecked(random.Next(round) % 120))];
            for (int i = 2; i < length && T.IsNaN(nan); i += 7)
            {
                input[i] = i % 2 == 0 ? nan : -T.Zero;
            }

            foreach (bool sorted in (bool[])[true, false])
            {
                T[] expected = [.. sorted ? input.Distinct().Order() : input.Distinct()];
                long[] first = new long[length], inverse = new long[length], counts = new long[length], count = new long[1];

                Distinction.Find<T>(1, length, 1, sorted, input, first, inverse, counts, count, new byte[8 * length]);

                Assert.Equal(expected.Length, count[0]);
                Assert.Equal(expected.Select(e => (long)Array.IndexOf(input, e)), first.Take(expected.Length));
                Assert.Equal(input.Select(e => (long)Array.IndexOf(expected, e)), inverse);
                Assert.Equal(expected.Select(e => (long)input.Count(i => i.Equals(e))), counts.Take(expected.Length));
            }
        }
    }

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 4)]
    [InlineData(false, 40)]
    [InlineData(true, 40)]
    public void BoxSuppression_Boxes_AreThoseOfTheDefinition(bool isCentered, int most)
    {
        var random = new Random(11);
        for (int boxCount = 0; boxCount < 90; boxCount += 9)
        {
            float[] boxes = [.. Enumerable.Range(0, 2 * boxCount * 4).Select(_ => random.NextSingle())];
            float[] scores = [.. Enumerable.Range(0, 2 * 3 * boxCount).Select(_ => random.Next(8) / 8f)];
            long[] output = new long[2 * 3 * boxCount * 3], count = new long[1];

            BoxSuppression.Float32(
                2, 3, boxCount, isCentered, boxes, scores, output, count, new byte[28 * boxCount], [most], [0.25f], [0.125f]);

            Assert.Equal(Kept(boxes, scores, boxCount, isCentered, most), output.Take((int)(3 * count[0])));
        }
    }

    /// <summary>Only what overlaps by more than is allowed goes, whether boxes are compared many at once or one by one.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void BoxSuppression_OverlapThatIsJustAllowed_KeepsBoth(int others)
    {
        // One and two squares: half of their union is in both.
        float[] boxes = [0, 0, 1, 2, .. Enumerable.Range(1, others).SelectMany(i => (float[])[2 * i, 0, (2 * i) + 1, 1]), 0, 0, 1, 1];
        int boxCount = others + 2;
        float[] scores = [.. Enumerable.Range(0, boxCount).Select(i => 1 - (i / 64f))];
        long[] output = new long[3 * boxCount], count = new long[1];

        BoxSuppression.Float32(1, 1, boxCount, false, boxes, scores, output, count, new byte[28 * boxCount], [boxCount], [0.5f]);
        Assert.Equal(boxCount, count[0]);

        BoxSuppression.Float32(1, 1, boxCount, false, boxes, scores, output, count, new byte[28 * boxCount], [boxCount], [0.4999f]);
        Assert.Equal(boxCount - 1, count[0]);
    }

    /// <summary>Logits are scores too, and without a threshold none is too low.</summary>
    [Fact]
    public void BoxSuppression_NegativeScores_AreTakenFromTheHighest()
    {
        float[] boxes = [.. Enumerable.Range(0, 5).SelectMany(i => (float[])[2 * i, 0, (2 * i) + 1, 1])];
        long[] output = new long[15], count = new long[1];

        BoxSuppression.Float32(1, 1, 5, false, boxes, [-3, 0.5f, -0.25f, -8, 0], output, count, new byte[28 * 5], [5], [0.5f]);

        Assert.Equal(5, count[0]);
        Assert.Equal([1, 4, 2, 0, 3], output.Where((_, i) => i % 3 == 2));
    }

    [Fact]
    public void BoxSuppression_NoNumberOfBoxes_KeepsNone()
    {
        long[] count = [7];
        BoxSuppression.Float32(1, 1, 1, false, [0, 0, 1, 1], [1], [], count, new byte[28]);
        Assert.Equal(0, count[0]);
    }

    private static IEnumerable<long> Kept(float[] boxes, float[] scores, int boxCount, bool isCentered, int most)
    {
        for (int image = 0; image < 2; image++)
        {
            for (int c = 0; c < 3; c++)
            {
                float[] own = scores[(((image * 3) + c) * boxCount)..][..boxCount];
                var kept = new List<int>();
                foreach (int box in Enumerable.Range(0, boxCount).Where(i => own[i] > 0.125f).OrderByDescending(i => own[i]).ThenBy(i => i))
                {
                    if (kept.Count < most && kept.TrueForAll(k => Overlap(Box(k), Box(box), isCentered) <= 0.25))
                    {
                        kept.Add(box);
                    }
                }

                foreach (int box in kept)
                {
                    yield return image;
                    yield return c;
                    yield return box;
                }

                float[] Box(int index) => boxes[(((image * boxCount) + index) * 4)..][..4];
            }
        }
    }

    private static double Overlap(float[] a, float[] b, bool isCentered)
    {
        ((double Low, double High) X, (double Low, double High) Y) Ranges(float[] box) => isCentered
            ? ((box[0] - (box[2] / 2.0), box[0] + (box[2] / 2.0)), (box[1] - (box[3] / 2.0), box[1] + (box[3] / 2.0)))
            : ((Math.Min(box[1], box[3]), Math.Max(box[1], box[3])), (Math.Min(box[0], box[2]), Math.Max(box[0], box[2])));
        double Common((double Low, double High) p, (double Low, double High) q) =>
            Math.Max(0, Math.Min(p.High, q.High) - Math.Max(p.Low, q.Low));
        double Length((double Low, double High) p) => p.High - p.Low;
        var (ax, ay) = Ranges(a);
        var (bx, by) = Ranges(b);
        double common = Common(ax, bx) * Common(ay, by);
        return common == 0 ? 0 : common / ((Length(ax) * Length(ay)) + (Length(bx) * Length(by)) - common);
    }
}
