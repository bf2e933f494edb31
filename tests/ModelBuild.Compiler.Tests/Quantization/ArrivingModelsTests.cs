using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>What is said of modes for floats where a model brings codes.</summary>
public sealed class ArrivingModelsTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(ModelMode.Int8Dynamic, "")]
    [InlineData(ModelMode.Int8Weights, "")]
    [InlineData(ModelMode.Int4Weights, "")]
    [InlineData(ModelMode.Int8Dynamic, "Gemm*")]
    [InlineData(ModelMode.Int4Weights, "Gemm*")]
    public void Mode_OfAModelInCodes_IsWarnedOfWhereNoWeightIsFloat(ModelMode mode, string kept)
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Flatten(g.Node("Relu", g.Conv(g.Input(4, 6, 6), 8, 3))), 40));
        string samples = _files.Write("samples.npz", NumpyFile.Npz(TestGraph.Inputs(graph, 16, seed: 1)));
        CompileOptions options = CompiledFile.Options(_files.Write("float.onnx", OnnxExporter.Export(graph)), ModelMode.Int8, [samples]);
        using CompiledModel codes = ModelCompiler.CompileModel(options with { KeepFloat = kept.Length == 0 ? [] : [kept] });
        string written = _files.Write("codes.onnx", OnnxExporter.Export(codes.Portable));

        using CompiledModel again = ModelCompiler.CompileModel(CompiledFile.Options(written, mode, []));

        string[] said = [.. again.Findings.Where(f => f.Code == DiagnosticCodes.ArrivesQuantized).Select(f => f.Message)];
        if (kept.Length > 0)
        {
            Assert.Empty(said);
        }
        else
        {
            Assert.Contains($"Mode=\"{mode.Word()}\" does nothing", Assert.Single(said), StringComparison.Ordinal);
        }
    }
}
