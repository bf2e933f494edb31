using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Execution;

public sealed class StepBinderTests
{
    [Fact]
    public void Bind_StepsThatDifferInDataOnly_ShareOneCall()
    {
        var network = new TestGraph();
        Value x = network.Input(8);
        for (int layer = 0; layer < 10; layer++)
        {
            x = network.Node("Relu", network.Gemm(x, 8 + layer));
        }

        ExecutionPlan plan = PlanOf(network.Finish(x));
        var binder = new StepBinder(plan);

        Assert.Equal(10, plan.Steps.Count);
        Assert.Single(plan.Steps.Select(s => binder.Bind(s).Call).Distinct());
    }

    [Fact]
    public void Bind_UnknownParameter_NamesTheCall()
    {
        ExecutionPlan plan = PlanOf(Softmax());
        PlanCall call = plan.Steps[0].Call;
        PlanCall changed = call with { Arguments = new([.. call.Arguments, new PlanNamedArgument("speed", new FloatArgument(1))]) };

        var error = Assert.Throws<InvalidOperationException>(() => new StepBinder(plan).Bind(plan.Steps[0] with { Call = changed }));

        Assert.Contains($"'{call.Target}(", error.Message, StringComparison.Ordinal);
        Assert.Contains("speed", error.Message, StringComparison.Ordinal);
    }

    private static Graph Softmax()
    {
        var network = new TestGraph();
        return network.Finish(network.Node("Softmax", network.Input(8)));
    }

    private static ExecutionPlan PlanOf(Graph graph)
    {
        LoweringPasses.Run(graph, TestGraph.Context());
        var header =
            new PlanHeader(new PlanClass("public", "N", "C"), new PlanSource("f.onnx", "00", 18, string.Empty), "fp32", "r", 0, ["batch"]);
        return PlanBuilder.Build(graph, header).Plan;
    }
}
