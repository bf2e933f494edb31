using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using Xunit.Abstractions;

namespace ModelBuild.Conformance.Tests;

/// <summary>Architectures that many models are made of, narrow and with random weights: one class for all sizes, in every mode.</summary>
public sealed class ArchitecturesTests(ITestOutputHelper output) : IDisposable
{
    private static readonly (ModelMode Mode, double Bound)[] s_bounds = [(ModelMode.Fp32, 1e-4), (ModelMode.Fp16, 2e-3)];

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string> Names => [.. NetworkArchitecture.All.Select(a => a.Name)];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_SizesInTurn_GivesWhatOnnxRuntimeComputes(string name)
    {
        NetworkArchitecture architecture = Find(name);
        NetworkFile network = architecture.Reduced();
        using var session = new OrtSession(network.Onnx);
        foreach ((ModelMode mode, double bound) in s_bounds)
        {
            using CompileResult result = ModelCompiler.Compile(Options(network.Onnx, mode));
            GeneratedModels model = GeneratedModels.Build(result);
            foreach (string sizes in architecture.ReducedSizes)
            {
                Dictionary<string, Tensor> inputs = network.Inputs(NetworkArchitecture.Sizes(sizes));
                Dictionary<string, Tensor> expected = session.Run(inputs);
                Dictionary<string, Tensor> actual = model.Predict("Model", inputs);

                // Which boxes are left hangs on the last bits of their scores.
                foreach (string port in expected.Keys.Where(p => mode == ModelMode.Fp32 || !IsSelection(p)))
                {
                    Assert.Equal(expected[port].Dimensions, actual[port].Dimensions);
                    Assert.True(expected[port].Length > 0);
                    double error = Error(expected[port], actual[port]);
                    output.WriteLine($"{mode} {sizes} {port}: {error:G2}");
                    Assert.InRange(error, 0, expected[port].Type.IsFloat() ? bound : 0);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_Int8_GivesWhatTheFileBesideTheClassComputes(string name)
    {
        NetworkArchitecture architecture = Find(name);
        NetworkFile network = architecture.Reduced();
        string[] samples =
        [
            .. architecture.ReducedSizes.Select(
                (sizes, i) => _files.Write($"samples{i}.npz", NumpyFile.Npz(network.Inputs(NetworkArchitecture.Sizes(sizes), seed: 2)))),
        ];
        using CompileResult result = ModelCompiler.Compile(Options(network.Onnx, ModelMode.Int8) with { CalibrationFiles = samples });
        GeneratedModels model = GeneratedModels.Build(result);
        using var session = new OrtSession(WrittenModel.Onnx(result), optimize: false);
        foreach (string sizes in architecture.ReducedSizes)
        {
            Dictionary<string, Tensor> inputs = network.Inputs(NetworkArchitecture.Sizes(sizes), seed: 2);
            Dictionary<string, Tensor> expected = session.Run(inputs);
            Dictionary<string, Tensor> actual = model.Predict("Model", inputs);
            Dictionary<string, Tensor> reference = OrtSession.Run(network.Onnx, inputs);
            foreach (string port in expected.Keys.Where(p => !IsSelection(p)))
            {
                Assert.Equal(expected[port].Dimensions, actual[port].Dimensions);
                double sqnr = Scores.SqnrDb(reference[port].ToFloats(), actual[port].ToFloats());
                double ofFile = Scores.SqnrDb(expected[port].ToFloats(), actual[port].ToFloats());
                output.WriteLine($"{sizes} {port}: {sqnr:F1} dB, {ofFile:F1} dB against the file");

                // One sum that rounds the other way goes on through all layers behind it.
                Assert.InRange(ofFile, 24, double.PositiveInfinity);
            }
        }
    }

    private static bool IsSelection(string port) => port.StartsWith("selected", StringComparison.Ordinal);

    private static NetworkArchitecture Find(string name) => NetworkArchitecture.All.Single(a => a.Name == name);

    /// <summary>The largest difference, relative to the range of what is expected.</summary>
    private static double Error(Tensor expected, Tensor actual)
    {
        double[] numbers = expected.ToDoubles();
        double range = numbers.Length > 1 ? numbers.Max() - numbers.Min() : 1;
        return numbers.Zip(actual.ToDoubles(), (e, a) => Math.Abs(e - a)).Max() / Math.Max(range, 1e-3);
    }

    private CompileOptions Options(byte[] onnx, ModelMode mode) => new()
    {
        ModelPath = _files.Write("model.onnx", onnx), Mode = mode, ClassName = "Model", ResourceName = "Model.weights",
    };
}
