using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace ModelBuild.Tasks;

/// <summary>What the compiler says while it works, in the build's log. The log gives each line its time.</summary>
internal sealed class BuildProgress(TaskLoggingHelper log, string model) : IProgress<string>
{
    public void Report(string value) => log.LogMessage(MessageImportance.Normal, "  {0}: {1}", model, value);
}
