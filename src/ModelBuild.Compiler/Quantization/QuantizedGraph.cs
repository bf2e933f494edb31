using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// A graph in its mode's numbers, and how to make a plan of it: what the plan has to compute is found out before it takes memory.
/// </summary>
/// <param name="Portable">In ONNX's operators.</param>
/// <param name="Lower">Makes the plan.</param>
internal sealed record QuantizedGraph(Graph Portable, Func<CompiledPlan> Lower)
{
    /// <summary>Nodes that say what stored codes stand for: kernels read that, not the codes.</summary>
    public IReadOnlySet<string> Stored { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>How near the plan is to the float model; null where that was not measured on the way.</summary>
    public ModelQuality? Quality { get; init; }

    /// <summary>What loses most by its codes, to be looked at where a budget is missed.</summary>
    public Func<IReadOnlyList<(string Tensor, double Sqnr)>> Worst { get; init; } = () => [];

    /// <summary>What a report says of the codes; null where none were chosen from samples. Takes time.</summary>
    public Func<QuantizationFacts>? Facts { get; init; }

    /// <summary>For people: what was decided on the way.</summary>
    public string? Note { get; init; }
}
