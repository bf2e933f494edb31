using Microsoft.Build.Utilities;
using ModelBuild.Compiler;

namespace ModelBuild.Tasks;

/// <summary>Findings as errors and warnings of MSBuild, at the item's line: that is where the user can act, also on what is wrong inside of
/// a binary file, which the message names.</summary>
internal sealed class FindingLog(TaskLoggingHelper log, string helpDirectory)
{
    /// <summary>Several items on one line may have the same trouble; it is told once.</summary>
    private readonly HashSet<(ItemPosition Position, string Message)> _reported = [];

    public void Report(ModelItem model, IEnumerable<Finding> findings)
    {
        foreach (Finding finding in findings)
        {
            Report(model, finding.Code, finding.Severity, finding.Message, MetadataBehind(finding.Code));
        }
    }

    public void Report(ModelItem model, IEnumerable<ItemWarning> warnings)
    {
        foreach (ItemWarning warning in warnings)
        {
            Report(model, warning.Code, FindingSeverity.Warning, warning.Message, warning.Metadata);
        }
    }

    /// <param name="metadata">What to point at: <c>Include</c> or a metadata of the item.</param>
    public void Report(ModelItem model, string code, FindingSeverity severity, string message, string metadata)
    {
        ItemPosition position = ItemPosition.Find(model, metadata);
        if (!_reported.Add((position, message)))
        {
            return;
        }

        string helpLink = new Uri(Path.Combine(helpDirectory, code + ".md")).AbsoluteUri;
        if (severity == FindingSeverity.Error)
        {
            log.LogError(null, code, code, helpLink, position.File, position.Line, position.Column, 0, 0, "{0}", message);
        }
        else
        {
            log.LogWarning(null, code, code, helpLink, position.File, position.Line, position.Column, 0, 0, "{0}", message);
        }
    }

    private static string MetadataBehind(string code) => code switch
    {
        DiagnosticCodes.NotAnImage => "InputType",
        DiagnosticCodes.NoCodesAtPort => "OutputType",
        DiagnosticCodes.BadDimensions or DiagnosticCodes.UnboundDimension => "Dimensions",
        DiagnosticCodes.CalibrationRequired => "Mode",
        DiagnosticCodes.CalibrationShape or DiagnosticCodes.CalibrationType => "Calibration",
        DiagnosticCodes.NothingToKeep => "KeepFloat",
        DiagnosticCodes.NothingToExclude => "SparsityExclude",
        DiagnosticCodes.BadSparsity or DiagnosticCodes.PruningWithoutSamples or DiagnosticCodes.NothingToPrune
            or DiagnosticCodes.SparsityMissed or DiagnosticCodes.PrunedTooFar => "Sparsity",
        DiagnosticCodes.LowRankMissed or DiagnosticCodes.NothingToFactorize => "LowRank",
        DiagnosticCodes.ClustersLost => "Clusters",
        DiagnosticCodes.LabelFile => "Labels",
        _ => "Include",
    };
}
