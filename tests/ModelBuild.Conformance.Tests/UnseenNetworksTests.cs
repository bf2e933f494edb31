using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Conformance.Tests.Layers;
using Xunit.Abstractions;

namespace ModelBuild.Conformance.Tests;

/// <summary>Small networks of every operator that exported networks are made of, from file to output, against ONNX Runtime.</summary>
public sealed class UnseenNetworksTests(ITestOutputHelper output) : IDisposable
{
    private const int Samples = 8;
    private readonly TemporaryFolder _files = new();

    public static TheoryData<string> Names => ["mobile", "mixed", "signal"];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_Fp32_IsWithinOneTenThousandthOfOnnxRuntime(string name)
    {
        Graph graph = Networks.Make(name);
        Tensor samples = Inputs(graph);

        float[] actual = Compile(graph, ModelMode.Fp32, samples).Run(samples.ToFloats(), [.. samples.Dimensions]);

        Tensor expected =
            OrtSession.Run(OnnxExporter.Export(graph), new Dictionary<string, Tensor> { [graph.Inputs[0].Name] = samples }).Values.Single();
        Assert.InRange(Scores.RelativeError(expected.ToFloats(), actual), 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Layers_Int8_AreOnnxRuntimesToTheByte(string name)
    {
        Graph graph = Networks.Make(name);
        Tensor samples = Inputs(graph);
        Network network = Compile(graph, ModelMode.Int8, samples);

        LayerComparison.Run(network, samples, output.WriteLine);

        float[] reference = Compile(graph, ModelMode.Fp32, samples).Run(samples.ToFloats(), [.. samples.Dimensions]);
        double sqnr = Scores.SqnrDb(reference, network.Run(samples.ToFloats(), [.. samples.Dimensions]));
        output.WriteLine($"SQNR {sqnr:F1} dB");
        Assert.InRange(sqnr, 20, double.PositiveInfinity);
    }

    private static Tensor Inputs(Graph graph) => TestGraph.Inputs(graph, Samples, seed: 7).Values.Single();

    private Network Compile(Graph graph, ModelMode mode, Tensor samples) =>
        Network.Compile(
            _files.Write("model.onnx", OnnxExporter.Export(graph)), mode, [_files.Write("samples.npy", NumpyFile.Npy(samples))]);
}
