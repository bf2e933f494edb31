using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>LinearAttention through the whole compiler, against the recurrence that defines it.</summary>
public sealed class LinearAttentionTests
{
    private const int Batch = 2;
    private const int Steps = 4;
    private const int Heads = 2;
    private const int QueryHeads = 4;
    private const int KeySize = 3;
    private const int ValueSize = 5;

    [Theory]
    [InlineData("linear", 0f, false)]
    [InlineData("linear", 0.3f, true)]
    [InlineData("gated", 0f, true)]
    [InlineData("delta", 0f, false)]
    [InlineData("gated_delta", 0.7f, true)]
    [InlineData("gated_delta", 0f, false)]
    public void Compile_Rule_ComputesTheRecurrence(string rule, float scale, bool hasPast)
    {
        bool isGated = rule.StartsWith("gated", StringComparison.Ordinal);
        bool isDelta = rule.EndsWith("delta", StringComparison.Ordinal);
        OnnxGraph g = new OnnxGraph().Input("q", Batch, Steps, QueryHeads * KeySize).Input("k", Batch, Steps, Heads * KeySize)
            .Input("v", Batch, Steps, Heads * ValueSize).Output("y").Output("state");
        string[] more =
        [
            hasPast ? "past" : string.Empty, isGated ? "decay" : string.Empty, isDelta ? "beta" : string.Empty,
        ];
        _ = hasPast ? g.Input("past", Batch, Heads, KeySize, ValueSize) : g;
        _ = isGated ? g.Input("decay", Batch, Steps, Heads) : g;
        _ = isDelta ? g.Input("beta", Batch, Steps, Heads) : g;
        g.Node(
            "LinearAttention", ["q", "k", "v", .. more], ["y", "state"], ("q_num_heads", (long)QueryHeads), ("kv_num_heads", (long)Heads),
            ("update_rule", rule), ("scale", scale));
        using var files = new TemporaryFolder();
        using CompiledModel model = ModelCompiler.CompileModel(
            CompiledFile.Options(files.Write("model.onnx", g.ToModel(27)), ModelMode.Fp32, []));
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(model.Portable, 1, seed: 4);

        Dictionary<string, Tensor> actual = new Interpreter(model.Compiled).Run(inputs);

        (float[] y, float[] state) = Definition(
            name => inputs.TryGetValue(name, out Tensor? tensor) ? tensor.ToFloats() : null, scale == 0 ? 1 / Math.Sqrt(KeySize) : scale);
        TensorAssert.Close(Tensor.Of(y, Batch, Steps, QueryHeads * ValueSize), actual["y"]);
        TensorAssert.Close(Tensor.Of(state, Batch, Heads, KeySize, ValueSize), actual["state"]);
    }

    private static (float[] Outputs, float[] State) Definition(Func<string, float[]?> input, double scale)
    {
        var outputs = new float[Batch * Steps * QueryHeads * ValueSize];
        var states = new float[Batch * Heads * KeySize * ValueSize];
        for (int head = 0; head < Batch * Heads; head++)
        {
            (int b, int h) = (head / Heads, head % Heads);
            double[,] state = new double[KeySize, ValueSize];
            for (int i = 0; i < KeySize * ValueSize; i++)
            {
                state[i / ValueSize, i % ValueSize] = input("past")?[(head * KeySize * ValueSize) + i] ?? 0;
            }

            for (int t = 0; t < Steps; t++)
            {
                int step = (b * Steps) + t;
                double decay = Math.Exp(input("decay")?[(step * Heads) + h] ?? 0);
                for (int v = 0; v < ValueSize; v++)
                {
                    double value = input("v")![(((step * Heads) + h) * ValueSize) + v];
                    double Key(int k) => input("k")![(((step * Heads) + h) * KeySize) + k];
                    double known = 0;
                    for (int k = 0; k < KeySize; k++)
                    {
                        state[k, v] *= decay;
                        known += Key(k) * state[k, v];
                    }

                    double written = input("beta")?[(step * Heads) + h] is { } beta ? beta * (value - known) : value;
                    for (int k = 0; k < KeySize; k++)
                    {
                        state[k, v] += Key(k) * written;
                    }

                    for (int reader = h * QueryHeads / Heads; reader < (h + 1) * QueryHeads / Heads; reader++)
                    {
                        double sum = Enumerable.Range(0, KeySize).Sum(
                            k => input("q")![(((step * QueryHeads) + reader) * KeySize) + k] * state[k, v]);
                        outputs[(((step * QueryHeads) + reader) * ValueSize) + v] = (float)(scale * sum);
                    }
                }
            }

            for (int i = 0; i < KeySize * ValueSize; i++)
            {
                states[(head * KeySize * ValueSize) + i] = (float)state[i / ValueSize, i % ValueSize];
            }
        }

        return (outputs, states);
    }
}
