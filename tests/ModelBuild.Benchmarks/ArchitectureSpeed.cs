using System.Globalization;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>
/// Networks that many models are made of, of their real size and with random weights, generated and compiled as an application has them,
/// beside ONNX Runtime on the same file: in float32, in turns, on one thread.
/// </summary>
internal static class ArchitectureSpeed
{
    private static readonly Duel.Rules s_thorough = new(Blocks: 30, BlockMicroseconds: 1, WarmUp: TimeSpan.FromSeconds(3));
    private static readonly Duel.Rules s_quick = new(Blocks: 5, BlockMicroseconds: 1, WarmUp: TimeSpan.FromSeconds(1));

    /// <summary>Writes the table as Markdown.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="filter">A part of the names wanted.</param>
    /// <param name="isQuick">Fewer calls, so that a glance takes minutes and not a quarter of an hour.</param>
    public static void Write(TextWriter output, string filter, bool isQuick)
    {
        output.WriteLine($"| architecture | sizes | ms | ONNX Runtime {OrtSession.Version}, ms | times faster |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (NetworkArchitecture architecture
            in NetworkArchitecture.All.Where(a => a.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            Duel duel = Fight(architecture, isQuick ? s_quick : s_thorough);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {architecture.Name} | {architecture.FullSizes} | {duel.Left.Microseconds / 1000:F2} | "
                    + $"{duel.Right.Microseconds / 1000:F2} | {duel.Ratio.Median:F2} |"));
            output.Flush();
        }
    }

    private static Duel Fight(NetworkArchitecture architecture, Duel.Rules rules)
    {
        NetworkFile network = architecture.Full();
        using var folder = new TemporaryFolder();
        GeneratedModels models;
        using (CompileResult compiled = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = folder.Write("network.onnx", network.Onnx), Mode = ModelMode.Fp32, ClassName = "Measured",
            Namespace = "Architectures", ResourceName = "network.weights",
        }))
        {
            models = GeneratedModels.Build(compiled);
        }

        Dictionary<string, Tensor> inputs = network.Inputs(NetworkArchitecture.Sizes(architecture.FullSizes));
        using var session = new OrtSession(network.Onnx);
        return Duel.Fight(models.Bind("Measured", inputs), session.Bind(inputs), rules);
    }
}
