using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>A rewrite of the graph that keeps its meaning. One idea, one file.</summary>
internal interface IPass
{
    /// <summary>
    /// True for a pass that brings operators into a form that has kernels; the others make the model smaller or faster, and a plan does
    /// without them where it is to be compared with (<see cref="PassContext.IsPlain"/>).
    /// </summary>
    bool IsRequired => false;

    /// <summary>Says whether it changed anything.</summary>
    bool Run(Graph graph, PassContext context);
}

/// <summary>What passes share.</summary>
/// <param name="Inference">Gives new nodes their shapes.</param>
/// <param name="Findings">Where warnings go.</param>
/// <param name="Cancellation">Looked at between passes, and inside long ones.</param>
internal sealed record PassContext(Operators.InferenceContext Inference, List<Finding> Findings, CancellationToken Cancellation)
{
    /// <summary>Writes down what passes do; null where nobody asked.</summary>
    public PassTrace? Trace { get; init; }

    /// <summary>True to leave out every pass that is not required, and every fusion: for a plan that others are compared with.</summary>
    public bool IsPlain { get; init; }

    /// <summary>True to compute in float64 what the model has in float64; false to compute all of it in float32.</summary>
    public bool KeepsFloat64 { get; init; }

    /// <summary>Runs a pass on a graph and on those inside it, if it is to run, and looks at what it has changed.</summary>
    /// <returns>Whether it has changed anything.</returns>
    /// <exception cref="InvalidOperationException">The pass has left the graph inconsistent.</exception>
    public bool Apply(IPass pass, Graph graph)
    {
        Cancellation.ThrowIfCancellationRequested();
        bool isWanted = pass.IsRequired || !(IsPlain || Trace is { IsOver: true });
        if (!isWanted || !Run(pass, graph))
        {
            return false;
        }

        Trace?.Write(pass, graph);
        return true;
    }

    private bool Run(IPass pass, Graph graph)
    {
        bool changed = pass.Run(graph, this);
        if (changed)
        {
            graph.RemoveDead();
            GraphVerifier.Verify(graph, pass.GetType().Name);
        }

        foreach (Graph body in graph.Nodes.Where(n => n.IsControlFlow).SelectMany(n => n.Bodies))
        {
            changed |= (this with { Inference = Inference.Inside(body) }).Run(pass, body);
        }

        return changed;
    }
}
