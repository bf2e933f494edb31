using System.Globalization;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Plan;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>
/// Networks without the channels that half of their multiply-accumulates need, beside themselves as they were: generated classes of the
/// same mode in turns, on one thread, an image a call.
/// </summary>
internal static class ChannelSpeed
{
    private const string Whole = "Whole";
    private const string Pruned = "Pruned";
    private const double Sparsity = 0.5;

    private static readonly ModelMode[] s_modes = [ModelMode.Fp32, ModelMode.Fp16, ModelMode.Int8];

    /// <param name="output">Gets a row for each network and mode.</param>
    /// <param name="isQuick">Whether a few blocks are enough.</param>
    public static void Write(TextWriter output, bool isQuick)
    {
        Duel.Rules rules = new(
            Blocks: isQuick ? 10 : 300, BlockMicroseconds: 2000, WarmUp: TimeSpan.FromSeconds(isQuick ? 0.2 : 2));
        string mobileNet = Path.Combine("models", "fashion", "mobilenetv2_folded.onnx");
        (string Name, string File)[] networks =
        [
            ("resnet", Path.Combine(AppContext.BaseDirectory, "models", "resnet.fp32.onnx")),
            .. SharedFolder.Missing(mobileNet) is null ? [("mobilenetv2", SharedFolder.File(mobileNet))] : Array.Empty<(string, string)>(),
        ];
        output.WriteLine("network       mode    MMACs   pruned   whole, µs   pruned, µs   times faster   middle half");
        foreach ((string name, string file) in networks)
        {
            foreach (ModelMode mode in s_modes)
            {
                using CompileResult whole = Compile(file, mode, Whole, new PruningOptions());
                using CompileResult pruned = Compile(
                    file, mode, Pruned, new PruningOptions { Pattern = SparsityPattern.Channels, Sparsity = Sparsity });
                Duel duel = Fight(whole, pruned, rules);
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name,-11}   {mode.ToString().ToLowerInvariant(),-4}   {MegaMacs(whole),6:F2}   {MegaMacs(pruned),6:F2}   "
                        + $"{duel.Right.Microseconds,9:F1}   {duel.Left.Microseconds,10:F1}   {duel.Ratio.Median,12:F2}   "
                        + $"{duel.Ratio.Low:F2}–{duel.Ratio.High:F2}"));
                output.Flush();
            }
        }
    }

    private static CompileResult Compile(string file, ModelMode mode, string @class, PruningOptions pruning) =>
        ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = file,
            Mode = mode,
            CalibrationFiles = [Path.Combine(AppContext.BaseDirectory, "calibration", "images.npz")],
            Pruning = pruning,
            ClassName = @class,
            Namespace = "Networks",
            ResourceName = $"{@class}.weights",
        });

    private static Duel Fight(CompileResult whole, CompileResult pruned, Duel.Rules rules)
    {
        GeneratedModels models = GeneratedModels.Build(whole, pruned);
        PlanPort port = PlanReader.Read(whole.Plan).Inputs[0];
        var random = new Random(3);
        float[] pixels = [.. Enumerable.Range(0, 28 * 28).Select(_ => random.NextSingle())];
        var inputs = new Dictionary<string, Tensor> { [port.Name] = Tensor.Of(pixels, 1, 1, 28, 28) };
        return Duel.Fight(models.Bind(Pruned, inputs), models.Bind(Whole, inputs), rules);
    }

    private static double MegaMacs(CompileResult result) =>
        BudgetCheck.Macs(PlanReader.Read(result.Plan).Card.MultiplyAccumulates) / 1e6;
}
