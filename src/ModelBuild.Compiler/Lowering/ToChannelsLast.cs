using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Puts spatial operators between two transposes, so that they work channels-last as all kernels do:
/// <code>x[N,C,H,W] → Conv → y   becomes   x → Transpose[N,H,W,C] → Conv → Transpose[N,C,H,W] → y</code>
/// What these transposes cost is for <see cref="SinkTransposes"/> to remove; afterwards the graph says how data lies in memory.
/// </summary>
internal sealed class ToChannelsLast : IPass
{
    private const string Done = "channels_last";

    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.ToArray())
        {
            if (node.Domain == Domains.Internal
                && node.Type is InternalOperators.Convolution or InternalOperators.MaximumPool or InternalOperators.AveragePool
                    or InternalOperators.GridSample or InternalOperators.RoiAlign or InternalOperators.MaxRoiPool
                && !node.Has(Done))
            {
                Convert(graph, node);
                changed = true;
            }
        }

        return changed;
    }

    private static void Convert(Graph graph, Node node)
    {
        Value output = node.Output;
        int rank = output.KnownShape.Rank;
        int[] toLast = [0, .. Enumerable.Range(2, rank - 2), 1];
        int[] toFirst = [0, rank - 1, .. Enumerable.Range(1, rank - 2)];
        node.SetInput(0, Transposes.Add(graph, node.Required(0), toLast));
        if (node.Type == InternalOperators.Convolution && node.Input(3) is { } residual)
        {
            node.SetInput(3, Transposes.Add(graph, residual, toLast));
        }

        node.Attributes[Done] = 1;
        Transposes.MoveAfter(graph, node, toLast, toFirst);
    }
}
