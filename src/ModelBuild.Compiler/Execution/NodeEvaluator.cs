using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// Computes one node: by its operator's own definition where it has one, otherwise by a plan of nothing but this node.
/// </summary>
internal static class NodeEvaluator
{
    /// <summary>The outputs for given inputs; null where the node cannot be computed in this form.</summary>
    /// <remarks>Inference has passed for inputs of these shapes.</remarks>
    public static Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs) =>
        node.IsControlFlow || OperatorRegistry.Find(node) is not { } definition ? null
        : definition.Evaluate(node, inputs) ?? Run(node, inputs);

    private static Tensor[]? Run(Node node, IReadOnlyList<Tensor?> inputs)
    {
        OperatorTraits traits = node.Traits();
        try
        {
            // Weights that are codes times scales are packed as codes where they are constant.
            bool isCoded = RecurrentCoding.Of(node) is not null;
            Tensor?[] parameters =
                [.. inputs.Select((t, i) => i >= traits.Operands || traits.Constants.Contains(i) || (isCoded && i is >= 1 and <= 3)
                    ? t : null)];
            return NodeRunner.Create(node, parameters, inputs)?.Run(inputs);
        }
        catch (UnsuitedDataException)
        {
            return null;
        }
    }
}
