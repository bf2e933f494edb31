using System.Globalization;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Growth;

/// <summary>Large models are read through a map, and their weights are in memory in one form at a time.</summary>
public sealed class PeakMemoryTests : IDisposable
{
    private const long CodeOfTheCompiler = 64 << 20;

    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>A product is given its weights with the outputs first, as Gemm has them, or last, as MatMul has.</summary>
    [Theory]
    [InlineData("Gemm", ModelMode.Fp32)]
    [InlineData("Gemm", ModelMode.Fp16)]
    [InlineData("MatMul", ModelMode.Int8Dynamic)]
    public async Task Compile_LargeModel_TakesAtMostThreeTimesItsFile(string product, ModelMode mode)
    {
        var network = new TestGraph();
        Value x = network.Input(2048);
        for (int layer = 0; layer < 16; layer++)
        {
            x = network.Node(
                "Relu", product == "Gemm" ? network.Gemm(x, 2048) : network.Node("MatMul", [x, network.Weights(2048, 2048)]));
        }

        string model = _files.Write("large.onnx", OnnxExporter.Export(network.Finish(x)));
        (int exitCode, string output) = await ChildProcess.Run([PeakMemory.Command, model, mode.ToString()]);

        Assert.True(exitCode == 0, output);
        long file = new FileInfo(model).Length;
        Assert.InRange(long.Parse(output, CultureInfo.InvariantCulture), file, (3 * file) + CodeOfTheCompiler);
    }
}
