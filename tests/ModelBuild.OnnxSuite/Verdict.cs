namespace ModelBuild.OnnxSuite;

/// <summary>What came of a test case.</summary>
internal enum VerdictKind
{
    Passed,
    Failed,
    NotSupported,
}

/// <summary>What came of a test case, and why where it is not that it passed.</summary>
internal sealed record Verdict(VerdictKind Kind, string Reason = "")
{
    /// <summary>The reason behind a name, on one line.</summary>
    public string Suffix => Reason.Length == 0 ? string.Empty : ": " + Reason.ReplaceLineEndings(" ");
}
