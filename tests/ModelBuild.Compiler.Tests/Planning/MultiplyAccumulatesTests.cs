using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Planning;

/// <summary>How much a plan says it multiplies: what the operators' definitions have for one sample, whatever mode computes them.</summary>
public sealed class MultiplyAccumulatesTests
{
    private static readonly Dictionary<string, (Func<TestGraph, Value> Make, long Expected)> s_networks = new(StringComparer.Ordinal)
    {
        ["Gemm"] = (g => g.Gemm(g.Input(24), 16), 24 * 16),
        ["MatMul of rank 3"] = (g => g.Node("MatMul", [g.Input(3, 24), g.Weights(24, 16)]), 3 * 24 * 16),
        ["MatMul of two tensors"] = (g => Gram(g, g.Input(2, 3, 24)), 2 * 3 * 24 * 3),
        ["MatMul of a result with itself"] = (
            g => Gram(g, g.Node("Relu", g.Node("MatMul", [g.Input(2, 3, 24), g.Weights(24, 16)]))), (2 * 3 * 24 * 16) + (2 * 3 * 16 * 3)),
        ["Conv"] = (g => g.Conv(g.Input(4, 6, 6), 16, 3, pad: 1), 36 * 16 * 4 * 9),
        ["Conv of strides"] = (g => g.Conv(g.Input(4, 9, 9), 16, 3, stride: 2), 16 * 16 * 4 * 9),
        ["Conv in groups"] = (g => g.Conv(g.Input(4, 6, 6), 16, 3, pad: 1, groups: 2), 36 * 16 * 2 * 9),
        ["Conv, depthwise"] = (g => g.Conv(g.Input(16, 6, 6), 16, 3, pad: 1, groups: 16), 36 * 16 * 9),
        ["Conv of one dimension"] = (g => g.Conv(g.Input(4, 9), 16, 3), 7 * 16 * 4 * 3),
        ["Conv of volumes"] = (g => g.Conv(g.Input(2, 4, 4, 4), 16, 3), 8 * 16 * 2 * 27),
        ["Conv of computed weights"] = (g => g.Node("Conv", [g.Input(4, 6, 6), g.FixedInput(16, 4, 3, 3)]), 16 * 16 * 4 * 9),
        ["LSTM"] = (g => Layer(g, "LSTM", 4), 5 * 4 * 16 * (24 + 16)),
        ["GRU"] = (g => Layer(g, "GRU", 3), 5 * 3 * 16 * (24 + 16)),
        ["RNN"] = (g => Layer(g, "RNN", 1), 5 * 16 * (24 + 16)),
    };

    public static TheoryData<string> Networks => [.. s_networks.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Card_OfANetwork_SaysWhatItsOperatorsMultiply(string name)
    {
        (Func<TestGraph, Value> make, long expected) = s_networks[name];
        var g = new TestGraph();
        Graph graph = g.Finish(make(g));
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 8, seed: 1);
        foreach (ModelMode mode in Modes.All)
        {
            using CompiledModel model = CompiledFile.Of(graph, mode, RecoveryMethods.None, mode.IsCalibrated() ? [samples] : []);

            Assert.Equal((mode, expected), (mode, (long)BudgetCheck.Macs(model.Compiled.Plan.Card.MultiplyAccumulates)));
        }
    }

    private static Value Gram(TestGraph g, Value x) => g.Node("MatMul", [x, g.Node("Transpose", x, ("perm", (long[])[0, 1, 3, 2]))]);

    private static Value Layer(TestGraph g, string type, int gates) => g.Node(
        type,
        [g.Node("Transpose", g.Input(5, 24), ("perm", (long[])[1, 0, 2])), g.Weights(1, gates * 16, 24), g.Weights(1, gates * 16, 16)],
        ("hidden_size", 16L));
}
