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

    [Fact]
    public async Task Compile_LargeModel_TakesAtMostThreeTimesItsFile()
    {
        var network = new TestGraph();
        Value x = network.Input(2048);
        for (int layer = 0; layer < 16; layer++)
        {
            x = network.Node("Relu", network.Gemm(x, 2048));
        }

        string model = _files.Write("large.onnx", OnnxExporter.Export(network.Finish(x)));
        foreach (ModelMode mode in new[] { ModelMode.Fp32, ModelMode.Fp16 })
        {
            (int exitCode, string output) = await ChildProcess.Run([PeakMemory.Command, model, mode.ToString()]);

            Assert.True(exitCode == 0, output);
            long file = new FileInfo(model).Length;
            Assert.InRange(long.Parse(output, CultureInfo.InvariantCulture), file, (3 * file) + CodeOfTheCompiler);
        }
    }
}
