using Microsoft.Build.Framework;
using ModelBuild.Compiler;

namespace ModelBuild.Tasks;

/// <summary>
/// Says again what there is to say about models that need no compiling: a warning that only the first build shows is soon forgotten, and a
/// model is compiled once for many builds. What concerns the item is looked at anew, since the project may have changed in what the model
/// does not depend on.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class ReportModelWarnings : ModelTask
{
    /// <inheritdoc/>
    public override bool Execute()
    {
        var log = new FindingLog(Log, HelpDirectory);
        foreach (ModelItem model in ToModels(Models))
        {
            IReadOnlyList<ItemWarning> warnings = ItemWarnings.Find(model);
            IReadOnlyList<Finding> findings = WarningsFile.ReadOfCompiler(model.WarningsFile);
            log.Report(model, warnings);
            log.Report(model, findings);
            WarningsFile.Write(model.WarningsFile, warnings, findings);
        }

        return !Log.HasLoggedErrors;
    }
}
