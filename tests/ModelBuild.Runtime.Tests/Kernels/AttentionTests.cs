using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Attention of every tier against its definition in float64, on guarded memory.</summary>
public sealed class AttentionTests
{
    private const int Batch = 2;
    private const int Heads = 3;

    /// <summary>Sizes around what blocks, panels and packed pieces take: 96 queries, 16 or 32 columns, 256 rows.</summary>
    private static readonly (int Queries, int Keys, int Size, int ValueSize)[] s_sizes =
        [(1, 1, 1, 1), (1, 300, 8, 5), (96, 16, 32, 32), (97, 17, 7, 33), (200, 257, 20, 16), (5, 3, 260, 2)];

    private static readonly int[][] s_masks = [[], [0, 0, 0], [1, 0, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1]];

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Float32_EverySizeLayoutAndMask_IsNearTheDefinition(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        for (int i = 0; i < s_sizes.Length * 8; i++)
        {
            (int queries, int keys, int size, int valueSize) = s_sizes[i / 8];
            var shape = new AttentionShape(
                Batch, Heads, queries, keys, size, valueSize, (i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
            Check(kernels, shape, s_masks[i % s_masks.Length], scale: (i % 3) switch { 0 => 1, 1 => 0.3f, _ => 2.5f });
        }
    }

    /// <summary>A query that may look at one key gets its value; a key that is hidden from all does not matter, whatever it is.</summary>
    [Fact]
    public void Float32_HiddenKeys_CountNothing()
    {
        float[] keys = [1, float.MaxValue, 2, 3];
        float[] values = [10, 20, 30, 40];
        float[] mask = [float.NegativeInfinity, float.NegativeInfinity, 0, float.NegativeInfinity];
        float[] output = new float[2];

        Attention.Float32(
            new AttentionShape(1, 1, 2, 4, 1, 1, false, false, false), 1, [0, 0, 0], [1, -1], keys, values, output,
            new byte[Attention.Block * 4 * sizeof(float)], mask);

        Assert.Equal([30f, 30], output);
    }

    [Fact]
    public void Float32_NoKeys_IsZero()
    {
        float[] output = [1, 2];

        Attention.Float32(new AttentionShape(1, 1, 2, 0, 3, 1, false, false, false), 1, [0, 0, 0], new float[6], [], [], output, []);

        Assert.Equal([0f, 0], output);
    }

    [Theory]
    [InlineData(1, 0, 0, 0, 0, 0)]
    [InlineData(0, 1, 0, 0, 0, 0)]
    [InlineData(0, 0, 1, 0, 0, 0)]
    [InlineData(0, 0, 0, 1, 0, 0)]
    [InlineData(0, 0, 0, 0, -1, 0)]
    [InlineData(0, 0, 0, 0, 0, 1)]
    [InlineData(0, 0, 0, 0, 0, -1)]
    public void Float32_SpanOfWrongLength_Throws(int queries, int keys, int values, int output, int scratch, int mask)
    {
        var shape = new AttentionShape(2, 1, 3, 4, 5, 6, false, false, false);

        Assert.ThrowsAny<ArgumentException>(() => Attention.Float32(
            shape, 1, [12, 0, 4], new float[30 + queries], new float[40 + keys], new float[48 + values], new float[36 + output],
            new byte[(Attention.Block * 16) + scratch], new float[24 + mask]));
    }

    private static void Check(KernelTable kernels, AttentionShape shape, int[] mask, float scale)
    {
        int heads = Batch * Heads;
        using var queries = new GuardedSpan<float>(Samples.Floats(heads * shape.Queries * shape.Size, 1, 2));
        using var keys = new GuardedSpan<float>(Samples.Floats(heads * shape.Size * shape.Keys, 2, 2));
        using var values = new GuardedSpan<float>(Samples.Floats(heads * shape.Keys * shape.ValueSize, 3));
        using var output = new GuardedSpan<float>(heads * shape.Queries * shape.ValueSize);
        using var scratch = new GuardedSpan<byte>(Attention.Block * shape.Keys * sizeof(float));

        // From the last to the first: each dimension that the mask has is as far apart as those behind it are long.
        int[] steps = [0, 0, 0];
        int length = shape.Keys;
        for (int i = 2; i >= 0 && mask.Length > 0; i--)
        {
            int count = i switch { 0 => Batch, 1 => Heads, _ => shape.Queries };
            steps[i] = mask[i] * length;
            length *= mask[i] == 0 ? 1 : count;
        }

        using var added = new GuardedSpan<float>(mask.Length == 0 ? [] : Samples.Floats(length, 4, 3));

        Attention.Float32(
            kernels, shape, scale, steps, queries.Span, keys.Span, values.Span, output.Span, scratch.Span, added.Span);

        output.Verify();
        scratch.Verify();
        for (int i = 0; i < heads * shape.Queries; i++)
        {
            (int head, int query) = (i / shape.Queries, i % shape.Queries);
            double[] scores = new double[shape.Keys];
            for (int key = 0; key < shape.Keys; key++)
            {
                for (int d = 0; d < shape.Size; d++)
                {
                    scores[key] += (double)queries.Span[At(head, query, d, shape.Queries, shape.Size, shape.QueriesBeside)]
                        * keys.Span[(((head * shape.Size) + d) * shape.Keys) + key];
                }

                int place = (head / Heads * steps[0]) + (head % Heads * steps[1]) + (query * steps[2]) + key;
                scores[key] = (scores[key] * scale) + (mask.Length == 0 ? 0 : added.Span[place]);
            }

            double largest = scores.Max();
            double[] weights = [.. scores.Select(s => Math.Exp(s - largest))];
            for (int d = 0; d < shape.ValueSize; d++)
            {
                double expected = weights.Select((w, key) =>
                    w * values.Span[At(head, key, d, shape.Keys, shape.ValueSize, shape.ValuesBeside)]).Sum() / weights.Sum();
                Assert.Equal(expected, output.Span[At(head, query, d, shape.Queries, shape.ValueSize, shape.OutputBeside)], 2e-3);
            }
        }
    }

    private static int At(int head, int row, int element, int rows, int size, bool isBeside) => isBeside
        ? ((((head / Heads * rows) + row) * Heads) + (head % Heads)) * size + element
        : (((head * rows) + row) * size) + element;
}
