using ModelBuild.Compiler;
using ModelBuild.TestSupport;

namespace ModelBuild.OnnxSuite;

/// <summary>Runs cases through ModelBuild: model, plan, C#, assembly, call.</summary>
internal static class ModelBuildRunner
{
    /// <summary>So many share an assembly: compiling C# costs more than running it.</summary>
    private const int CasesInAGroup = 40;

    public static Dictionary<string, Verdict> Run(IReadOnlyList<SuiteCase> cases, Action<SuiteCase, Verdict> report)
    {
        var verdicts = new Dictionary<string, Verdict>(StringComparer.Ordinal);
        foreach (SuiteCase[] group in cases.Chunk(CasesInAGroup))
        {
            var compiled = new List<(SuiteCase Case, CompileResult Result)>();
            foreach (SuiteCase test in group)
            {
                try
                {
                    compiled.Add((test, Compile(test)));
                }
                catch (CompilationException e)
                {
                    verdicts[test.Name] = new Verdict(
                        e.Findings[0].Code == "MODELB9002" ? VerdictKind.Failed : VerdictKind.NotSupported,
                        $"{e.Findings[0].Code} {e.Findings[0].Message}");
                }
                catch (Exception e)
                {
                    verdicts[test.Name] =
                        new Verdict(VerdictKind.Failed, $"{e.GetType().Name} while compiling: {e.Message} {e.StackTrace}");
                }
            }

            RunGroup(compiled, verdicts);
            foreach (SuiteCase test in group)
            {
                report(test, verdicts[test.Name]);
            }
        }

        return verdicts;
    }

    private static void RunGroup(List<(SuiteCase Case, CompileResult Result)> compiled, Dictionary<string, Verdict> verdicts)
    {
        GeneratedModels models;
        try
        {
            models = GeneratedModels.Build([.. compiled.Select(c => c.Result)]);
        }
        catch (Exception e) when (compiled.Count > 1)
        {
            // One of them does not compile: which, only each by itself can say.
            _ = e;
            compiled.ForEach(c => RunGroup([c], verdicts));
            return;
        }
        catch (Exception e)
        {
            verdicts[compiled[0].Case.Name] =
                new Verdict(VerdictKind.Failed, $"C# does not compile: {e.Message[..Math.Min(e.Message.Length, 2000)]}");
            return;
        }

        foreach ((SuiteCase test, CompileResult result) in compiled)
        {
            verdicts[test.Name] = Check(test, models);
            result.Dispose();
        }
    }

    private static Verdict Check(SuiteCase test, GeneratedModels models)
    {
        try
        {
            foreach (string set in test.Sets)
            {
                if (test.Compare(set, models.Predict(Class(test), test.Inputs(set))) is { } difference)
                {
                    return new Verdict(VerdictKind.Failed, difference);
                }
            }

            return new Verdict(VerdictKind.Passed);
        }
        catch (NotSupportedException e)
        {
            return new Verdict(VerdictKind.NotSupported, e.Message);
        }
        catch (Exception e)
        {
            return new Verdict(VerdictKind.Failed, $"{e.GetType().Name}: {e.Message} {e.StackTrace}");
        }
    }

    private static CompileResult Compile(SuiteCase test) => ModelCompiler.Compile(new CompileOptions
    {
        ModelPath = test.ModelPath,
        Mode = ModelMode.Fp32,
        ClassName = Class(test),
        Namespace = "Suite",
        ResourceName = test.Name + ".weights",
    });

    private static string Class(SuiteCase test) => "C_" + test.Name.Replace('-', '_').Replace('.', '_');
}
