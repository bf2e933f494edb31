using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Gives every value its type and shape, in the order in which nodes run, and follows shape arithmetic through run-time dimensions.
/// Nodes of operators that are not registered keep what they have.
/// </summary>
internal sealed class ShapeInference : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes)
        {
            (DataType, Shape?)[] before = [.. node.Outputs.OfType<Value>().Select(o => (o.Type, o.Shape))];
            context.Inference.Infer(node);
            changed |= !before.SequenceEqual(node.Outputs.OfType<Value>().Select(o => (o.Type, o.Shape)));
        }

        return changed;
    }
}
