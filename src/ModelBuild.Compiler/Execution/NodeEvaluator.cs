using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// Computes one node: by its operator's own definition where it has one, otherwise by a plan of nothing but this node.
/// </summary>
internal static class NodeEvaluator
{
    private static readonly PlanHeader s_header =
        new(new PlanClass(
            "internal", string.Empty, "Node"), new PlanSource(string.Empty, string.Empty, 0, string.Empty), "fp32", "node", 0, []);

    /// <summary>The outputs for given inputs; null where the node cannot be computed in this form.</summary>
    /// <remarks>Inference has passed for inputs of these shapes.</remarks>
    public static Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs) =>
        node.IsControlFlow || OperatorRegistry.Find(node) is not { } definition ? null
        : definition.Evaluate(node, inputs) ?? (definition.IsFoldOnly ? null : Run(node, inputs));

    private static Tensor[]? Run(Node node, IReadOnlyList<Tensor?> inputs)
    {
        OperatorTraits traits = node.Traits();
        var graph = new Graph { Opset = OperatorRegistry.NewestOpset };
        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Value?[] read = [.. inputs.Select(Input)];
        Value?[] written = [.. node.Outputs.Select(o => o is null ? null : graph.NewValue("output", o.Type, o.Shape))];
        Node copy = graph.Add(new Node(node.Domain, node.Type, node.Name, read, written, node.Attributes));
        var context = new PassContext(InferenceContext.Evaluation, [], CancellationToken.None) { IsPlain = true };
        string?[] names;
        try
        {
            context.Inference.Infer(copy);
            foreach (Value output in written.OfType<Value>())
            {
                graph.Outputs.Add(output);
            }

            // Lowering may hand the name of an output to a copy of it.
            names = [.. written.Select(o => o?.Name)];
            LoweringPasses.Run(graph, context);
        }
        catch (CompilationException)
        {
            return null;
        }

        Dictionary<string, Tensor> results;
        try
        {
            results = new Interpreter(PlanBuilder.Build(graph, s_header), ReproducibleKernels.Table).Run(values);
        }
        catch (UnsuitedDataException)
        {
            return null;
        }

        return [.. names.Select(name => name is null ? new Tensor(DataType.Undefined, [], default) : results[name])];

        Value? Input(Tensor? tensor, int index)
        {
            if (tensor is null)
            {
                return null;
            }

            if (index >= traits.Operands || traits.Constants.Contains(index))
            {
                return graph.NewConstant("parameter", tensor);
            }

            Value input = graph.NewValue("input", tensor.Type, tensor.Shape);
            values.Add(input.Name, tensor);
            graph.Inputs.Add(input);
            return input;
        }
    }
}
