using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// ONNX's own test cases for single operators, from the file to the generated class. Which of them are refused, and with what, stands in
/// <c>tests/assets/vectors/refused.txt</c>: no case changes sides unnoticed.
/// </summary>
public sealed class NodeVectorRoadTests : IDisposable
{
    /// <summary>So many share an assembly: compiling C# costs more than running it.</summary>
    private const int CasesInAGroup = 40;

    private static readonly Dictionary<string, string> s_refused = File.ReadLines(Repository.Asset("vectors", "refused.txt"))
        .Select(line => line.Split(' ')).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);

    private readonly TemporaryFolder _files = new();

    public static TheoryData<int, ModelMode> Rows
    {
        get
        {
            var rows = new TheoryData<int, ModelMode>();
            for (int group = 0; group * CasesInAGroup < NodeVectors.Cases.Count; group++)
            {
                rows.Add(group, ModelMode.Fp32);
                rows.Add(group, ModelMode.Fp16);
            }

            return rows;
        }
    }

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public void Predict_OnnxTestCases_GivesTheirOutputs(int group, ModelMode mode)
    {
        var failures = new List<string>();
        var compiled = new List<(string Case, string[] Sets, CompileResult Result)>();
        foreach (string name in NodeVectors.Cases.Keys.Order(StringComparer.Ordinal).Skip(group * CasesInAGroup).Take(CasesInAGroup))
        {
            try
            {
                compiled.Add(Compile(name, mode));
                if (s_refused.TryGetValue(name, out string? code))
                {
                    failures.Add($"{name}: compiles now, and stands as refused with {code}.");
                }
            }
            catch (CompilationException e)
            {
                if (e.Findings[0].Code != s_refused.GetValueOrDefault(name))
                {
                    failures.Add($"{name}: {e.Message}");
                }
            }
        }

        GeneratedModels models = GeneratedModels.Build([.. compiled.Select(c => c.Result)]);
        foreach ((string name, string[] sets, CompileResult result) in compiled)
        {
            foreach (string set in sets)
            {
                try
                {
                    Check(name, set, mode, models);
                }
                catch (Exception e) when (e is Xunit.Sdk.XunitException or ArgumentException or InvalidOperationException
                    or CheckFailedException)
                {
                    failures.Add($"{name}/{set}: {e.Message}");
                }
            }

            result.Dispose();
        }

        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    private static void Check(string name, string set, ModelMode mode, GeneratedModels models)
    {
        Dictionary<string, byte[]> files = NodeVectors.Cases[name];
        GraphMessage graph = ModelMessage.Read(files["model.onnx"]).Graph!;
        Dictionary<string, Tensor> inputs = graph.Inputs
            .Select((v, i) => (v.Name, Tensor: BackendFiles.ReadTensor(files[$"{set}/input_{i}.pb"])))
            .ToDictionary(p => p.Name, p => p.Tensor);
        Dictionary<string, Tensor> actual = models.Predict(Class(name), inputs);
        models.CheckGuarded(Class(name), inputs, actual);
        (double relative, double absolute) = BackendFiles.ReadTolerance(files["tolerance.txt"]);
        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            Tensor expected = BackendFiles.ReadTensor(files[$"{set}/output_{i}.pb"]);
            if (expected.Type is DataType.Float16 or DataType.BFloat16)
            {
                // Computed in float32. .NET has no bfloat16, so that classes give float in its place, without the last rounding.
                bool isHalf = expected.Type == DataType.Float16;
                double bound = isHalf ? 1e-3 : 1e-2;
                TensorAssert.Close(
                    isHalf ? expected : expected.ConvertTo(DataType.Float32), actual[graph.Outputs[i].Name], bound, bound * 1e-3);
                continue;
            }

            // Without constants there is nothing that halves could change.
            double more = mode == ModelMode.Fp16 && graph.Initializers.Count > 0 ? 10 : 1;
            TensorAssert.Close(expected, actual[graph.Outputs[i].Name], relative * more, absolute * more);
        }
    }

    /// <summary>
    /// Compiles a case; where that is refused, with all inputs but the first as constants: the cases pass shapes, axes and bounds as
    /// inputs, which networks have as constants.
    /// </summary>
    private (string Case, string[] Sets, CompileResult Result) Compile(string name, ModelMode mode)
    {
        string[] sets = [.. NodeVectors.Sets(name)];
        byte[] model = NodeVectors.Cases[name]["model.onnx"];
        try
        {
            return (name, sets, Compile(name, model, mode));
        }
        catch (CompilationException) when (ModelMessage.Read(model).Graph!.Inputs is { Count: > 1 } inputs)
        {
            byte[] bound = NodeVectors.WithConstants(name, sets[0], inputs.Select((v, i) => (v.Name, i)).Skip(1));
            return (name, sets[..1], Compile(name, bound, mode));
        }
    }

    private CompileResult Compile(string name, byte[] model, ModelMode mode) => ModelCompiler.Compile(new CompileOptions
    {
        ModelPath = _files.Write(name + ".onnx", model),
        Mode = mode,
        ClassName = Class(name),
        Namespace = "Vectors",
        ResourceName = name + ".weights",
    });

    private static string Class(string name) => "C_" + name;
}
