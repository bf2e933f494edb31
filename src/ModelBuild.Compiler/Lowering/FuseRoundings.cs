using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Makes one operator of a conversion to half precision and back, which rounds. In bfloat16 nothing is stored at run time, so that this is
/// the only form in which it is there.
/// <code>
///   x ──► Cast f16 ──► Cast f32 ──► y        ⇒        x ──► Round ──► y
/// </code>
/// </summary>
internal sealed class FuseRoundings : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node narrow in graph.Nodes.Where(n => n.Is("Cast")).ToArray())
        {
            // Those that are gone have been the second of a pair.
            if (narrow.Graph is null || narrow.Output.Type is not (DataType.Float16 or DataType.BFloat16)
                || graph.Follower(narrow.Output) is not { } wide || !wide.Is("Cast") || wide.Output.Type != DataType.Float32)
            {
                continue;
            }

            // Through float32, as ONNX Runtime goes too.
            Value source = narrow.Required(0);
            Value input = source.Type == DataType.Float32
                ? source
                : graph.Append(context, "Cast", narrow.Name, [source], $"{source.Name}_float32", ("to", (long)DataType.Float32));
            Value output = wide.Output;
            string name = Rewriting.JoinNames(narrow.Name, wide.Name);
            var attributes = new Dictionary<string, AttributeValue> { ["to"] = (long)narrow.Output.Type };
            graph.Remove(wide);
            graph.Remove(narrow);
            graph.Add(new Node(Domains.Internal, InternalOperators.Round, name, [input], [output], attributes));
            changed = true;
        }

        return changed;
    }
}
