using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Recognizes rotary embedding, as import makes it of the operators of that name and as exporters write it taken apart; a and b are the
/// halves of x along the last axis.
/// <code>
///   Concat(cos·a − sin·b, sin·a + cos·b)          with an angle for each pair
///   x·cos + Concat(−b, a)·sin                     with the angles written twice
/// </code>
/// </summary>
internal sealed class FuseRotation : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        Rotation[] found = [.. graph.Nodes.Select(n => OfPairs(graph, n) ?? OfHalves(graph, n)).OfType<Rotation>()];
        foreach (Rotation rotation in found)
        {
            rotation.Nodes.ForEach(graph.Remove);
            graph.Add(new Node(
                Domains.Internal, InternalOperators.Rotation, rotation.Nodes.Select(n => n.Name).Aggregate(Rewriting.JoinNames),
                [rotation.X, rotation.Cosines, rotation.Sines], [rotation.Output]));
        }

        graph.RemoveDead();
        return found.Length > 0;
    }

    /// <param name="Nodes">All that become one, but the slices, which others may read.</param>
    private sealed record Rotation(List<Node> Nodes, Value X, Value Cosines, Value Sines, Value Output);

    private static Rotation? OfPairs(Graph graph, Node concat)
    {
        if (!IsConcatOfTwo(concat) || graph.Maker(concat.Required(0), "Sub") is not { } difference
            || graph.Maker(concat.Required(1), "Add") is not { } sum
            || graph.Maker(difference.Required(0), "Mul") is not { } cosA
            || graph.Maker(difference.Required(1), "Mul") is not { } sinB)
        {
            return null;
        }

        foreach ((int left, int right) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 0)])
        {
            if (graph.Maker(sum.Required(left), "Mul") is not { } sinA || graph.Maker(sum.Required(right), "Mul") is not { } cosB)
            {
                continue;
            }

            foreach (Value a in cosA.Inputs.OfType<Value>().Where(v => HalfOf(v, 0) is not null))
            {
                Value x = HalfOf(a, 0)!;
                Value cosines = cosA.OtherOperand(a);
                if (Factor(sinB, v => HalfOf(v, 1) == x) is var (b, sines)
                    && sinA.OtherOperand(a) == sines && cosB.OtherOperand(b) == cosines
                    && Meets(x, cosines, false) && Meets(x, sines, false))
                {
                    return new Rotation([cosA, sinB, difference, sinA, cosB, sum, concat], x, cosines, sines, concat.Output);
                }
            }
        }

        return null;
    }

    private static Rotation? OfHalves(Graph graph, Node sum)
    {
        if (!sum.Is("Add"))
        {
            return null;
        }

        foreach ((int left, int right) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 0)])
        {
            if (graph.Maker(sum.Required(left), "Mul") is not { } plain || graph.Maker(sum.Required(right), "Mul") is not { } turned
                || Factor(turned, v => graph.Maker(v, "Concat") is { } c && IsConcatOfTwo(c)) is not var (halves, sines))
            {
                continue;
            }

            Node concat = halves.Producer!;
            if (graph.Maker(concat.Required(0), "Neg") is { } negation && HalfOf(negation.Required(0), 1) is { } x
                && HalfOf(concat.Required(1), 0) == x && Factor(plain, v => v == x) is var (_, cosines)
                && Meets(x, cosines, true) && Meets(x, sines, true))
            {
                return new Rotation([plain, negation, concat, turned, sum], x, cosines, sines, sum.Output);
            }
        }

        return null;
    }

    private static bool IsConcatOfTwo(Node node) => node.Is("Concat") && node.Inputs.Count == 2 && node.Output.Type == DataType.Float32
        && node.Output.KnownShape.Rank is var rank and > 0 && node.Axis(rank) == rank - 1;

    /// <summary>The tensor whose first or second half along the last axis a value is.</summary>
    private static Value? HalfOf(Value value, int index)
    {
        if (value.Producer is not { } slice || !slice.Is("Slice") || slice.Bound.Count > 0
            || slice.Required(0) is not { KnownShape: [.., { IsConstant: true, Value: > 2 } size] shape } x || size.Value % 2 != 0)
        {
            return null;
        }

        (Dimension[] starts, long[] steps, Dimension[] lengths) = Slice.Ranges(slice, shape, InferenceContext.Evaluation);
        long half = size.Value / 2;
        return starts[^1].Equals(index * half) && steps[^1] == 1 && lengths[^1].Equals(half)
            && starts.SkipLast(1).All(s => s.Equals(0)) && lengths.SkipLast(1).SequenceEqual(shape.SkipLast(1))
            ? x
            : null;
    }

    /// <summary>Whether angles are repeated along whole dimensions of a tensor, and there is one for each pair or each element.</summary>
    private static bool Meets(Value x, Value angles, bool isOfElements)
    {
        Shape shape = x.KnownShape;
        Shape own = angles.KnownShape;
        return own.Rank > 0 && own.Rank <= shape.Rank
            && own[^1].Equals(isOfElements ? shape[^1] : shape[^1].Value / 2)
            && Enumerable.Range(2, own.Rank - 1).All(i => own[^i].Equals(shape[^i]) || own[^i].Equals(Dimension.One));
    }

    /// <summary>The factor that is meant, and the other one.</summary>
    private static (Value Factor, Value Other)? Factor(Node product, Func<Value, bool> isMeant) => product.Inputs.OfType<Value>()
        .Where(isMeant).Select(v => ((Value, Value)?)(v, product.OtherOperand(v))).FirstOrDefault();
}
