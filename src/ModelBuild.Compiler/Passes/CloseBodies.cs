using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// What a body of control flow reads from around it and has become constant is a constant in it; what it does not read any more is no
/// input.
/// <code>
///   c ──► If(p, c, x) { (c, x) ⇒ Add(x, c) } …        ⇒        If(p, x) { (x) ⇒ Add(x, c) } …
/// </code>
/// </summary>
internal sealed class CloseBodies : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.IsControlFlow))
        {
            changed |= Bodies.CloseConstants(node);
        }

        return changed;
    }
}
