using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.TestSupport;

/// <summary>
/// Runs a graph of ONNX operators node by node through their <see cref="Operator.Evaluate"/>: the plain meaning of a graph.
/// </summary>
internal static class ReferenceEvaluator
{
    /// <param name="inputs">By name; their dimensions stand for the graph's symbols.</param>
    /// <returns>The graph's outputs in order.</returns>
    public static Tensor[] Run(Graph graph, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Graph copy = graph.Clone();
        foreach (Value input in copy.Inputs)
        {
            Fix(input, inputs[input.Name]);
        }

        var context = new InferenceContext("model.onnx", graph.Opset);
        foreach (Node node in copy.Nodes)
        {
            Evaluate(node, context);
        }

        return [.. copy.Outputs.Select(o => o.Constant!)];
    }

    public static void Fix(Value value, Tensor tensor)
    {
        value.Type = tensor.Type;
        value.Shape = tensor.Shape;
        value.Constant = tensor;
    }

    /// <summary>
    /// Infers a node whose inputs are constant, checks that evaluation makes what inference says, and makes its outputs constant.
    /// </summary>
    public static void Evaluate(Node node, InferenceContext context)
    {
        if (OperatorRegistry.Find(node)?.TakeApart(node.Graph!, node, context) is { } parts)
        {
            foreach (Node part in parts)
            {
                Evaluate(part, context);
            }

            return;
        }

        context.Infer(node);
        Tensor[] results = NodeEvaluator.Evaluate(node, [.. node.Inputs.Select(i => i?.Constant)])
            ?? throw new InvalidOperationException($"{node} has no evaluation.");
        for (int i = 0; i < results.Length; i++)
        {
            Assert.Equal(node.Outputs[i]!.Type, results[i].Type);
            Assert.Equal(node.Outputs[i]!.Shape, results[i].Shape);
            if (node.Outputs[i]!.Elements is { } elements)
            {
                Assert.Equal(elements.Select(e => e.Value), results[i].ToInt64s());
            }

            Fix(node.Outputs[i]!, results[i]);
        }
    }
}
