using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Layers;

/// <summary>
/// Feeds every layer of a quantized network the same bytes here and in ONNX Runtime: the errors of the layers before it, which would hide
/// its own, stay out.
/// </summary>
internal static class LayerComparison
{
    /// <summary>Of layers that end in reals. A bias that another tool left in float32 is rounded to the accumulator's unit here.</summary>
    private const double RealTolerance = 1e-3;

    /// <summary>Of the bytes of each layer that must be equal.</summary>
    private const double Share = 0.999;

    /// <param name="network">A quantized network of one input.</param>
    /// <param name="input">What it is run on.</param>
    /// <param name="log">Told how each layer compares.</param>
    public static void Run(Network network, Tensor input, Action<string> log)
    {
        Dictionary<string, Tensor> tensors = Observe(network, input);
        IReadOnlyList<Layer> layers = LayerCutter.Cut(network.Portable, tensors.ContainsKey);
        Assert.True(layers.Count >= 4, "The network was not cut into layers.");
        foreach (Layer layer in layers)
        {
            Tensor expected = OrtSession.Run(
                OnnxExporter.Export(layer.Graph),
                layer.Graph.Inputs.ToDictionary(i => i.Name, i => InTypeOf(i, tensors[i.Name])),
                optimize: !layer.Graph.Nodes.Any(IsApproximated))[layer.Output.Name];
            Tensor actual = InTypeOf(layer.Output, tensors[layer.Output.Name]);
            Assert.Equal(expected.Dimensions, actual.Dimensions);
            if (expected.Type == DataType.Float32)
            {
                double error = Scores.RelativeError(expected.ToFloats(), actual.ToFloats());
                log($"{error:E1} relative error: {layer}");
                Assert.InRange(error, 0, RealTolerance);
                continue;
            }

            long[] differences = [.. expected.ToInt64s().Zip(actual.ToInt64s(), (e, a) => Math.Abs(e - a))];
            double equal = (double)differences.Count(d => d == 0) / differences.Length;
            log($"{equal:P3} of {differences.Length} equal: {layer}");
            Assert.True(differences.Max() <= 1, $"{layer} is off by {differences.Max()}.");
            Assert.True(equal >= Share, $"{layer}: only {equal:P3} of the bytes are equal.");
        }
    }

    /// <summary>
    /// True where ONNX Runtime's integer operator is not what ONNX defines: its Softmax turns 0.998 into 254/255, its pooling rounds some
    /// means that lie half-way the other way. There the definition is the judge, which it follows when it does not fuse.
    /// </summary>
    private static bool IsApproximated(Node node) => node.Is("Softmax") || node.Is("GlobalAveragePool");

    /// <summary>
    /// The tensors of a run under their names in the QDQ graph: the network's input and outputs, and the codes between them that our
    /// engine has too, in the order of ONNX's layout.
    /// </summary>
    private static Dictionary<string, Tensor> Observe(Network network, Tensor input)
    {
        Value port = network.Portable.Inputs[0];
        Dictionary<string, long> batch =
            port.KnownShape[0].Symbols.ToDictionary(symbol => symbol, _ => input.Dimensions[0], StringComparer.Ordinal);
        var ours = new Dictionary<string, (PlanTensor Tensor, byte[] Data)>(StringComparer.Ordinal);
        Dictionary<string, Tensor> tensors = network.Interpreter.Run(
            new Dictionary<string, Tensor> { [port.Name] = input }, (tensor, data) => ours[tensor.Name] = (tensor, data.ToArray()));
        tensors.Add(port.Name, input);
        foreach (Node quantize in network.Portable.Nodes.Where(n => n.Is("QuantizeLinear")))
        {
            // Lowering moves codes through pooling and gives them a name of their own; they are the same codes where the scale is the same.
            Value codes = quantize.Output;
            float scale = quantize.Required(1).Constant!.ToFloats()[0];
            string? name = new[] { codes.Name, codes.Name + "_codes", quantize.Required(0).Name + "_codes" }
                .FirstOrDefault(
                    n => ours.TryGetValue(n, out (PlanTensor Tensor, byte[] Data) found) && found.Tensor.Type == PlanType.U8
                        && found.Tensor.Scale == scale);
            if (name is not null)
            {
                tensors[codes.Name] = InOrderOf(codes.KnownShape, ours[name].Tensor, ours[name].Data);
            }
        }

        return tensors;

        Tensor InOrderOf(Shape shape, PlanTensor tensor, byte[] data)
        {
            long[] dimensions = [.. tensor.Shape.Select(d => d.Evaluate(batch))];
            long[] expected = [.. shape.Select(d => d.Evaluate(batch))];
            return Tensor.Of(dimensions.SequenceEqual(expected) ? data : ChannelsFirst(data, dimensions), expected);
        }
    }

    /// <summary>From the layout of our kernels, which has the channels last, to ONNX's, which has them second.</summary>
    public static byte[] ChannelsFirst(byte[] source, long[] dimensions)
    {
        int channels = (int)dimensions[^1];
        int pixels = source.Length / channels / (int)dimensions[0];
        var result = new byte[source.Length];
        for (int i = 0; i < source.Length; i++)
        {
            int channel = i % channels;
            int pixel = i / channels % pixels;
            int image = i / channels / pixels;
            result[(((image * channels) + channel) * pixels) + pixel] = source[i];
        }

        return result;
    }

    /// <summary>Codes as the model has them: ours are unsigned always.</summary>
    private static Tensor InTypeOf(Value value, Tensor tensor) => value.Type == DataType.Int8
        ? Tensor.Of(Array.ConvertAll(tensor.Data.ToArray(), code => (sbyte)(code - 128)), [.. tensor.Dimensions])
        : tensor;
}
