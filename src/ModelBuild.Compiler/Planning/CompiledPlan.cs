using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>A plan and the constants that it refers to.</summary>
internal sealed record CompiledPlan(ExecutionPlan Plan, PackedWeights Weights)
{
    /// <summary>Multiply-accumulates of each step, in the order of <see cref="ExecutionPlan.AllSteps"/>.</summary>
    public IReadOnlyList<Dimension> StepMacs { get; init; } = [];

    /// <summary>
    /// Bytes that steps need at the same time, with 1 for every symbol: what the arena cannot be smaller than. What only the run finds the
    /// size of is not counted.
    /// </summary>
    public long LargestLiveSet { get; init; }

    /// <summary>The same plan with weights that are stored compressed, or as they are.</summary>
    public CompiledPlan With(bool compress)
    {
        PackedWeights weights = Weights.With(compress);
        return this with
        {
            Weights = weights,
            Plan = Plan with
            {
                Weights = Plan.Weights is null ? null : Plan.Weights with { Length = weights.Length, Sha256 = weights.Sha256 },
                Constants = new EquatableArray<PlanConstant>(weights.Layout()),
            },
        };
    }

    /// <summary>Why steps run in float inside an integer model, by their names.</summary>
    public IReadOnlyDictionary<string, string> FloatReasons { get; init; } = new Dictionary<string, string>();
}
