using ModelBuild.Compiler.Clustering;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Clustering;

/// <summary>Weights of a convolution count as much as what their own channel gives them.</summary>
public sealed class ClusterImportanceTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>One channel of eight varies, and its weights are not among the others: nearly all values are theirs.</summary>
    [Theory]
    [InlineData(1, 3)]
    [InlineData(1, 1)]
    [InlineData(8, 3)]
    [InlineData(2, 3)]
    public void Samples_OfAConvolution_ShowWhichChannelMatters(long groups, long kernel)
    {
        var g = new TestGraph();
        Value x = g.FixedInput(1, 8, 6, 6);
        float[] sizes = [.. Enumerable.Range(0, 8).Select(i => i == 5 ? 1f : 0.01f)];
        Value scaled = g.Node("Sigmoid", g.Node("Mul", [x, g.Constant(Tensor.Of(sizes, 8, 1, 1))]));
        var random = new Random(2);
        long inputs = 8 / groups;
        float[] weights = new float[64 * inputs * kernel * kernel];
        for (int i = 0; i < weights.Length; i++)
        {
            long group = i / (weights.Length / groups);
            long channel = (group * inputs) + (i / (kernel * kernel) % inputs);
            weights[i] = (float)(channel == 5 ? 0.9 + (0.1 * random.NextDouble()) : -random.NextDouble());
        }

        Graph graph = g.Finish(g.Node(
            "Conv", [scaled, g.Constant(Tensor.Of(weights, 64, inputs, kernel, kernel)), g.Weights(64)], ("group", groups)));
        string[] samples =
            [.. Enumerable.Range(0, 12).Select(i => _files.Write($"{i}.npz", NumpyFile.Npz(TestGraph.Inputs(graph, 1, seed: i + 1))))];
        CompileOptions options =
            CompiledFile.Options(_files.Write("model.onnx", OnnxExporter.Export(graph)), ModelMode.Fp32, samples) with
            {
                Clustering = new ClusteringOptions { Clusters = 8 },
            };

        using CompiledModel seen = ModelCompiler.CompileModel(options);
        using CompiledModel blind = ModelCompiler.CompileModel(options with { CalibrationFiles = [] });

        Assert.True(Noise(seen) < Noise(blind) / 2, $"{Noise(seen)} {Noise(blind)}");

        // What varies: a bias takes the mean back.
        double Noise(CompiledModel model)
        {
            byte[] clustered = OnnxExporter.Export(model.Portable);
            double[][] errors = [.. Enumerable.Range(100, 20).Select(seed => Errors(clustered, TestGraph.Inputs(graph, 1, seed)))];
            double sum = 0;
            for (int channel = 0; channel < 64; channel++)
            {
                double[] own = [.. errors.SelectMany(e => e.Chunk(e.Length / 64).ElementAt(channel))];
                double mean = own.Average();
                sum += own.Sum(e => (e - mean) * (e - mean));
            }

            return sum;
        }

        double[] Errors(byte[] clustered, Dictionary<string, Tensor> inputs)
        {
            string output = graph.Outputs[0].Name;
            return [.. OrtSession.Run(clustered, inputs)[output].ToFloats()
                .Zip(OrtSession.Run(OnnxExporter.Export(graph), inputs)[output].ToFloats(), (a, e) => (double)a - e)];
        }
    }
}
