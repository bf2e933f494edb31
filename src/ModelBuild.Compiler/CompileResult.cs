using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Reports;
using ModelBuild.Plan;

namespace ModelBuild.Compiler;

/// <summary>
/// A compiled model, ready to be written to files. Weights are not copied before they are written: until it is disposed, the result
/// keeps the model's own files open.
/// </summary>
public sealed class CompileResult : IDisposable
{
    /// <summary>
    /// Longer resources do not fit into an assembly, nor does a longer message into an ONNX file. Both end at 2 GB; 64 MB are left for what
    /// else an assembly holds.
    /// </summary>
    private const long FileLimit = int.MaxValue - (64L << 20);

    private readonly IDisposable _source;
    private readonly Action<Stream> _writeWeights;
    private readonly WireWriter _onnx;

    /// <summary>A model that the kernels run.</summary>
    /// <exception cref="CompilationException">MODELB1007: the files would be too large.</exception>
    internal CompileResult(CompiledModel model, CompileOptions options)
        : this(model.Compiled.Plan, model.Compiled.Weights.WriteTo, ToMessage(model.Portable, options), model, options)
    {
        Findings = model.Findings;
        Agreement = model.Quality?.Agreement;
        Accuracy = model.Quality?.Accuracy;
        HeldBack = model.Quality is { IsHeldBack: true, Samples: var samples } ? samples : null;
        Note = model.Note;
        ExternalFiles = model.Source!.ExternalFiles;
        Report = model.Report;
    }

    /// <summary>A model that another engine loads as a whole.</summary>
    /// <param name="plan">With the length of the model.</param>
    /// <param name="onnx">The model.</param>
    /// <param name="source">What the model is views of.</param>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="CompilationException">MODELB1007: the files would be too large.</exception>
    internal CompileResult(ExecutionPlan plan, WireWriter onnx, IDisposable source, CompileOptions options)
        : this(plan, onnx.WriteTo, onnx, source, options)
    {
    }

    private static WireWriter ToMessage(Graph portable, CompileOptions options) => OnnxExporter.ToMessage(
        options.Form == QuantizedForm.QOperator ? RecurrentLoops.Of(QuantizedOperators.Of(portable)) : RecurrentLoops.Of(portable));

    private CompileResult(
        ExecutionPlan plan, Action<Stream> writeWeights, WireWriter onnx, IDisposable source, CompileOptions options)
    {
        _source = source;
        _writeWeights = writeWeights;
        _onnx = onnx;
        Plan = PlanWriter.Write(plan);
        WeightsLength = plan.Weights!.Length;
        Sqnr = plan.Card.Sqnr;
        Check(WeightsLength, "its weights take", "an assembly");
        Check(_onnx.Length, "as an ONNX file it takes", "such a file");

        void Check(long length, string what, string carrier)
        {
            if (length > FileLimit)
            {
                throw new CompilationException(
                    DiagnosticCodes.TooLarge,
                    $"Model '{Path.GetFileName(options.ModelPath)}' is too large: {what} {length} bytes, and {carrier} can carry "
                        + $"{FileLimit}. Use Mode=\"fp16\" or Mode=\"int8\", or compile the network in parts.",
                    options.ModelPath);
            }
        }
    }

    /// <summary>Text of the plan: what the generator turns into the class.</summary>
    public string Plan { get; }

    /// <summary>Bytes that <see cref="WriteWeights"/> writes.</summary>
    public long WeightsLength { get; }

    /// <summary>Bytes that <see cref="WriteOnnx"/> writes.</summary>
    public long OnnxLength => _onnx.Length;

    /// <summary>
    /// Signal to quantization noise ratio of the outputs on the calibration data against fp32 in dB; null where it was not measured.
    /// </summary>
    public double? Sqnr { get; }

    /// <summary>
    /// How many samples that calibration has not seen, nor any other choice, the quality was measured on; null where it was on all of them,
    /// or not at all.
    /// </summary>
    public int? HeldBack { get; internal init; }

    /// <summary>
    /// Part of the calibration data, 0 to 1, for which the largest element of each row of an output is the same as in fp32, of the output
    /// that has the least; null where it was not measured.
    /// </summary>
    public double? Agreement { get; internal init; }

    /// <summary>
    /// Part of the calibration data, 0 to 1, for which the largest element of the first output is the label; null without labels.
    /// </summary>
    public double? Accuracy { get; internal init; }

    /// <summary>For people: what <see cref="ModelMode.Auto"/> has decided; null in other modes.</summary>
    public string? Note { get; internal init; }

    /// <summary>Warnings.</summary>
    public IReadOnlyList<Finding> Findings { get; internal init; } = [];

    /// <summary>Full paths of the files beside the model that hold some of its weights, in ordinal order.</summary>
    public IReadOnlyList<string> ExternalFiles { get; internal init; } = [];

    /// <summary>
    /// Writes what the class reads from its assembly's resources: the file of constants, or the model that another engine loads.
    /// </summary>
    public void WriteWeights(Stream stream) => _writeWeights(stream);

    /// <summary>
    /// Writes the model as it is computed, as an ONNX file: with Q/DQ nodes for int8, or in operators on codes where
    /// <see cref="CompileOptions.Form"/> asks for it, with half initializers for fp16.
    /// </summary>
    public void WriteOnnx(Stream stream) => _onnx.WriteTo(stream);

    /// <summary>Whether there is a report: where <see cref="CompileOptions.Report"/> asked for it.</summary>
    public bool HasReport => Report is not null;

    /// <summary>What the report says.</summary>
    internal ModelReport? Report { get; init; }

    /// <summary>Writes what became of the model as an HTML page that needs nothing beside it.</summary>
    /// <exception cref="InvalidOperationException">No report was asked for.</exception>
    public void WriteReport(Stream stream) => HtmlReport.Write(stream, Report ?? throw NoReport());

    /// <summary>Writes the same for programs, as a JSON object.</summary>
    /// <exception cref="InvalidOperationException">No report was asked for.</exception>
    public void WriteReportJson(Stream stream) => JsonReport.Write(stream, Report ?? throw NoReport());

    private static InvalidOperationException NoReport() => new($"Set {nameof(CompileOptions)}.{nameof(CompileOptions.Report)}.");

    /// <summary>Closes the model's files. Nothing can be written any more.</summary>
    public void Dispose() => _source.Dispose();
}
