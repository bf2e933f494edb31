using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// A small model of <c>tests/assets/cases</c>: what somebody met in practice, with what ONNX Runtime computes without optimizing.
/// </summary>
internal sealed class Case(string name)
{
    /// <summary>Values that no integers can stand for.</summary>
    private static readonly Dictionary<string, string> s_refusedAsCodes = new(StringComparer.Ordinal)
    {
        ["a20b_nan_weight"] = DiagnosticCodes.WeightsNotFinite,
    };

    /// <summary>No product reads the tensor, so that it gets no 16-bit codes.</summary>
    private static readonly Dictionary<string, string> s_refusedAsInt8 = new(StringComparer.Ordinal)
    {
        ["a20c_inf_activation"] = DiagnosticCodes.BadRange,
    };

    private readonly Lazy<Dictionary<string, Tensor>> _arrays = new(() => NumpyFile.ReadNpz(FileOf(name, ".npz")));

    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Repository.Asset("cases"), "*.onnx").Select(f => Path.GetFileNameWithoutExtension(f))
            .Order(StringComparer.Ordinal);

    public string Model => FileOf(name, ".onnx");

    public Dictionary<string, Tensor> Inputs => Named("in");

    /// <summary>Null where ONNX Runtime refuses the model.</summary>
    public Dictionary<string, Tensor>? Outputs => _arrays.Value.ContainsKey("out_0") ? Named("out") : null;

    public string[] Calibration => File.Exists(FileOf(name, ".calib.npz")) ? [FileOf(name, ".calib.npz")] : [];

    /// <summary>The code that a mode is refused with; null where it compiles.</summary>
    public string? Refusal(ModelMode mode) =>
        !mode.IsCalibrated() ? null
            : s_refusedAsCodes.GetValueOrDefault(name) ?? (mode == ModelMode.Int8 ? s_refusedAsInt8.GetValueOrDefault(name) : null)
            ?? (Calibration.Length > 0 || ArrivesQuantized ? null : DiagnosticCodes.CalibrationRequired);

    /// <summary>True where the file has scales of its own.</summary>
    public bool ArrivesQuantized =>
        File.ReadAllText(Model, System.Text.Encoding.Latin1).Contains("QuantizeLinear", StringComparison.Ordinal);

    private static string FileOf(string name, string extension) => Repository.Asset("cases", name + extension);

    private Dictionary<string, Tensor> Named(string kind) =>
        NumpyFile.ReadTexts(FileOf(name, ".npz"), kind + "_names").Select((n, i) => (n, i))
            .ToDictionary(p => p.n, p => _arrays.Value[$"{kind}_{p.i}"]);
}
