using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Support;

/// <summary>A graph lowered to a plan without files: what the kernels make of it, and what its operators mean.</summary>
internal static class LoweredGraph
{
    public static Graph Lower(Graph graph)
    {
        Graph lowered = graph.Clone();
        LoweringPasses.Run(lowered, TestGraph.Context());
        return lowered;
    }

    public static CompiledPlan Plan(Graph graph) => PlanBuilder.Build(Lower(graph), new PlanHeader(
        new PlanClass(
            "public", "Tests", "Model"), new PlanSource("model.onnx", new string('0', 64), 18, string.Empty), "int8", "Tests.Model.weights",
            0,
        [.. graph.Inputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols).Distinct()]));

    /// <summary>The first output as the kernels compute it.</summary>
    public static Tensor Run(Graph graph, IReadOnlyDictionary<string, Tensor> inputs) =>
        new Interpreter(Plan(graph)).Run(inputs)[graph.Outputs[0].Name];

    /// <summary>The largest difference between what the kernels compute and what the operators mean, in any output.</summary>
    public static double LargestError(Graph graph, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor> actual = new Interpreter(Plan(graph)).Run(inputs);
        Tensor[] expected = ReferenceEvaluator.Run(graph, inputs);
        return expected.Select((e, i) => e.ToDoubles().Zip(actual[graph.Outputs[i].Name].ToDoubles(), (a, b) => Math.Abs(a - b)).Max())
            .Max();
    }
}
