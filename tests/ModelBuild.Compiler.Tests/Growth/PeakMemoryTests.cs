using System.Globalization;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Growth;

/// <summary>Large models are read through a map, and their weights are in memory in one form at a time.</summary>
public sealed class PeakMemoryTests : IDisposable
{
    /// <summary>What may lie there before it is collected: <see cref="LargeGarbage"/>.</summary>
    private const long Garbage = 64 << 20;

    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Compile_LargeModel_TakesAtMostThreeTimesItsFile()
    {
        string small = Write("small.onnx", 16);
        string large = Write("large.onnx", 2048);
        foreach (ModelMode mode in new[] { ModelMode.Fp32, ModelMode.Fp16, ModelMode.Int8Dynamic })
        {
            // The code of the compiler takes its part too, whatever it compiles.
            long taken = await Peak(large, mode) - await Peak(small, mode);

            Assert.InRange(taken, 0, (3 * new FileInfo(large).Length) + Garbage);
        }
    }

    private string Write(string file, int width)
    {
        var network = new TestGraph();
        Value x = network.Input(width);
        for (int layer = 0; layer < 16; layer++)
        {
            x = network.Node("Relu", network.Node("MatMul", [x, network.Weights(width, width)]));
        }

        return _files.Write(file, OnnxExporter.Export(network.Finish(x)));
    }

    private static async Task<long> Peak(string model, ModelMode mode)
    {
        (int exitCode, string output) = await ChildProcess.Run([PeakMemory.Command, model, mode.ToString()]);
        Assert.True(exitCode == 0, output);
        return long.Parse(output, CultureInfo.InvariantCulture);
    }
}
