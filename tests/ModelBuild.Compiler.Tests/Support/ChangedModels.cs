using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Support;

/// <summary>Models whose weights the compiler changes before the mode begins, and how near the results are.</summary>
internal static class ChangedModels
{
    private const int Seen = 96;
    private const int Others = 200;

    /// <summary>A graph and random samples of it as files; where its sizes are fixed, each sample is a file.</summary>
    public static CompileOptions Written(TemporaryFolder files, Graph graph, ModelMode mode, int samples)
    {
        string model = files.Write("model.onnx", OnnxExporter.Export(graph));
        bool isFixed = graph.Inputs[0].KnownShape.IsConstant;
        string[] calibration = samples == 0 ? []
            : [.. Enumerable.Range(0, isFixed ? samples : 1).Select(i =>
                files.Write($"samples{i}.npz", NumpyFile.Npz(TestGraph.Inputs(graph, isFixed ? 1 : samples, seed: i + 1))))];
        return CompiledFile.Options(model, mode, calibration);
    }

    /// <summary>A trained network of the shared folder, in float, with some pictures for samples.</summary>
    public static CompileOptions Trained(TemporaryFolder files, string file) => CompiledFile.Options(
        SharedFolder.File(file), ModelMode.Fp32, [files.Write("samples.npy", NumpyFile.Npy(Pictures(0, Seen)))]);

    /// <summary>Of other pictures than the samples, the part whose class is what it was; by ONNX Runtime.</summary>
    public static double? AgreementOnOtherPictures(CompileOptions options, CompiledModel model)
    {
        var inputs = new Dictionary<string, Tensor> { [model.Portable.Inputs[0].Name] = Pictures(Seen, Others) };
        string output = model.Portable.Outputs[0].Name;
        var difference = new OutputDifference();
        difference.Add(
            output, OrtSession.Run(File.ReadAllBytes(options.ModelPath), inputs)[output],
            OrtSession.Run(OnnxExporter.Export(model.Portable), inputs)[output]);
        return difference.Agreement;
    }

    /// <summary>The squares of what a model's output is away from a graph's, on random inputs; by ONNX Runtime.</summary>
    public static double Noise(Graph graph, CompiledModel model)
    {
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 200, seed: 9);
        string output = graph.Outputs[0].Name;
        float[] expected = OrtSession.Run(OnnxExporter.Export(graph), inputs)[output].ToFloats();
        return OrtSession.Run(OnnxExporter.Export(model.Portable), inputs)[output].ToFloats()
            .Zip(expected, (a, e) => Math.Pow(a - e, 2)).Sum();
    }

    private static Tensor Pictures(int first, int count)
    {
        byte[] images = NumpyFile.ReadNpz(SharedFolder.File("data/fashion-calibration.npz"))["images"].Span<byte>().ToArray();
        return Tensor.Of(Array.ConvertAll(images[(first * 784)..((first + count) * 784)], p => p / 255f), count, 1, 28, 28);
    }
}
