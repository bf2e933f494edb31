using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.LowRank;

/// <summary>
/// Puts factors in the place of a layer.
/// <code>
///   x ──► Gemm W [N, K]               ⇒    x ──► Gemm [r, K] ──► Gemm [N, r]
///   x ──► Conv W [N, K, 1, 1]         ⇒    x ──► Conv [r, K, 1, 1] (strides, pads) ──► Conv [N, r, 1, 1]
///   x ──► Conv W [N, K, h, w]         ⇒    x ──► Conv [s, K, 1, 1] ──► Conv [r, s, h, w] (strides, …) ──► Conv [N, r, 1, 1]
/// </code>
/// The first factors have no bias, so that zeros around an image stay zeros. The node itself is the last factor: it keeps its name, what it
/// makes and its bias.
/// </summary>
internal static class FactorRewrite
{
    public static void Run(PrunableWeight weight, LayerFactors factors)
    {
        Node node = weight.Node;
        Graph graph = node.Graph!;
        if (!node.Is("Conv"))
        {
            Products(graph, weight, factors);
            return;
        }

        (LayerWork work, FactorRanks ranks) = (LayerWork.Of(weight), factors.Ranks);
        long[] kernel = [.. weight.Value.Constant!.Dimensions.Skip(2)];
        long[] one = [.. kernel.Select(_ => 1L)];
        string constant = weight.Name;
        string made = node.Output.Name;
        KeyValuePair<string, AttributeValue>[] window = [.. node.Attributes];
        if (factors.First is { } first)
        {
            Value input = node.Required(0);
            Value weights = graph.NewConstant(constant + "_first", Tensor.Of(first, [ranks.Inputs, work.Inputs, .. one]));
            node.SetInput(0, graph.Add(
                Domains.Onnx, "Conv", node.Label + "/first", [input, weights], made + "_first", DataType.Float32,
                input.KnownShape.With(1, ranks.Inputs), Window(one)));
        }

        Tensor core = Tensor.Of(Kernel(factors.Core, ranks, work.Taps), [ranks.Outputs, ranks.Inputs, .. kernel]);
        if (factors.Last is not { } last)
        {
            node.SetInput(1, graph.NewConstant(constant + "_core", core));
            return;
        }

        node.SetInput(0, graph.Add(
            Domains.Onnx, "Conv", node.Label + "/core", [node.Required(0), graph.NewConstant(constant + "_core", core)], made + "_core",
            DataType.Float32, node.Output.KnownShape.With(1, ranks.Outputs), new Dictionary<string, AttributeValue>(window)));
        node.SetInput(1, graph.NewConstant(constant + "_last", Tensor.Of(last, [work.Outputs, ranks.Outputs, .. one])));
        node.Attributes.Clear();
        foreach ((string name, AttributeValue value) in Window(one))
        {
            node.Attributes.Add(name, value);
        }
    }

    private static Dictionary<string, AttributeValue> Window(long[] kernel) => new() { ["kernel_shape"] = kernel };

    private static void Products(Graph graph, PrunableWeight weight, LayerFactors factors)
    {
        Node node = weight.Node;
        WeightLayout layout = weight.Layout;
        int rank = factors.Ranks.Outputs;
        bool outputsFirst = node.Is("Gemm") && node.Int("transB") != 0;
        Shape output = node.Output.KnownShape;
        Value first = graph.NewConstant(weight.Name + "_first", Matrix(factors.Core, rank, layout.Inputs, outputsFirst));
        Value last = graph.NewConstant(weight.Name + "_last", Matrix(factors.Last!, layout.Outputs, rank, outputsFirst));
        node.SetInput(0, graph.Add(
            Domains.Onnx, node.Type, node.Label + "/first", [node.Required(0), first], node.Output.Name + "_first", DataType.Float32,
            output.With(output.Rank - 1, rank), new Dictionary<string, AttributeValue>(node.Attributes)));
        node.SetInput(1, last);
    }

    private static Tensor Matrix(float[] rows, int outputs, int inputs, bool outputsFirst)
    {
        if (outputsFirst)
        {
            return Tensor.Of(rows, outputs, inputs);
        }

        float[] columns = new float[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            columns[(i % inputs * outputs) + (i / inputs)] = rows[i];
        }

        return Tensor.Of(columns, inputs, outputs);
    }

    /// <summary>[outputs, inputs, taps] of [outputs, taps, inputs].</summary>
    private static float[] Kernel(float[] core, FactorRanks ranks, int taps)
    {
        float[] kernel = new float[core.Length];
        for (int i = 0; i < core.Length; i++)
        {
            (int row, int input) = Math.DivRem(i, ranks.Inputs);
            (int output, int tap) = Math.DivRem(row, taps);
            kernel[(((output * ranks.Inputs) + input) * taps) + tap] = core[i];
        }

        return kernel;
    }
}
