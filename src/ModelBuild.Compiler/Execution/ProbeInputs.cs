using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Execution;

/// <summary>Inputs to try a model with when nobody has given any: random, and the same in every build.</summary>
internal static class ProbeInputs
{
    /// <summary>What a dimension is that only the run knows: more than one, so that samples that get mixed up are noticed.</summary>
    private const long Extent = 2;

    /// <summary>What is tried where a network needs larger images, or multiples of something.</summary>
    private static readonly long[] s_extents = [Extent, 3, 4, 8, 16, 32, 64, 96, 128, 224, 256, 512];

    /// <summary>More than a TopK of any network takes; a file that asks for more is not tried with as much.</summary>
    private const long MostTaken = 1 << 14;

    /// <summary>Memory that inputs may take to be made: as <see cref="PlanValidator"/> has for a plan with all that it holds.</summary>
    private const double MemoryBudget = 1L << 29;

    /// <summary>The same as <see cref="For"/>; null where a model asks for so much that it is not tried at all.</summary>
    /// <param name="graph">The model.</param>
    public static Dictionary<string, Tensor>? Within(Graph graph)
    {
        Dictionary<string, long> symbols = Symbols(graph, Names(graph));
        double bytes = graph.Inputs.Sum(
            i => i.KnownShape.Substitute(symbols).ToConstant().Aggregate((double)i.Type.Size(), (product, d) => product * d));
        return bytes <= MemoryBudget ? For(graph) : null;
    }

    /// <param name="graph">The model.</param>
    /// <param name="extent">What every dimension is that only the run knows; null for sizes that the network is likely to take.</param>
    /// <param name="seed">Of the random numbers: another one gives others.</param>
    public static Dictionary<string, Tensor> For(Graph graph, long? extent = null, int seed = 20240607)
    {
        var random = new Random(seed);
        string[] names = Names(graph);
        Dictionary<string, long> symbols = extent is { } size
            ? names.ToDictionary(s => s, s => Allowed(graph, s, size), StringComparer.Ordinal)
            : Symbols(graph, names);
        return graph.Inputs.ToDictionary(
            i => i.Name, i => Probe(i, i.KnownShape.Substitute(symbols).ToConstant(), random), StringComparer.Ordinal);
    }

    private static string[] Names(Graph graph) =>
        [.. graph.Inputs.SelectMany(i => i.KnownShape).SelectMany(d => d.Symbols).Distinct(StringComparer.Ordinal)];

    /// <summary>
    /// The smallest sizes that leave something of every tensor and all that a TopK takes; a leading dimension is most likely a batch, and
    /// stays small.
    /// </summary>
    private static Dictionary<string, long> Symbols(Graph graph, string[] names)
    {
        var batches =
            new HashSet<string>(graph.Inputs.SelectMany(i => i.KnownShape.Take(1)).SelectMany(d => d.Symbols), StringComparer.Ordinal);

        // What a branch needs that is not taken may go against the rest.
        Graph[] all = [.. graph.AllGraphs()];
        Node[] rankings = [.. graph.Nodes.Where(n => n.Is("TopK") && n.Outputs.Any(o => o is not null))];
        long[] extents =
        [
            .. s_extents.Concat(
                    rankings.Select(n => Ranked(n).Taken).Where(t => t is { IsConstant: true, Value: > 0 and <= MostTaken })
                        .Select(t => t.Value))
                .Distinct().Order(),
        ];
        Dictionary<string, long>[] candidates =
        [
            .. extents.Select(e => Sizes(s => batches.Contains(s) ? Extent : e)),
            .. extents.Select(e => Sizes(_ => e)),
        ];
        return FirstThatFits(all) ?? FirstThatFits(graph) ?? candidates[0];

        Dictionary<string, long> Sizes(Func<string, long> size) =>
            names.ToDictionary(s => s, s => Allowed(graph, s, size(s)), StringComparer.Ordinal);

        Dictionary<string, long>? FirstThatFits(params Graph[] graphs)
        {
            Dimension[] sizes =
            [
                .. graphs.SelectMany(g => g.Values()).Where(v => v.Shape is not null).SelectMany(v => v.KnownShape)
                    .Where(d => !d.IsConstant && d.Symbols.All(names.Contains)).Distinct(),
            ];
            (Dimension, Dimension)[] assumptions = [.. graphs.SelectMany(g => g.Assumptions)];
            return candidates.FirstOrDefault(c => Fits(c, sizes, assumptions));
        }

        bool Fits(Dictionary<string, long> symbols, Dimension[] sizes, (Dimension, Dimension)[] assumptions) =>
            sizes.All(d => d.Evaluate(symbols) > 0)
            && rankings.Select(Ranked).All(r => r.Length.Symbols.Concat(r.Taken.Symbols).Any(s => !names.Contains(s))
                || r.Taken.Evaluate(symbols) <= r.Length.Evaluate(symbols))
            && assumptions.All(a => a.Item1.Symbols.Concat(a.Item2.Symbols).Any(s => !names.Contains(s))
                || a.Item1.Evaluate(symbols) == a.Item2.Evaluate(symbols));
    }

    /// <summary>A size, or what is nearest to it where the user lets the symbol be no such size.</summary>
    public static long Allowed(Graph graph, string symbol, long size) =>
        graph.Ranges.TryGetValue(symbol, out DimensionRange range) ? Math.Clamp(size, range.Least, range.Most) : size;

    /// <summary>How many elements there are along the axis of a TopK, and how many it takes, which have to be there.</summary>
    private static (Dimension Length, Dimension Taken) Ranked(Node node)
    {
        Shape input = node.Required(0).KnownShape;
        int axis = node.Axis(input.Rank, usual: -1);
        return (input[axis], node.Outputs.OfType<Value>().First().KnownShape[axis]);
    }

    /// <summary>Zero is a choice that there always is: the first image, or not to train.</summary>
    private static Tensor Probe(Value input, long[] dimensions, Random random)
    {
        Tensor tensor = Random(input.Type, dimensions, random);
        return Chooses(input) ? new Tensor(tensor.Type, dimensions, new byte[tensor.Data.Length]) : tensor;
    }

    /// <summary>Whether a value chooses images, or among things of which there is one: on its way it may be converted and spread.</summary>
    private static bool Chooses(Value value) => value.Consumers.Any(
        c => (c.Is("RoiAlign") && c.Input(2) == value) || (c.Is("MaxRoiPool") && c.Input(1) == value)
            || (c.Is("Gather") && c.Input(1) == value && IsSingle(c))
            || (c.Is("Concat") && c.Input(0) == value && c.Output.Consumers.Any(g => g.Is("GatherND") && g.Input(1) == c.Output))
            || (c.Type is "Cast" or "Expand" or "Reshape" or "Unsqueeze" && c.Input(0) == value && Chooses(c.Output)));

    private static bool IsSingle(Node gather) =>
        gather.Required(0).KnownShape is { Rank: > 0 } shape && shape[gather.Axis(shape.Rank, usual: 0)].Equals(Dimension.One);

    private static Tensor Random(DataType type, long[] dimensions, Random random)
    {
        var values = new double[dimensions.Aggregate(1L, (product, d) => product * d)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = type.IsFloat() ? Normal(random)
                : type is DataType.UInt8 or DataType.Int8 ? random.Next(-128, 128) + (type == DataType.UInt8 ? 128 : 0)
                : random.Next(2);
        }

        return Tensor.FromDoubles(type, values, dimensions);
    }

    /// <summary>Standard normal, as inputs of trained networks are, roughly: Box and Muller, 1958.</summary>
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
