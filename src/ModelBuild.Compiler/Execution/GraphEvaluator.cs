using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// The meaning of a graph of ONNX operators: runs it node by node through <see cref="Operator.Evaluate"/>, by the plainest means and
/// without kernels. What plans are validated against.
/// </summary>
internal sealed class GraphEvaluator
{
    private readonly Graph _graph;
    private readonly IReadOnlyDictionary<string, Tensor> _inputs;

    /// <param name="graph">Is copied; its inputs get the shapes of the tensors that are given.</param>
    /// <param name="inputs">By name; their dimensions stand for the graph's symbols.</param>
    /// <exception cref="CompilationException">A shape does not fit the graph.</exception>
    public GraphEvaluator(Graph graph, IReadOnlyDictionary<string, Tensor> inputs, InferenceContext context)
    {
        _graph = graph.Clone();
        foreach (Value input in _graph.Inputs)
        {
            input.Shape = inputs[input.Name].Shape;
        }

        // What has to be equal here is so for these numbers, and nothing that each run is to compare. What follows from sizes in general
        // may not be seen to follow where some are numbers already.
        InferenceContext numbers = context with { Assumptions = null, NewSymbol = Dimension.Found };
        foreach (Node node in _graph.Nodes)
        {
            numbers.Infer(node);
        }

        _inputs = inputs;
    }

    /// <summary>Multiplications, roughly; a moved element counts as one.</summary>
    public double Work => _graph.Nodes.Sum(node =>
        OperatorRegistry.Find(node) is { } definition
            && node.Outputs.FirstOrDefault(o => o is not null)?.Shape is { IsConstant: true } shape
        ? shape.Length.Value * Math.Max(1, definition.WorkPerElement(node))
        : double.PositiveInfinity);

    /// <summary>Runs the graph.</summary>
    /// <param name="observer">Told of every result and its name.</param>
    /// <param name="disturb">Gives what is calculated with in place of a result, whose name it is told too.</param>
    /// <returns>The outputs by name; null where an operator has no evaluation.</returns>
    /// <exception cref="UnsuitedDataException">Data decides on another size than the model can only go on with.</exception>
    public Dictionary<string, Tensor>? Run(
        CancellationToken cancellation, Action<string, Tensor>? observer = null, Func<string, Tensor, Tensor>? disturb = null)
    {
        var results = _graph.Inputs.ToDictionary(i => i, i => _inputs[i.Name]);
        foreach (Node node in _graph.Nodes)
        {
            cancellation.ThrowIfCancellationRequested();
            if (NodeEvaluator.Evaluate(node, [.. node.Inputs.Select(Get)]) is not { } tensors)
            {
                return null;
            }

            for (int i = 0; i < tensors.Length; i++)
            {
                if (node.Outputs[i] is { } output)
                {
                    // What comes after it would read outside of it.
                    if (node.Bound.Count > 0 && output.Shape is { IsConstant: true } shape && !shape.Equals(tensors[i].Shape))
                    {
                        throw new UnsuitedDataException($"'{output.Name}' comes out as {tensors[i].Shape} and has to be {shape}.");
                    }

                    results[output] = disturb is null ? tensors[i] : disturb(output.Name, tensors[i]);
                    observer?.Invoke(output.Name, results[output]);
                }
            }
        }

        return _graph.Outputs.ToDictionary(o => o.Name, o => Get(o)!, StringComparer.Ordinal);

        Tensor? Get(Value? value) => value is null ? null : value.Constant ?? results[value];
    }
}
