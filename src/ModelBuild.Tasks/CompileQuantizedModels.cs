using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Build.Framework;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Tasks;

/// <summary>
/// Compiles models: turns items into options for the compiler, its result into files and its findings into errors and warnings of MSBuild.
/// It is called with the models that are out of date, and reports what is wrong with each of them before it fails.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class CompileQuantizedModels : ModelTask, ICancelableTask
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>All models of the project, whether compiled now or not: no two may make the same class.</summary>
    [Required]
    public ITaskItem[] AllModels { get; set; } = [];

    /// <summary>
    /// Full paths of the files that the models' <c>Calibration</c> came to, each with the <c>ModelBuildId</c> of its model; those with
    /// <c>InFolder</c> lie in folders that a part of it finds.
    /// </summary>
    public ITaskItem[] CalibrationFiles { get; set; } = [];

    /// <summary>True in a design-time build: only plans are written, and they have names and shapes but no steps.</summary>
    public bool SurfaceOnly { get; set; }

    /// <summary>The models that were compiled, with all warnings about them reported.</summary>
    [Output]
    public ITaskItem[] CompiledModels { get; private set; } = [];

    /// <inheritdoc/>
    public void Cancel() => _cancellation.Cancel();

    /// <inheritdoc/>
    public override bool Execute()
    {
        var findings = new FindingLog(Log, HelpDirectory);
        ILookup<string, ModelItem> itemsByClass = ToModels(AllModels)
            .ToLookup(model => model.FullClassName, StringComparer.OrdinalIgnoreCase);
        foreach (ModelItem model in ToModels(Models))
        {
            try
            {
                model.ThrowIfClassIsTaken([.. itemsByClass[model.FullClassName]]);
                Compile(model, findings);
            }
            catch (ItemException exception)
            {
                findings.Report(model, exception.Code, FindingSeverity.Error, exception.Message, exception.Metadata);
            }
            catch (CompilationException exception)
            {
                findings.Report(model, exception.Findings);
            }
            catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception exception)
            {
                string message = $"The compiler failed on '{model.Include}': {exception.GetType().Name}: {exception.Message} "
                    + "This is a defect of ModelBuild; please report it with the binary log of the build (dotnet build -bl).";
                findings.Report(model, DiagnosticCodes.Internal, FindingSeverity.Error, message, "Include");
                Log.LogMessage(MessageImportance.Low, "{0}", exception);
            }
        }

        CompiledModels = Models;
        return !Log.HasLoggedErrors;
    }

    private void Compile(ModelItem model, FindingLog findings)
    {
        if (SurfaceOnly)
        {
            OutputFile.Write(model.PlanFile, Encoding.UTF8.GetBytes(ModelCompiler.CompileSurface(model.ToOptions([]))));
            return;
        }

        long start = Stopwatch.GetTimestamp();
        ILookup<bool, string> found = CalibrationFiles.Where(file => file.GetMetadata("ModelBuildId") == model.Id)
            .ToLookup(file => file.GetMetadata("InFolder").Length > 0, file => file.ItemSpec);
        IReadOnlyList<string> calibrationFiles = model.CheckCalibration([.. found[false]], [.. found[true]]);
        CompileOptions options = model.ToOptions(calibrationFiles);
        using CompileResult result = Compile(model, options);
        IReadOnlyList<ItemWarning> warnings = ItemWarnings.Find(model);
        findings.Report(model, warnings);
        findings.Report(model, result.Findings);

        if (result.Note is { } note)
        {
            Log.LogMessage(MessageImportance.High, "  {0}: {1}", model.Include, note);
        }

        // The plan comes last: where it is, everything else is.
        string summary = Summary(model, options, result);
        model.DeleteUnusedDump();
        OutputFile.Write(model.WeightsFile, result.WriteWeights);
        model.DeleteOtherOnnxFiles();
        OutputFile.Write(model.OnnxFile, result.WriteOnnx);
        model.DeleteUnusedReport();
        if (result.HasReport)
        {
            WriteReport(model, result.Report!);
        }

        OutputFile.Write(model.ExternalFileList, ExternalFileList.ToBytes([model.ModelFile, .. calibrationFiles], result.ExternalFiles));
        OutputFile.Write(model.SummaryFile, Encoding.UTF8.GetBytes(summary));
        WarningsFile.Write(model.WarningsFile, warnings, result.Findings);
        OutputFile.Write(model.PlanFile, Encoding.UTF8.GetBytes(result.Plan));
        Log.LogMessage(
            MessageImportance.High,
            string.Create(CultureInfo.InvariantCulture, $"  {summary}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s"));
        if (result.HasReport)
        {
            LogReport(model);
        }
    }

    /// <summary>Where a model misses its budget, its report is written all the same: it shows where.</summary>
    private CompileResult Compile(ModelItem model, CompileOptions options)
    {
        try
        {
            return ModelCompiler.Compile(options, new BuildProgress(Log, model.Include), _cancellation.Token);
        }
        catch (CompilationException exception) when (exception.Report is not null)
        {
            WriteReport(model, exception.Report);
            LogReport(model);
            throw;
        }
    }

    private static void WriteReport(ModelItem model, ModelReport report)
    {
        OutputFile.Write(model.ReportFile, stream => HtmlReport.Write(stream, report));
        OutputFile.Write(model.ReportJsonFile, stream => JsonReport.Write(stream, report));
    }

    private void LogReport(ModelItem model) =>
        Log.LogMessage(MessageImportance.High, "  {0}: report in {1}", model.Include, model.ReportFile);

    private static string Summary(ModelItem model, CompileOptions options, CompileResult result)
    {
        string noise = result.Sqnr is { } sqnr ? string.Create(CultureInfo.InvariantCulture, $", SQNR {sqnr:F1} dB") : string.Empty;
        string backend = options.Backend == ModelBackend.OnnxRuntime ? " in ONNX Runtime" : string.Empty;
        string accuracy = result.Accuracy is { } right
            ? string.Create(CultureInfo.InvariantCulture, $", {100 * right:F2} % right") : string.Empty;
        string agreement = result.Agreement is { } part
            ? string.Create(CultureInfo.InvariantCulture, $", {100 * part:F2} % as fp32") : string.Empty;
        string heldBack = result.HeldBack is { } samples
            ? string.Create(CultureInfo.InvariantCulture, $" (on {samples:N0} samples held back)") : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{model.Include} -> {model.FullClassName}: {options.Mode.Word()}{backend}, ")
            + string.Create(CultureInfo.InvariantCulture, $"{(result.WeightsLength + 1023) / 1024:N0} KB")
            + noise + agreement + accuracy + heldBack;
    }
}
