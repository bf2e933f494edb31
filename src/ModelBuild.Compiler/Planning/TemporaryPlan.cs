using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Planning;

/// <summary>A plan that is made to be looked at and dropped. Its weights are gone before anything else takes memory.</summary>
internal static class TemporaryPlan
{
    /// <param name="make">Makes the plan.</param>
    /// <param name="use">Must not keep it.</param>
    public static T Use<T>(Func<CompiledPlan> make, Func<CompiledPlan, T> use)
    {
        (T result, long bytes) = MakeAndUse();
        LargeGarbage.Add(bytes);
        return result;

        // A method of its own: where code is not optimized yet, what a method has ever referred to lives until it returns.
        (T Result, long Bytes) MakeAndUse()
        {
            CompiledPlan plan = make();
            return (use(plan), plan.Weights.Length);
        }
    }
}
