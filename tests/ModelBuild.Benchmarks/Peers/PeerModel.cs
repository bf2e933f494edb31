using FashionMnist;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>A whole model that is measured.</summary>
/// <param name="Name">In the table.</param>
/// <param name="Onnx">The float model.</param>
/// <param name="Samples">An .npz of typical inputs.</param>
/// <param name="Input">What is measured with, by name.</param>
/// <param name="IsTrained">
/// False where weights are random: then nothing is recovered after quantization, since there is no accuracy, and the work is the same.
/// </param>
internal sealed record PeerModel(string Name, byte[] Onnx, byte[] Samples, Dictionary<string, Tensor> Input, bool IsTrained)
{
    private const int SampleCount = 8;

    /// <summary>Those that the command knows, each made when its turn comes.</summary>
    public static IReadOnlyList<(string Name, Func<PeerModel> Make)> All { get; } =
    [
        ("lenet", () => Fashion("lenet")), ("resnet", () => Fashion("resnet")),
        .. NetworkArchitecture.All.Select(a => (a.Name, (Func<PeerModel>)(() => Of(a)))),
    ];

    /// <summary>A model of the user's own.</summary>
    /// <param name="onnx">Its file.</param>
    /// <param name="samples">An .npz of typical inputs, the first of which is measured with.</param>
    public static PeerModel File(string onnx, string samples) => new(
        Path.GetFileNameWithoutExtension(onnx), System.IO.File.ReadAllBytes(onnx), System.IO.File.ReadAllBytes(samples),
        NumpyFile.ReadNpz(samples).ToDictionary(a => a.Key, a => First(a.Value)), IsTrained: true);

    private static PeerModel Fashion(string name)
    {
        FashionImages images = FashionImages.Load(Path.Combine(AppContext.BaseDirectory, "data"));
        string samples = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "calibration"), "*.npz").Single();
        byte[] onnx = System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", $"{name}.fp32.onnx"));
        string input = NumpyFile.ReadNpz(samples).Keys.Single();
        return new(
            name, onnx, System.IO.File.ReadAllBytes(samples), new() { [input] = Tensor.Of(images[0].ToArray(), 1, 1, 28, 28) },
            IsTrained: true);
    }

    private static PeerModel Of(NetworkArchitecture architecture)
    {
        NetworkFile network = architecture.Full();
        Dictionary<string, long> sizes = NetworkArchitecture.Sizes(architecture.FullSizes);
        Dictionary<string, Tensor> input = network.Inputs(sizes);
        var many = new Dictionary<string, long>(sizes, StringComparer.Ordinal);
        if (many.ContainsKey("batch"))
        {
            many["batch"] = SampleCount;
        }

        return new(architecture.Name, network.Onnx, NumpyFile.Npz(network.Inputs(many, seed: 2)), input, IsTrained: false);
    }

    private static Tensor First(Tensor samples)
    {
        long[] one = [1, .. samples.Dimensions.Skip(1)];
        int bytes = (int)(samples.Data.Length / Math.Max(samples.Dimensions[0], 1));
        return new Tensor(samples.Type, one, samples.Data[..bytes]);
    }
}
