using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Execution;

/// <summary>Inputs to try a model with when nobody has given any: random, and the same in every build.</summary>
internal static class ProbeInputs
{
    /// <summary>What a dimension is that only the run knows: more than one, so that samples that get mixed up are noticed.</summary>
    private const long Extent = 2;

    public static Dictionary<string, Tensor> For(Graph graph)
    {
        var random = new Random(20240607);
        Dictionary<string, long> symbols = graph.Inputs.SelectMany(i => i.KnownShape).SelectMany(d => d.Symbols)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(s => s, _ => Extent, StringComparer.Ordinal);
        return graph.Inputs.ToDictionary(
            i => i.Name, i => Probe(i, i.KnownShape.Substitute(symbols).ToConstant(), random), StringComparer.Ordinal);
    }

    /// <summary>Zero is an image that there always is.</summary>
    private static Tensor Probe(Value input, long[] dimensions, Random random)
    {
        Tensor tensor = Random(input.Type, dimensions, random);
        return NamesImages(input) ? new Tensor(tensor.Type, dimensions, new byte[tensor.Data.Length]) : tensor;
    }

    private static bool NamesImages(Value input) => input.Consumers.Any(
        c => (c.Is("RoiAlign") && c.Input(2) == input) || (c.Is("MaxRoiPool") && c.Input(1) == input));

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
