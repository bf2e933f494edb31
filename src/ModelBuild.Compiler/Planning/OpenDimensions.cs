using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>What is said of a model whose sizes only the run knows.</summary>
internal static class OpenDimensions
{
    /// <summary>The value of an expression with 1 for every symbol: one sample, one token.</summary>
    public static long AtOne(Dimension value) =>
        value.Evaluate(value.Symbols.Distinct(StringComparer.Ordinal).ToDictionary(s => s, _ => 1L, StringComparer.Ordinal));
}
