using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// The product of a matrix and a constant matrix becomes Gemm, the form of fully connected layers. With more dimensions on the left it
/// stays MatMul.
/// <code>
///   x [M, K] ──► MatMul W [K, N]        ⇒        x ──► Gemm (Wᵀ [N, K], transB)
/// </code>
/// Weights may be dequantized. The transposition is a node, which folding takes into the constant.
/// </summary>
internal sealed class MatMulToGemm : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("MatMul")).ToArray())
        {
            Value left = node.Required(0);
            Value right = node.Required(1);
            if (left.Shape is not { Rank: 2 } || right.Shape is not { Rank: 2 } || left.IsConstant
                || !left.Type.IsFloat() || !(right.IsConstant || Rewriting.IsDequantizedConstant(right)))
            {
                continue;
            }

            Value transposed = graph.AppendTranspose(context, node.Name, right);
            graph.Replace(context, node, "Gemm", [left, transposed], ("transB", 1L));
            changed = true;
        }

        return changed;
    }
}
