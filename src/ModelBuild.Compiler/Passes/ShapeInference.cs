using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

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
            Infer(node, context.Inference);
            changed |= !before.SequenceEqual(node.Outputs.OfType<Value>().Select(o => (o.Type, o.Shape)));
        }

        return changed;
    }

    /// <summary>Checks one node and infers its outputs; those of its inputs are known.</summary>
    /// <exception cref="CompilationException">MODELB0007, 1004, 1005 or 1007.</exception>
    public static void Infer(Node node, InferenceContext context)
    {
        if (OperatorRegistry.Find(node) is not { } definition)
        {
            return;
        }

        definition.Check(node, context);
        definition.Infer(node, context);
        foreach (Value output in node.Outputs.OfType<Value>())
        {
            Shape shape = output.KnownShape;
            if (shape.Rank > InferenceContext.RankLimit)
            {
                throw context.Unsupported(node, $"makes a tensor of {shape.Rank} dimensions. {InferenceContext.RankLimit} are supported.");
            }

            if (shape.Any(d => d.IsConstant && d.Value < 0))
            {
                throw context.Malformed(node, $"makes a tensor of shape {shape}.");
            }

            Dimension length = shape.Length;
            if (length.Least > int.MaxValue || shape.Any(d => d.Least > int.MaxValue))
            {
                throw context.Error(DiagnosticCodes.TooLarge, node,
                    $"makes a tensor of {length} elements. At most {int.MaxValue} are supported.");
            }
        }
    }
}
