using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Build.Framework;
using ModelBuild.Compiler;

namespace ModelBuild.Tasks;

/// <summary>
/// Compiles models: turns items into options for the compiler, its result into files and its findings into errors and warnings of MSBuild.
/// It is called with the models that are out of date, and reports what is wrong with each of them before it fails.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class CompileQuantizedModels : Microsoft.Build.Utilities.Task, ICancelableTask
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>Several items on one line may have the same trouble; it is told once.</summary>
    private readonly HashSet<(ItemPosition Position, string Message)> _reported = [];

    /// <summary>The models to compile, with the metadata that ModelBuild.targets gives them.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <summary>All models of the project, whether compiled now or not: no two may make the same class.</summary>
    [Required]
    public ITaskItem[] AllModels { get; set; } = [];

    /// <summary>Full paths of the files that the models' <c>Calibration</c> came to, each with the <c>ModelBuildId</c> of its model.</summary>
    public ITaskItem[] CalibrationFiles { get; set; } = [];

    /// <summary>The namespace of classes whose item names none.</summary>
    public string RootNamespace { get; set; } = string.Empty;

    /// <summary>Full path of the project's folder: what items say is relative to it, never to the current directory.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = string.Empty;

    /// <summary>The folder of the pages that errors link to.</summary>
    public string HelpDirectory { get; set; } = string.Empty;

    /// <summary>True in a design-time build: only plans are written, and they have names and shapes but no steps.</summary>
    public bool SurfaceOnly { get; set; }

    /// <inheritdoc/>
    public void Cancel() => _cancellation.Cancel();

    /// <inheritdoc/>
    public override bool Execute()
    {
        ILookup<string, ModelItem> itemsByClass =
            AllModels.Select(item => new ModelItem(item, RootNamespace, ProjectDirectory)).ToLookup(model => model.FullClassName, StringComparer.OrdinalIgnoreCase);
        foreach (ITaskItem item in Models)
        {
            var model = new ModelItem(item, RootNamespace, ProjectDirectory);
            try
            {
                model.ThrowIfClassIsTaken([.. itemsByClass[model.FullClassName]]);
                Compile(model);
            }
            catch (ItemException exception)
            {
                Report(model, FindingSeverity.Error, exception.Code, exception.Message, exception.Metadata);
            }
            catch (CompilationException exception)
            {
                Report(model, exception.Findings);
            }
            catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception exception)
            {
                string message = $"The compiler failed on '{model.Include}': {exception.GetType().Name}: {exception.Message} This is a defect of ModelBuild; please report it with the binary log of the build (dotnet build -bl).";
                Report(model, FindingSeverity.Error, DiagnosticCodes.Internal, message, "Include");
                Log.LogMessage(MessageImportance.Low, "{0}", exception);
            }
        }

        return !Log.HasLoggedErrors;
    }

    private void Compile(ModelItem model)
    {
        if (SurfaceOnly)
        {
            OutputFile.Write(model.PlanFile, Encoding.UTF8.GetBytes(ModelCompiler.CompileSurface(model.ToOptions([]))));
            return;
        }

        long start = Stopwatch.GetTimestamp();
        string[] calibrationFiles = [.. CalibrationFiles.Where(file => file.GetMetadata("ModelBuildId") == model.Id).Select(file => file.ItemSpec)];
        model.CheckCalibration(calibrationFiles);
        CompileOptions options = model.ToOptions(calibrationFiles);
        using CompileResult result = ModelCompiler.Compile(options, new BuildProgress(Log, model.Include), _cancellation.Token);
        Report(model, result.Findings);
        if (result.Findings.Any(finding => (BuildEngine as IBuildEngine8)?.ShouldTreatWarningAsError(finding.Code) == true))
        {
            // The project treats this warning as an error. With outputs in place the next build would pass.
            return;
        }

        // The plan comes last: where it is, everything else is.
        OutputFile.Write(model.WeightsFile, result.WriteWeights);
        OutputFile.Write(model.OnnxFile, result.WriteOnnx);
        OutputFile.Write(model.ExternalDataFile, Encoding.UTF8.GetBytes(string.Join(";", result.ExternalFiles)));
        OutputFile.Write(model.PlanFile, Encoding.UTF8.GetBytes(result.Plan));

        string noise = result.Sqnr is { } sqnr ? string.Create(CultureInfo.InvariantCulture, $", SQNR {sqnr:F1} dB") : string.Empty;
        Log.LogMessage(MessageImportance.High, string.Create(
            CultureInfo.InvariantCulture,
            $"  {model.Include} -> {model.FullClassName} ({model.Mode}, {(result.WeightsLength + 1023) / 1024:N0} KB{noise}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s)"));
    }

    private void Report(ModelItem model, IReadOnlyList<Finding> findings)
    {
        foreach (Finding finding in findings)
        {
            Report(model, finding.Severity, finding.Code, finding.Message, MetadataBehind(finding.Code));
        }
    }

    /// <summary>The item's line is where the user can act, also on what is wrong inside of a binary file: the message names that file.</summary>
    private void Report(ModelItem model, FindingSeverity severity, string code, string message, string metadata)
    {
        ItemPosition position = ItemPosition.Find(model, metadata);
        if (!_reported.Add((position, message)))
        {
            return;
        }

        string helpLink = new Uri(Path.Combine(HelpDirectory, code + ".md")).AbsoluteUri;
        if (severity == FindingSeverity.Error)
        {
            Log.LogError(null, code, code, helpLink, position.File, position.Line, position.Column, 0, 0, "{0}", message);
        }
        else
        {
            Log.LogWarning(null, code, code, helpLink, position.File, position.Line, position.Column, 0, 0, "{0}", message);
        }
    }

    private static string MetadataBehind(string code) => code switch
    {
        DiagnosticCodes.BadDimensions or DiagnosticCodes.UnboundDimension => "Dimensions",
        DiagnosticCodes.CalibrationRequired => "Mode",
        DiagnosticCodes.CalibrationShape or DiagnosticCodes.CalibrationType => "Calibration",
        _ => "Include",
    };
}
