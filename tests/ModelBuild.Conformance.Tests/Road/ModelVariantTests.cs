using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Graphs beside those that rewritings are made for: whatever a rewriting forgets to ask about, the build notices by itself, since it
/// compares every plan with what the imported graph means.
/// </summary>
public sealed class ModelVariantTests : IDisposable
{
    /// <summary>Of each kind and model. More than usual: a number in this variable.</summary>
    private static readonly int s_most = int.TryParse(Environment.GetEnvironmentVariable("MODELBUILD_VARIANTS"), out int most) ? most : 1;

    /// <summary>
    /// What a correct graph may be refused for, and what a change may make of one: sizes or values that do not go together.
    /// </summary>
    private static readonly string[] s_refusals =
    [
        DiagnosticCodes.UnsupportedOperator, DiagnosticCodes.UnsupportedFeature, DiagnosticCodes.MalformedGraph,
        DiagnosticCodes.UnboundDimension, DiagnosticCodes.WeightsNotFinite, DiagnosticCodes.BadRange, DiagnosticCodes.CalibrationShape,
    ];

    /// <summary>Tried in turns, besides fp32: where most is rewritten comes most often.</summary>
    private static readonly ModelMode[] s_modes =
        [ModelMode.Int8, ModelMode.Int8Dynamic, ModelMode.Int8, ModelMode.Int16x8, ModelMode.Int8, ModelMode.Fp16];

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string> Kinds => [.. ModelVariant.Kinds];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Compile_VariantsOfModels_ComputeWhatTheyMean(string kind)
    {
        int compiled = 0, count = 0;
        var faults = new List<string>();
        foreach ((string name, Func<byte[]> model) in PracticeModels.All.Concat(ReportedModels.All))
        {
            foreach (byte[] variant in Variants(name, model, kind))
            {
                string file = _files.Write("variant.onnx", variant);
                ModelMode mode = s_modes[count++ % s_modes.Length];
                try
                {
                    CompileOptions options = ModelInModes.Options(file, ModelMode.Fp32);
                    using CompiledModel plain = ModelCompiler.CompileModel(options);
                    string samples = _files.Write("samples.npz", NumpyFile.Npz(ProbeInputs.For(plain.Portable)));
                    ModelCompiler.CompileModel(ModelInModes.Options(file, mode, samples)).Dispose();
                    compiled++;
                }
                catch (CompilationException e) when (e.Findings.All(f => s_refusals.Contains(f.Code)))
                {
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    faults.Add($"{name}, {mode}: {e.Message}");
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.InRange(compiled, count * 9 / 10, int.MaxValue);
    }

    /// <summary>Of models that are not refused themselves, and whose numbers leave room for others.</summary>
    private static IEnumerable<byte[]> Variants(string name, Func<byte[]> model, string kind)
    {
        try
        {
            return name.StartsWith("08 ", StringComparison.Ordinal) ? [] : [.. ModelVariant.Of(model(), kind, s_most)];
        }
        catch (CompilationException)
        {
            return [];
        }
    }
}
