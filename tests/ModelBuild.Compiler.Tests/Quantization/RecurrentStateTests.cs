using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>The codes of the states of recurrent layers.</summary>
public sealed class RecurrentStateTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>
    /// A constant that the layer begins with is a state as well, though no sample moves it: cut off, codes would lose to floats.
    /// </summary>
    [Fact]
    public void Int8_ConstantStateBeyondAllOthers_HasCodes()
    {
        var g = new TestGraph();
        Value x = g.FixedInput(4, 1, 16);
        float[] first = [.. Enumerable.Range(0, 16).Select(i => i % 2 == 0 ? 2f : -2f)];
        Graph graph = g.Finish(g.Node(
            "GRU",
            [x, g.Weights(1, 48, 16), g.Weights(1, 48, 16), null, null, g.Constant(Tensor.Of(first, 1, 1, 16))],
            ("hidden_size", 16L)));
        float[] values = [.. Enumerable.Range(0, 64).SelectMany(seed => TestGraph.Inputs(graph, 1, seed)[x.Name].ToFloats())];
        string samples = _files.Write(
            "samples.npz", NumpyFile.Npz(new Dictionary<string, Tensor> { [x.Name] = Tensor.Of(values, 64, 4, 1, 16) }));

        using CompiledModel model = ModelCompiler.CompileModel(CompiledFile.Options(
            _files.Write("model.onnx", OnnxExporter.Export(graph)), ModelMode.Int8, [samples]));

        Assert.InRange(model.Quality!.Sqnr!.Value, 50, 200);
        Assert.Contains(model.Portable.Nodes, n => RecurrentCoding.Of(n) is not null);
    }
}
