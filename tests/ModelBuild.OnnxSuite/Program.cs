using ModelBuild.OnnxSuite;

// ONNX's backend tests: every folder with a model.onnx and test_data_set_* folders beside it, through the whole road.
string[] folders = [.. args.Where(a => !a.StartsWith("--", StringComparison.Ordinal))];
bool both = args.Contains("--onnxruntime");
string? filter = args.FirstOrDefault(a => a.StartsWith("--filter=", StringComparison.Ordinal))?["--filter=".Length..];
if (folders.Length == 0)
{
    Console.Error.WriteLine(
        """
        Usage: ModelBuild.OnnxSuite FOLDER… [--filter=TEXT] [--onnxruntime]

        Runs ONNX's own backend tests (node, simple, pytorch-operator, pytorch-converted, real) from folders that hold model.onnx and
        test_data_set_N/input_K.pb, output_K.pb: compiled in mode fp32 to C#, compiled, and run. --onnxruntime runs ONNX Runtime too.
        """);
    return 2;
}

SuiteCase[] cases =
[
    .. folders.SelectMany(SuiteCase.Find).Where(c => filter is null || c.Name.Contains(filter, StringComparison.Ordinal)),
];
Dictionary<string, Verdict> ours = ModelBuildRunner.Run(cases, Report);
Dictionary<string, Verdict> theirs = both ? OnnxRuntimeRunner.Run(cases) : [];
Console.WriteLine();
Summary.Write(Console.Out, "ModelBuild", ours.Values);
if (both)
{
    Summary.Write(Console.Out, "ONNX Runtime", theirs.Values);
    foreach (SuiteCase test in cases.Where(c => theirs[c.Name].Kind == VerdictKind.Passed && ours[c.Name].Kind != VerdictKind.Passed))
    {
        Console.WriteLine($"only ONNX Runtime passes {test.Name}");
    }
}

return ours.Values.Any(v => v.Kind == VerdictKind.Failed) ? 1 : 0;

static void Report(SuiteCase test, Verdict verdict) => Console.WriteLine($"{Summary.Text(verdict.Kind)} {test.Name}{verdict.Suffix}");
