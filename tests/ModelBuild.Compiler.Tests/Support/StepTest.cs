using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Support;

/// <summary>
/// What step writers make of a graph as it stands, without passes: through plan and kernels, against the operators' meaning.
/// </summary>
internal static class StepTest
{
    /// <summary>Runs both and compares; the numbers of the inputs stand for the graph's symbols.</summary>
    public static void Compare(Graph graph, IReadOnlyDictionary<string, Tensor> inputs, double relative = 0, double absolute = 0)
    {
        Tensor[] expected = ReferenceEvaluator.Run(graph, inputs);
        Dictionary<string, Tensor> actual = new Interpreter(Build(graph)).Run(inputs);
        for (int i = 0; i < expected.Length; i++)
        {
            TensorAssert.Close(expected[i], actual[graph.Outputs[i].Name], relative, absolute);
        }
    }

    /// <summary>The outputs by name.</summary>
    public static Dictionary<string, Tensor> Run(Graph graph, IReadOnlyDictionary<string, Tensor> inputs) =>
        new Interpreter(Build(graph)).Run(inputs);

    private static CompiledPlan Build(Graph graph) => PlanBuilder.Build(graph, new PlanHeader(
        new PlanClass("public", "Tests", "Model"),
        new PlanSource("model.onnx", new string('0', 64), 18, string.Empty),
        "fp32",
        "Tests.Model.weights",
        0,
        [.. graph.Inputs.SelectMany(i => i.KnownShape).SelectMany(d => d.Symbols).Distinct(StringComparer.Ordinal)]));
}
