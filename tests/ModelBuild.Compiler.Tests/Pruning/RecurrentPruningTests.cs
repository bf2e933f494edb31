using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Pruning;

/// <summary>Recurrent layers under the second-order criterion: what their weights are multiplied with, and what that brings.</summary>
public sealed class RecurrentPruningTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>A layer whose activation is the identity gives W·x + R·h + b, so that R times what is found has to be the rest.</summary>
    [Theory]
    [InlineData("forward", false)]
    [InlineData("reverse", true)]
    [InlineData("bidirectional", false)]
    [InlineData("bidirectional", true)]
    public void States_OfALinearLayer_MakeItsOutputs(string direction, bool hasInitialState)
    {
        const int Steps = 4, Batch = 3, Inputs = 5, Units = 2;
        int directions = direction == "bidirectional" ? 2 : 1;
        var g = new TestGraph();
        Value x = g.FixedInput(Steps, Batch, Inputs);
        Value w = g.Weights(directions, Units, Inputs);
        Value r = g.Weights(directions, Units, Units);
        Value? initial = hasInitialState ? g.Weights(directions, Batch, Units) : null;
        string[] activations = [.. Enumerable.Repeat("Affine", directions)];
        float[] ones = [.. Enumerable.Repeat(1f, directions)];
        Value y = g.Node(
            "RNN", [x, w, r, null, null, initial], ("hidden_size", (long)Units), ("direction", direction), ("activations", activations),
            ("activation_alpha", ones));
        Graph graph = g.Finish(y);
        Dictionary<string, Tensor> sample = TestGraph.Inputs(graph, 1, seed: 5);
        float[] output = OrtSession.Run(OnnxExporter.Export(graph), sample).Values.Single().ToFloats();
        Tensor? states = null;

        new LayerWalk(graph.Clone(), graph, [sample], CancellationToken.None).Run(
            (node, _) => node.Is("RNN") ? node : null,
            (node, walk) =>
            {
                states = Assert.Single(RecurrentStates.Before(node, walk)!);
                return walk.Compute(node);
            });

        float[] input = sample.Values.Single().ToFloats();
        ReadOnlySpan<float> weights = w.Constant!.Span<float>();
        ReadOnlySpan<float> recurrent = r.Constant!.Span<float>();
        ReadOnlySpan<float> before = states!.Span<float>();
        for (int i = 0; i < output.Length; i++)
        {
            (int unit, int b, int d, int step) =
                (i % Units, i / Units % Batch, i / (Units * Batch) % directions, i / (Units * Batch * directions));
            int row = (d * Units) + unit;
            float sum = 0;
            for (int k = 0; k < Inputs; k++)
            {
                sum += weights[(row * Inputs) + k] * input[(((step * Batch) + b) * Inputs) + k];
            }

            for (int k = 0; k < Units; k++)
            {
                sum += recurrent[(row * Units) + k] * before[(((((step * Batch) + b) * directions) + d) * Units) + k];
            }

            Assert.Equal(output[i], sum, 1e-4);
        }
    }

    /// <summary>Also where only the last state is read, and nothing more comes out of the layer afterwards.</summary>
    [Theory]
    [InlineData("LSTM", 4, "bidirectional", 0)]
    [InlineData("LSTM", 4, "forward", 1)]
    [InlineData("GRU", 3, "reverse", 0)]
    [InlineData("GRU", 3, "forward", 1)]
    [InlineData("RNN", 1, "bidirectional", 1)]
    public void SecondOrder_OfARecurrentLayer_IsNearerThanMagnitude(string type, int gates, string direction, int read)
    {
        const int Units = 16;
        int directions = direction == "bidirectional" ? 2 : 1;
        var g = new TestGraph();
        Value x = g.FixedInput(7, 1, 12);
        Value? bias = read == 0 ? null : g.Weights(directions, 2 * gates * Units);
        Node node = new(
            string.Empty, type, "layer",
            [x, g.Weights(directions, gates * Units, 12), g.Weights(directions, gates * Units, Units), bias],
            read == 0 ? [g.Graph.NewValue("y", DataType.Float32)] : [null, g.Graph.NewValue("y", DataType.Float32)]);
        node.Attributes.Add("hidden_size", (long)Units);
        node.Attributes.Add("direction", direction);
        new InferenceContext("model.onnx", 18).Infer(g.Graph.Add(node));
        Graph graph = g.Finish(node.Outputs[read]!);
        string model = _files.Write("model.onnx", OnnxExporter.Export(graph));
        string samples = _files.Write("samples.npz", NumpyFile.Npz(TestGraph.Inputs(graph, 48, seed: 1)));
        CompileOptions options = CompiledFile.Options(model, ModelMode.Fp32, [samples]);

        using CompiledModel magnitude = ModelCompiler.CompileModel(options with { Pruning = Half(PruningCriterion.Magnitude) });
        using CompiledModel second = ModelCompiler.CompileModel(options with { Pruning = Half(PruningCriterion.SecondOrder) });

        Assert.Equal(0.5, second.Pruning!.Reached, 0.01);
        Assert.True(second.Quality!.Sqnr > magnitude.Quality!.Sqnr + 2, $"{second.Quality.Sqnr} and {magnitude.Quality.Sqnr} dB");
        Node pruned = Assert.Single(second.Portable.Nodes, n => n.Is(type));
        Assert.Equal(read == 0, pruned.Outputs[0] is not null);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(second.Portable, batch: 1, seed: 99);
        TensorAssert.Close(
            OrtSession.Run(OnnxExporter.Export(second.Portable), inputs).Values.Single(),
            new Interpreter(second.Compiled).Run(inputs).Values.Single(), relative: 1e-4, absolute: 1e-4);

        static PruningOptions Half(PruningCriterion criterion) =>
            new() { Sparsity = 0.5, Criterion = criterion, Scope = PruningScope.Layer };
    }
}
