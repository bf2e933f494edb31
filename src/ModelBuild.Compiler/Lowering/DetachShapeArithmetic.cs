using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Bounds and shapes that a model computes from the shapes of its inputs are known as expressions (<see cref="Value.Elements"/>), which
/// is all that steps need: nothing of that arithmetic runs.
/// <code>
///   x → Shape → Gather → Sub 1 → Slice (x)        becomes        (batch − 1) → Slice (x)
/// </code>
/// </summary>
internal sealed class DetachShapeArithmetic : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes)
        {
            for (int i = node.Is("Range") ? 0 : 1; i < node.Inputs.Count; i++)
            {
                // What a step finds out has to be found out before it is used.
                if ((i >= node.Traits().Operands || node.Is("Range"))
                    && node.Inputs[i] is { IsConstant: false, Producer: { Bound.Count: 0 } producer, Elements: { } elements } computed
                    && !producer.Is(Domains.Internal, InternalOperators.Sizes))
                {
                    Value known = graph.NewValue(computed.Name, computed.Type, computed.Shape);
                    known.Elements = elements;
                    node.SetInput(i, known);
                    changed = true;
                }
            }
        }

        graph.RemoveDead();
        return changed;
    }
}
