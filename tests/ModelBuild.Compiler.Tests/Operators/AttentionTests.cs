using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>What an Attention is taken apart into, against its definition: every query by itself, key by key.</summary>
public sealed class AttentionTests
{
    private const int Batch = 2;
    private const int Heads = 2;
    private const int Queries = 3;
    private const int Size = 4;

    private static readonly int[] s_windows = [-1, 0, 1, 2];

    private static readonly string[] s_masks = ["none", "numbers", "truths"];

    [Theory]
    [InlineData(0, 2)]
    [InlineData(4, 2)]
    [InlineData(4, 1)]
    public void Import_MasksAndWindows_AreTheDefinition(int past, int keyHeads)
    {
        foreach (string mask in s_masks)
        {
            foreach (bool isCausal in (bool[])[false, true])
            {
                foreach ((int left, int right) in s_windows.SelectMany(l => s_windows.Select(r => (l, r))))
                {
                    Tensor? added = mask == "none" ? null : Mask(past + Queries, mask == "truths");
                    Graph graph = OnnxImporter.Import(Model(past, keyHeads, isCausal, left, right, added), "model.onnx");
                    Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 1, seed: 3);

                    float[] actual = ReferenceEvaluator.Run(graph, inputs)[0].ToFloats();

                    float[] expected = Definition(inputs, past, keyHeads, isCausal ? 0 : right, left, added);
                    Assert.Equal(expected.Length, actual.Length);
                    for (int i = 0; i < expected.Length; i++)
                    {
                        Assert.True(
                            MathF.Abs(expected[i] - actual[i]) <= 1e-5f,
                            $"{mask} {isCausal} {left} {right}: {actual[i]}, not {expected[i]}, at {i}");
                    }
                }
            }
        }
    }

    private static byte[] Model(int past, int keyHeads, bool isCausal, int left, int right, Tensor? mask)
    {
        OnnxGraph g = new OnnxGraph().Input("q", Batch, Heads, Queries, Size).Input("k", Batch, keyHeads, Queries, Size)
            .Input("v", Batch, keyHeads, Queries, Size).Output("y");
        if (mask is not null)
        {
            g.Constant("m", mask);
        }

        string[] before = past == 0 ? [] : ["pk", "pv"];
        foreach (string name in before)
        {
            g.Input(name, Batch, keyHeads, past, Size);
        }

        return g.Node(
            "Attention", ["q", "k", "v", mask is null ? string.Empty : "m", .. before], ["y"], ("is_causal", isCausal ? 1L : 0),
            ("left_window_size", (long)left), ("right_window_size", (long)right)).ToModel(23);
    }

    /// <summary>Of queries by keys; nobody may look at the third key, and all may at their own.</summary>
    private static Tensor Mask(int keys, bool isTruths)
    {
        var random = new Random(9);
        float[] numbers = [.. Enumerable.Range(0, Queries * keys).Select(i => random.NextSingle() - 0.5f)];
        bool Allows(int i) => i % keys == (i / keys) + keys - Queries || (i % keys != 2 && numbers[i] > -0.2f);
        return isTruths
            ? Tensor.From<bool>(DataType.Bool, [.. Enumerable.Range(0, numbers.Length).Select(Allows)], Queries, keys)
            : Tensor.Of(numbers, Queries, keys);
    }

    private static float[] Definition(Dictionary<string, Tensor> inputs, int past, int keyHeads, int right, int left, Tensor? mask)
    {
        int keys = past + Queries;
        float Key(string name, int b, int h, int j, int d) => j < past
            ? inputs["p" + name].ToFloats()[(((((b * keyHeads) + h) * past) + j) * Size) + d]
            : inputs[name].ToFloats()[(((((b * keyHeads) + h) * Queries) + j - past) * Size) + d];
        float[] q = inputs["q"].ToFloats();
        var y = new float[q.Length];
        for (int row = 0; row < Batch * Heads * Queries; row++)
        {
            (int b, int h, int i) = (row / (Heads * Queries), row / Queries % Heads * keyHeads / Heads, row % Queries);
            var weights = new double[keys];
            for (int j = 0; j < keys; j++)
            {
                double score = Enumerable.Range(0, Size).Sum(d => q[(row * Size) + d] * Key("k", b, h, j, d)) / Math.Sqrt(Size);
                bool isHidden = (right >= 0 && j > i + past + right) || (left >= 0 && j < i + past - left)
                    || (mask?.Type == DataType.Bool && mask.Span<byte>()[(i * keys) + j] == 0);
                score += mask?.Type == DataType.Float32 ? mask.Span<float>()[(i * keys) + j] : 0;
                weights[j] = isHidden ? 0 : Math.Exp(score);
            }

            for (int d = 0; d < Size; d++)
            {
                y[(row * Size) + d] = (float)(Enumerable.Range(0, keys).Sum(j => weights[j] * Key("v", b, h, j, d)) / weights.Sum());
            }
        }

        return y;
    }
}
