namespace ModelBuild.TestSupport;

/// <summary>A theory on files of the <see cref="SharedFolder"/>: its first argument is a path in there.</summary>
internal sealed class SharedTheoryAttribute : SkippingTheoryAttribute
{
    public override string? ReasonToSkip(object?[] row) => SharedFolder.Missing((string)row[0]!);
}
