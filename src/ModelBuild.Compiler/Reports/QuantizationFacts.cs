using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Reports;

/// <summary>What is known of a model that was quantized from samples.</summary>
/// <param name="Floats">The model in float, as it was quantized.</param>
/// <param name="Activations">The tensors that codes were chosen for.</param>
internal sealed record QuantizationFacts(Graph Floats, IReadOnlyList<ReportActivation> Activations);
