using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Makes one operator of a quantization whose scale and zero point only the run knows, which import has taken apart.
/// <code>
///   x ──► Div ──► Round ──► Add ──► Clip 0..255 ──► Cast uint8        ⇒        x ──► Quantize
/// </code>
/// </summary>
internal sealed class FuseQuantization : IPass
{
    public bool IsRequired => false;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node cast in graph.Nodes.Where(n => n.Is("Cast") && n.Output.Type == DataType.UInt8).ToArray())
        {
            if (Before(graph, cast, "Clip") is not { } clip || Clip.Bounds(clip) is not (0, byte.MaxValue)
                || Before(graph, clip, "Add") is not { } add || Before(graph, add, "Round") is not { } round
                || Before(graph, round, "Div") is not { } division || division.Required(0) is not { Type: DataType.Float32 } x
                || !IsNumber(division.Required(1)) || !IsNumber(add.OtherOperand(round.Output)))
            {
                continue;
            }

            Value scale = division.Required(1);
            Value zeroPoint = add.OtherOperand(round.Output);
            string name = new[] { division, round, add, clip, cast }.Select(n => n.Name).Aggregate(Rewriting.JoinNames);
            Value output = cast.Output;
            foreach (Node node in (Node[])[cast, clip, add, round, division])
            {
                graph.Remove(node);
            }

            graph.Add(new Node(Domains.Internal, InternalOperators.Quantize, name, [x, scale, zeroPoint], [output]));
            changed = true;
        }

        return changed;
    }

    /// <summary>What makes an operand of a node for it alone.</summary>
    private static Node? Before(Graph graph, Node node, string type) => node.Inputs.OfType<Value>()
        .Select(v => graph.Maker(v, type)).FirstOrDefault(maker => maker is not null);

    private static bool IsNumber(Value value) => value.KnownShape.Length.Equals(Plan.Dimension.One);
}
