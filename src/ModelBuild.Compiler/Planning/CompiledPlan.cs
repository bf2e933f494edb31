using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>A plan and the constants that it refers to.</summary>
internal sealed record CompiledPlan(ExecutionPlan Plan, PackedWeights Weights)
{
    /// <summary>Multiply-accumulates of each step, in the order of <see cref="ExecutionPlan.AllSteps"/>.</summary>
    public IReadOnlyList<Dimension> StepMacs { get; init; } = [];
}
