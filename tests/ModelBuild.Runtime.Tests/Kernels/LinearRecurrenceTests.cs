using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class LinearRecurrenceTests
{
    private const int Batch = 2;
    private const int Steps = 4;
    private const int QueryHeads = 4;
    private const int Heads = 2;
    private const int KeySize = 3;
    private const int ValueSize = 5;
    private const float Scale = 0.5f;

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(KeySize, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(1, Heads, true)]
    [InlineData(KeySize, Heads, false)]
    public void Float32_EveryRule_EqualsDefinition(int decays, int betas, bool hasPast)
    {
        var random = new Random(11);
        float[] query = Values(Batch * Steps * QueryHeads * KeySize);
        float[] key = Values(Batch * Steps * Heads * KeySize);
        float[] value = Values(Batch * Steps * Heads * ValueSize);
        float[] past = hasPast ? Values(Batch * Heads * KeySize * ValueSize) : [];
        float[] decay = Values(Batch * Steps * Heads * decays);
        float[] beta = Values(Batch * Steps * betas);
        var output = new float[Batch * Steps * QueryHeads * ValueSize];
        var present = new float[Batch * Heads * KeySize * ValueSize];

        LinearRecurrence.Float32(
            Batch, Steps, QueryHeads, Heads, KeySize, ValueSize, Scale, query, key, value, new byte[(present.Length + ValueSize) * 4], past,
            decay, beta, output, present);

        for (int n = 0; n < Batch; n++)
        {
            for (int h = 0; h < Heads; h++)
            {
                var state = new double[KeySize, ValueSize];
                for (int i = 0; i < KeySize * ValueSize && hasPast; i++)
                {
                    state[i / ValueSize, i % ValueSize] = past[(((n * Heads) + h) * KeySize * ValueSize) + i];
                }

                for (int t = 0; t < Steps; t++)
                {
                    Step(state, n, h, t);
                }

                for (int i = 0; i < KeySize * ValueSize; i++)
                {
                    Assert.Equal(
                        state[i / ValueSize, i % ValueSize], present[(((n * Heads) + h) * KeySize * ValueSize) + i], 1e-4);
                }
            }
        }

        void Step(double[,] state, int n, int h, int t)
        {
            int row = (n * Steps) + t;
            int place = (row * Heads) + h;
            for (int i = 0; i < KeySize; i++)
            {
                for (int j = 0; j < ValueSize; j++)
                {
                    state[i, j] *= decays == 0 ? 1 : Math.Exp(decay[(place * decays) + (decays == 1 ? 0 : i)]);
                }
            }

            var written = new double[ValueSize];
            for (int j = 0; j < ValueSize; j++)
            {
                written[j] = value[(place * ValueSize) + j];
                if (betas > 0)
                {
                    for (int i = 0; i < KeySize; i++)
                    {
                        written[j] -= state[i, j] * key[(place * KeySize) + i];
                    }

                    written[j] *= beta[betas == 1 ? row : place];
                }
            }

            for (int i = 0; i < KeySize * ValueSize; i++)
            {
                state[i / ValueSize, i % ValueSize] += key[(place * KeySize) + (i / ValueSize)] * written[i % ValueSize];
            }

            for (int reader = 0; reader < QueryHeads / Heads; reader++)
            {
                int read = (row * QueryHeads) + (h * QueryHeads / Heads) + reader;
                for (int j = 0; j < ValueSize; j++)
                {
                    double sum = 0;
                    for (int i = 0; i < KeySize; i++)
                    {
                        sum += query[(read * KeySize) + i] * state[i, j];
                    }

                    Assert.Equal(sum * Scale, output[(read * ValueSize) + j], 1e-4);
                }
            }
        }

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    /// <summary>Sizes of which there may be none are the first two; the spans are empty, so that no length says anything first.</summary>
    [Theory]
    [InlineData(-1, 2, 2, 1, 3, 1, "batch")]
    [InlineData(1, -1, 2, 1, 3, 1, "steps")]
    [InlineData(1, 0, 0, 1, 3, 1, "queryHeads")]
    [InlineData(1, 0, 2, 0, 3, 1, "heads")]
    [InlineData(1, 0, 3, 2, 3, 1, "queryHeads")]
    [InlineData(1, 0, 2, 1, 0, 1, "keySize")]
    [InlineData(1, 0, 2, 1, 3, 0, "valueSize")]
    public void Float32_SizeThatIsNone_IsRefusedByName(
        int batch, int steps, int queryHeads, int heads, int keys, int values, string name) =>
        Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(() => LinearRecurrence.Float32(
            batch, steps, queryHeads, heads, keys, values, 1, [], [], [], new byte[64])).ParamName);

    [Fact]
    public void Float32_WhatDoesNotFit_Throws()
    {
        Run(1, 6, 20, 20);
        Assert.Throws<ArgumentException>(() => Run(1, 5, 20, 20));
        Assert.Throws<ArgumentException>(() => Run(1, 6, 19, 20));
        Assert.Throws<ArgumentException>(() => Run(1, 6, 20, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Run(0, 6, 20, 20));

        static void Run(int heads, int query, int scratch, int states) => LinearRecurrence.Float32(
            1, 2, 1, heads, 3, 1, 1, new float[query], new float[6], new float[2], new byte[scratch - 4], new float[states == 20 ? 3 : 2]);
    }
}
