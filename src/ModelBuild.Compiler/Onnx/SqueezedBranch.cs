using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// PyTorch removes a dimension if its size is 1, and leaves it otherwise. Where the exporter does not know the size, an If decides how many
/// dimensions a tensor has, which no typed class can have. A size that is computed from those of the inputs, such as the frames of a piece
/// of sound, is taken to be 1, since that is what the model was written for; the run checks it.
/// <code>
///   If(size(x, a) == 1, x) { (x) ⇒ Squeeze(x, a) } else { (x) ⇒ x } ──► y        ⇒        Squeeze(x, a) ──► y
/// </code>
/// </summary>
internal static class SqueezedBranch
{
    /// <summary>Assumes of such a node that the size is 1. Says whether it is one.</summary>
    /// <exception cref="CompilationException">MODELB0007: the size is that of an input, which can be bound.</exception>
    public static bool Assume(Node node, InferenceContext context)
    {
        if (!node.Is("If") || !IsOnly(node, "then_branch", "Squeeze") || !IsOnly(node, "else_branch", "Identity")
            || node.Input(0)?.Producer is not { } condition || !condition.Is("Equal")
            || SymbolicElements.Of(condition.Input(0)) is not [{ } left] || SymbolicElements.Of(condition.Input(1)) is not [{ } right])
        {
            return false;
        }

        (Dimension size, Dimension one) = left.IsConstant ? (right, left) : (left, right);
        if (!one.Equals(Dimension.One))
        {
            return false;
        }

        return size.Symbols.Contains(size.ToString())
            ? throw context.Unbound(node, $"removes a dimension where '{size}' is 1, so that the run decides how many there are.", size)
            : context.Assume(size, Dimension.One);
    }

    private static bool IsOnly(Node node, string branch, string type) =>
        node.Attributes.TryGetValue(branch, out AttributeValue? attribute) && attribute.Raw is Graph { Nodes: [{ } only], Outputs.Count: 1 }
            && only.Is(type);
}
