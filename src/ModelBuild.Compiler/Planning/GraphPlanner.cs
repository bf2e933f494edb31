using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Planning;

/// <summary>From a graph in its mode's numbers to a plan: lowering, then what the plan builder makes of it.</summary>
internal static class GraphPlanner
{
    /// <summary>Uses the graph up.</summary>
    /// <param name="storage">How float weights are stored where that loses nothing.</param>
    public static CompiledPlan Plan(
        Graph graph, PlanHeader header, PassContext context, WeightStorage storage = WeightStorage.Plain)
    {
        LoweringPasses.Run(graph, context);
        return PlanBuilder.Build(graph, header, storage);
    }

    /// <summary>A plan of integers, which says what is left of floats inside. Uses the graph up.</summary>
    /// <param name="isFloat">Nodes that are to compute in float.</param>
    public static CompiledPlan PlanIntegers(Graph graph, PlanHeader header, PassContext context, Func<Node, bool>? isFloat = null)
    {
        LoweringPasses.Run(graph, context);
        FloatIslands.Report(graph, context, isFloat);
        IReadOnlyDictionary<string, string> reasons = FloatIslands.Reasons(graph);
        return PlanBuilder.Build(graph, header, WeightStorage.Codes) with { FloatReasons = reasons };
    }

    /// <summary>A plan of the same graph without fusions, that another plan is compared with. Uses the graph up.</summary>
    public static CompiledPlan PlanPlain(Graph graph, PlanHeader header, PassContext context)
    {
        PassContext required = context with { IsPlain = true, Findings = [], Trace = null };
        PortablePasses.Run(graph, required);
        return Plan(graph, header, required);
    }
}
