using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>A rewrite of the graph that keeps its meaning. One idea, one file.</summary>
internal interface IPass
{
    /// <summary>Says whether it changed anything.</summary>
    bool Run(Graph graph, PassContext context);
}

/// <summary>What passes share.</summary>
/// <param name="Inference">Gives new nodes their shapes.</param>
/// <param name="Findings">Where warnings go.</param>
/// <param name="Cancellation">Looked at between passes, and inside long ones.</param>
internal sealed record PassContext(Operators.InferenceContext Inference, List<Finding> Findings, CancellationToken Cancellation);
