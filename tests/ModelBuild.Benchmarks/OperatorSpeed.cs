using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>
/// Every operator, generated and compiled as an application has it, beside ONNX Runtime on the same file: in turns, on one thread.
/// </summary>
internal static class OperatorSpeed
{
    private static readonly Duel.Rules s_rules = new(Blocks: 40, BlockMicroseconds: 1000, WarmUp: TimeSpan.FromSeconds(1));
    private static readonly Dictionary<string, long> s_noSymbols = [];

    /// <summary>Writes the table as Markdown.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="filter">A part of the names wanted.</param>
    public static void Write(TextWriter output, string filter)
    {
        output.WriteLine($"| operator | µs | ONNX Runtime {OrtSession.Version}, µs | times faster |");
        output.WriteLine("|---|---|---|---|");
        var ratios = new List<double>();
        foreach ((string name, byte[] file) in OperatorModels.All.Where(m => m.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            Duel duel;
            try
            {
                duel = Fight(file);
            }
            catch (Exception e) when (e is CompilationException or OnnxRuntimeException)
            {
                output.WriteLine($"| {name} | {e.Message} | | |");
                continue;
            }

            ratios.Add(duel.Ratio.Median);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {duel.Left.Microseconds:F1} | {duel.Right.Microseconds:F1} | {duel.Ratio.Median:F2} |"));
        }

        output.WriteLine();
        output.WriteLine($"{ratios.Count} operators; {ratios.Count(r => r < 0.5)} slower than half the speed of ONNX Runtime, "
            + $"{ratios.Count(r => r >= 1)} as fast or faster.");
    }

    private static Duel Fight(byte[] file)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("operator.onnx", file);
        using CompileResult compiled = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = path,
            Mode = ModelMode.Fp32,
            ClassName = "Measured",
            Namespace = "Operators",
            ResourceName = "operator.weights",
        });
        GeneratedModels models = GeneratedModels.Build(compiled);
        ExecutionPlan plan = PlanReader.Read(compiled.Plan);
        var random = new Random(1);
        Dictionary<string, Tensor> inputs = plan.Inputs.ToDictionary(
            p => p.Name,
            p => Random(random, plan.Tensors[p.Tensor].Type, [.. plan.Tensors[p.Tensor].Shape.Select(d => d.Evaluate(s_noSymbols))]));
        using var session = new OrtSession(file, exact: false);
        return Duel.Fight(models.Bind(plan.Class.Name, inputs), session.Bind(inputs), s_rules);
    }

    /// <summary>Numbers between −1 and 1; whole numbers that are valid as indices of all that the models index.</summary>
    private static Tensor Random(Random random, PlanType type, long[] shape)
    {
        int length = (int)shape.Aggregate(1L, (a, b) => a * b);
        Tensor numbers = type is PlanType.F32 or PlanType.F64 or PlanType.F16
            ? Tensor.Of([.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 2) - 1)], shape)
            : Tensor.Of([.. Enumerable.Range(0, length).Select(_ => (float)random.Next(type == PlanType.Bool ? 2 : 16))], shape);
        return numbers.ConvertTo(type.ToDataType());
    }
}
