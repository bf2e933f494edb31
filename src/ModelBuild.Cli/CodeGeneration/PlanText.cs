using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace ModelBuild.Cli.CodeGeneration;

/// <summary>A plan in memory, as the generator takes it.</summary>
internal sealed class PlanText(string text) : AdditionalText
{
    /// <inheritdoc/>
    public override string Path => "model.plan";

    /// <inheritdoc/>
    public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
}
