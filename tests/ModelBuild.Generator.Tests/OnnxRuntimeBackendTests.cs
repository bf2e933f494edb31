using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using ModelBuild.Generator.Emit;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

/// <summary>Classes over ONNX Runtime.</summary>
public sealed class OnnxRuntimeBackendTests
{
    /// <summary>The plans of both say the same of ports, so that a caller does not see who runs the model.</summary>
    [Theory]
    [InlineData("LeNet", LanguageVersion.CSharp13)]
    [InlineData("LeNet", LanguageVersion.CSharp10)]
    [InlineData("Encoder", LanguageVersion.CSharp13)]
    [InlineData("Awkward", LanguageVersion.CSharp13)]
    [InlineData("Decoder", LanguageVersion.CSharp13)]
    public void Emit_SamePorts_HasTheSurfaceOfTheManagedClass(string name, LanguageVersion language)
    {
        ExecutionPlan managed = TestPlans.Read(name);
        Assert.Equal(Surface(managed, language), Surface(ForOnnxRuntime(managed), language));
    }

    [Fact]
    public void Emit_CompletePlan_CallsNoKernel()
    {
        string text = ModelEmitter.Emit(ForOnnxRuntime(TestPlans.Read("LeNet")), "1.2.3.4");

        Assert.DoesNotContain("Kernels", text, StringComparison.Ordinal);
        Assert.Contains("OrtApi::InferenceSession", text, StringComparison.Ordinal);
    }

    /// <summary>What the run has found out is compared with what the class says, of each output that depends on it.</summary>
    [Fact]
    public void Emit_OutputsOfSizesThatDataDecides_AreCheckedOneByOne()
    {
        ExecutionPlan plan = ForOnnxRuntime(TestPlans.Read("Decoder"));

        string text = ModelEmitter.Emit(plan, "1.2.3.4");

        string[] outputs = [.. plan.Outputs.Where(o => plan.Tensors[o.Tensor].Shape.Any(d => d.Symbols.Any(plan.BoundSymbols.Contains)))
            .Select(o => o.Name)];
        Assert.Equal(["result", "scores"], outputs);
        Assert.Equal(
            outputs,
            System.Text.RegularExpressions.Regex.Matches(text, @"EngineModel\.CheckShape\(.*""(\w+)""\);").Select(m => m.Groups[1].Value));
    }

    /// <summary>A project may configure the session before its models were ever built.</summary>
    [Fact]
    public void Emit_OutlineForTheEditor_HasTheHook()
    {
        ExecutionPlan outline = ForOnnxRuntime(TestPlans.Read("LeNet")) with { Weights = null };
        CSharpCompilation project = Compilations.Create(
            ModelEmitter.Emit(outline, "1.2.3.4"),
            $"namespace {outline.Class.Namespace}; partial class {outline.Class.Name} {{ "
                + "static partial void ConfigureSession(Microsoft.ML.OnnxRuntime.SessionOptions options) => "
                + "options.IntraOpNumThreads = 1; }");

        Assert.NotEmpty(Compilations.Emit(project));
    }

    [Theory]
    [InlineData("backend onnxruntime", "backend tensorflow")]
    [InlineData("end\n", "step \"s\" \"d\"\n  call K.M\nend\n")]
    public void Read_WrongPlan_IsRefused(string old, string @new) =>
        Assert.Throws<FormatException>(() => PlanReader.Read(TestPlans.Text("Ranker").Replace(old, @new, StringComparison.Ordinal)));

    [Fact]
    public void Find_SizeThatNoOutputTells_IsNull()
    {
        Dimension half = Dimension.Symbol("count").FloorDivide(2);
        Assert.Null(ResultSize.Find(["count"], [new([half])]));
        Assert.Null(ResultSize.Find(["count"], [new([(Dimension.Symbol("count") + 1).FloorDivide(2)])]));
        Assert.NotNull(ResultSize.Find(["count"], [new([half]), new([3 * Dimension.Symbol("count")])]));
    }

    private static ExecutionPlan ForOnnxRuntime(ExecutionPlan plan)
    {
        var read = new HashSet<string>(plan.Outputs.SelectMany(o => plan.Tensors[o.Tensor].Shape).SelectMany(d => d.Symbols));
        return PlanReader.Read(PlanWriter.Write(plan with
        {
            Backend = PlanBackend.OnnxRuntime,
            BoundSymbols = new(plan.BoundSymbols.Where(read.Contains)),
            Slice = null,
            Arena = Dimension.Zero,
            Inputs = new(plan.Inputs.Select((p, i) => p with { Tensor = i })),
            Outputs = new(plan.Outputs.Select((p, i) => p with { Tensor = plan.Inputs.Count + i })),
            Tensors = new(plan.Inputs.Concat(plan.Outputs).Select(p => plan.Tensors[p.Tensor])),
            Constants = EquatableArray<PlanConstant>.Empty,
            Steps = EquatableArray<PlanStep>.Empty,
        }));
    }

    /// <summary>All that a project can name, as text.</summary>
    private static string[] Surface(ExecutionPlan plan, LanguageVersion language)
    {
        CSharpCompilation compilation = Compilations.Create(
            Compilations.ParseOptions.WithLanguageVersion(language),
            ModelEmitter.Emit(plan, "1.2.3.4", language >= LanguageVersion.CSharp13));
        Compilations.Emit(compilation);
        string name = plan.Class.Namespace.Length == 0 ? plan.Class.Name : $"{plan.Class.Namespace}.{plan.Class.Name}";
        return [.. Public(compilation.GetTypeByMetadataName(name)!)];
    }

    private static IEnumerable<string> Public(INamedTypeSymbol type) => type.GetMembers()
        .Where(m => m.DeclaredAccessibility == Accessibility.Public)
        .SelectMany(m => m is INamedTypeSymbol inner ? Public(inner) : [m.ToDisplayString() + (m as IFieldSymbol)?.ConstantValue]);
}
