namespace ModelBuild.OnnxSuite;

/// <summary>Totals.</summary>
internal static class Summary
{
    public static void Write(TextWriter writer, string engine, IReadOnlyCollection<Verdict> verdicts) => writer.WriteLine(
        $"{engine}: {string.Join(", ", Enum.GetValues<VerdictKind>().Select(k => $"{verdicts.Count(v => v.Kind == k)} {Text(k)}"))}");

    public static string Text(VerdictKind kind) => kind switch
    {
        VerdictKind.Passed => "passed",
        VerdictKind.Failed => "failed",
        _ => "not supported",
    };
}
