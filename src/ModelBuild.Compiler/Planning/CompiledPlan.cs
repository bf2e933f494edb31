using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>A plan and the constants that it refers to.</summary>
internal sealed record CompiledPlan(ExecutionPlan Plan, PackedWeights Weights)
{
    /// <summary>Multiply-accumulates of each step, in the order of <see cref="ExecutionPlan.AllSteps"/>.</summary>
    public IReadOnlyList<Dimension> StepMacs { get; init; } = [];

    /// <summary>Why steps run in float inside an integer model, by their names.</summary>
    public IReadOnlyDictionary<string, string> FloatReasons { get; init; } = new Dictionary<string, string>();
}
