using ModelBuild.TestSupport;

namespace ModelBuild.OnnxSuite;

/// <summary>Runs the same cases in ONNX Runtime, for comparison.</summary>
internal static class OnnxRuntimeRunner
{
    public static Dictionary<string, Verdict> Run(IReadOnlyList<SuiteCase> cases) =>
        cases.ToDictionary(c => c.Name, Check, StringComparer.Ordinal);

    private static Verdict Check(SuiteCase test)
    {
        try
        {
            using var session = new OrtSession(File.ReadAllBytes(test.ModelPath), optimize: false);
            foreach (string set in test.Sets)
            {
                if (test.Compare(set, session.Run(test.Inputs(set))) is { } difference)
                {
                    return new Verdict(VerdictKind.Failed, difference);
                }
            }

            return new Verdict(VerdictKind.Passed);
        }
        catch (Exception e)
        {
            return new Verdict(VerdictKind.NotSupported, e.Message);
        }
    }
}
