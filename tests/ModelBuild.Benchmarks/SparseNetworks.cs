using System.Globalization;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Plan;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>
/// Whole networks in int8, pruned in blocks of 2 × 4 by magnitude, each layer alike: classes that run by blocks, beside classes of the same
/// weights that do not, in turns on one thread. On random samples: nothing here says how good a model is.
/// </summary>
internal static class SparseNetworks
{
    private const string Sparse = "Sparse";
    private const string Dense = "Dense";

    private static readonly Duel.Rules s_rules = new(Blocks: 40, BlockMicroseconds: 2000, WarmUp: TimeSpan.FromSeconds(2));

    public static void Write(TextWriter output)
    {
        NetworkFile resnet18 = NetworkArchitecture.All.Single(a => a.Name == "ResNet-18").Full();
        (string Name, byte[] Onnx, long[] Shape, string[] OpenSizes)[] networks =
        [
            ("resnet of the sample", File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", "resnet.fp32.onnx")),
                [1, 1, 28, 28], []),
            ("ResNet-18, 224 × 224", resnet18.Onnx, [1, 3, 224, 224], ["height", "width"]),
        ];
        output.WriteLine("network                  zeros   sparse layers   dense, µs   sparse, µs   times faster");
        foreach ((string name, byte[] onnx, long[] shape, string[] openSizes) in networks)
        {
            foreach (double zeros in (ReadOnlySpan<double>)[0.8, 0.9])
            {
                (Duel duel, int layers) = Fight(onnx, shape, openSizes, zeros);
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name,-22}   {zeros,5:P0}   {layers,13}   {duel.Right.Microseconds,9:F0}   {duel.Left.Microseconds,10:F0}   "
                        + $"{duel.Ratio.Median,12:F2}"));
                output.Flush();
            }
        }
    }

    private static (Duel Duel, int Layers) Fight(byte[] onnx, long[] shape, string[] openSizes, double zeros)
    {
        using var folder = new TemporaryFolder();
        _ = SparsityPattern.TryRead("2x4", out SparsityPattern pattern, out _);
        var random = new Random(3);
        float[] pixels = [.. Enumerable.Range(0, (int)(shape[1] * shape[2] * shape[3])).Select(_ => random.NextSingle())];
        var options = new CompileOptions
        {
            ModelPath = folder.Write("network.onnx", onnx),
            CalibrationFiles = [folder.Write("samples.npy", NumpyFile.Float32([.. shape.Select(d => (int)d)], pixels))],
            Mode = ModelMode.Int8,
            ClassName = Sparse,
            Namespace = "Networks",
            ResourceName = "sparse.weights",
            Recovery = RecoveryMethods.None,
            Dimensions = openSizes.ToDictionary(name => name, _ => (DimensionRange)shape[^1]),
            Pruning = new PruningOptions
            {
                Sparsity = zeros, Pattern = pattern, Scope = PruningScope.Layer, Criterion = PruningCriterion.Magnitude,
            },
        };
        using CompileResult sparse = ModelCompiler.Compile(options);
        using CompileResult dense =
            ModelCompiler.Compile(options with { ClassName = Dense, ResourceName = "dense.weights", KeepsDense = true });
        GeneratedModels models = GeneratedModels.Build(sparse, dense);
        ExecutionPlan plan = PlanReader.Read(sparse.Plan);
        var inputs = new Dictionary<string, Tensor> { [plan.Inputs[0].Name] = Tensor.Of(pixels, shape) };
        int layers = plan.Steps.SelectMany(s => s.WithInner).Count(s => s.Call.Target.StartsWith(Sparse, StringComparison.Ordinal));
        return (Duel.Fight(models.Bind(Sparse, inputs), models.Bind(Dense, inputs), s_rules), layers);
    }
}
