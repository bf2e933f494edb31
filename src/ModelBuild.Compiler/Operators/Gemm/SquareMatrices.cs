using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>What operators on square matrices ask of their input.</summary>
internal static class SquareMatrices
{
    /// <summary>The shape of the input, [..., M, M].</summary>
    /// <exception cref="CompilationException">The input has no such shape, or no floats.</exception>
    public static Shape Of(Node node, InferenceContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        context.RequireFloat(node, 0);
        if (shape.Rank < 2)
        {
            throw context.Malformed(node, $"has an input of shape {shape}, and needs [..., M, M].");
        }

        context.RequireEqual(node, shape[^2], shape[^1], $"matrices that are not square, {shape}");
        return shape;
    }
}
