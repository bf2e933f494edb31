using ModelBuild.Compiler;

namespace ModelBuild.TestSupport;

/// <summary>Modes to try things in.</summary>
internal static class Modes
{
    /// <summary>One for each way of storing and computing: auto is int8 with some of it in float, and has tests of its own.</summary>
    public static IReadOnlyList<ModelMode> All { get; } = [.. Enum.GetValues<ModelMode>().Where(mode => mode != ModelMode.Auto)];
}
