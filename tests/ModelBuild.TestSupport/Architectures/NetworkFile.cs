using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>A network with random weights, and what its inputs may be.</summary>
/// <param name="Onnx">The file.</param>
/// <param name="Ports">Its inputs: numbers and names of dimensions, and what whole numbers are below.</param>
internal sealed record NetworkFile(byte[] Onnx, IReadOnlyList<(string Name, DataType Type, object[] Shape, int Below)> Ports)
{
    /// <summary>Random inputs: about standard normal, or whole numbers.</summary>
    /// <param name="sizes">What the names of dimensions are.</param>
    /// <param name="seed">Another one gives other numbers.</param>
    public Dictionary<string, Tensor> Inputs(IReadOnlyDictionary<string, long> sizes, int seed = 1)
    {
        var random = new Random(seed);
        return Ports.ToDictionary(
            p => p.Name,
            p =>
            {
                long[] shape = [.. p.Shape.Select(d => d is string name ? sizes[name] : Convert.ToInt64(d, null))];
                long length = shape.Aggregate(1L, (a, b) => a * b);
                double[] values =
                    [.. Enumerable.Range(0, (int)length).Select(_ => p.Type.IsFloat() ? Normal(random) : random.Next(p.Below))];
                return Tensor.FromDoubles(p.Type, values, shape);
            },
            StringComparer.Ordinal);
    }

    /// <summary>The sum of twelve uniform numbers has variance 1.</summary>
    private static double Normal(Random random) => Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
}
