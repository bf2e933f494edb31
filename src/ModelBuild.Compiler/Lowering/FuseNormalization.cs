using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Makes one operator of a normalization of rows in float (<see cref="LayerNormalization"/>), which reads a row from memory once and not
/// seven times.
/// </summary>
internal sealed class FuseNormalization : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;

        // From the end, so that factors and sums behind it come along.
        foreach (Node last in graph.Nodes.Reverse().ToArray())
        {
            if (!(last.Is("Add") || last.Is("Mul") || last.Is("Div")) || last.Output is not { Type: DataType.Float32 } end
                || LayerNormalization.Find(graph, end) is not { } rows)
            {
                continue;
            }

            List<Value> inputs = [rows.Input];
            if (rows.Affine.Count > 0)
            {
                (float[] scale, float[] offset) = rows.Row();
                inputs.Add(graph.NewConstant($"{end.Name}_row_scale", Tensor.Of(scale, rows.Length)));
                inputs.Add(graph.NewConstant($"{end.Name}_row_offset", Tensor.Of(offset, rows.Length)));
            }

            string name = rows.Nodes.Reverse().Select(n => n.Name).Aggregate(Rewriting.JoinNames);
            foreach (Node node in rows.Nodes)
            {
                graph.Remove(node);
            }

            graph.Add(new Node(
                Domains.Internal, InternalOperators.Normalization, name, [.. inputs], [end],
                AttributeValue.ByName(
                    ("length", (long)rows.Length), ("epsilon", rows.Epsilon), ("centered", rows.IsCentered ? 1L : 0))));
            changed = true;
        }

        graph.RemoveDead();
        return changed;
    }
}
