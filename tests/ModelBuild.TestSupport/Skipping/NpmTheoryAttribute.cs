namespace ModelBuild.TestSupport;

/// <summary>A theory on <see cref="NpmModels"/>: its first argument is the name of one of them.</summary>
internal sealed class NpmTheoryAttribute : SkippingTheoryAttribute
{
    public override string? ReasonToSkip(object?[] row) => NpmModels.Missing((string)row[0]!);
}
