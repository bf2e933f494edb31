using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Benchmarks.Accuracy;

/// <summary>Models in another form than the file has them.</summary>
internal static class AccuracyModels
{
    private const float Epsilon = 1e-5f;

    /// <summary>Without the Softmax at the end: what it is given says more of how near two networks are than probabilities do.</summary>
    public static byte[] ToLogits(string path)
    {
        Graph graph = OnnxImporter.Import(path);
        Node softmax = graph.Outputs[0].Producer!;
        if (!softmax.Is("Softmax"))
        {
            throw new InvalidOperationException($"'{path}' does not end in a Softmax.");
        }

        graph.Outputs[0] = softmax.Required(0);
        graph.RemoveDead();
        return OnnxExporter.Export(graph);
    }

    /// <summary>
    /// As training exports it: each convolution is followed by a BatchNormalization of numbers that are made up, and has weights and a bias
    /// which that brings back to the file's.
    /// </summary>
    public static byte[] WithNormalization(string path)
    {
        Graph graph = OnnxImporter.Import(path);
        var random = new Random(0);
        foreach (Node conv in graph.Nodes.Where(n => n.Is("Conv")).ToArray())
        {
            float[] weights = conv.Required(1).Constant!.ToFloats();
            float[] bias = conv.Required(2).Constant!.ToFloats();
            int channels = bias.Length;
            int terms = weights.Length / channels;
            var scale = new float[channels];
            var mean = new float[channels];
            var variance = new float[channels];
            for (int c = 0; c < channels; c++)
            {
                scale[c] = MathF.Exp(random.NextSingle() - 0.5f);
                mean[c] = random.NextSingle() - 0.5f;
                variance[c] = MathF.Exp((2 * random.NextSingle()) - 1);
                float factor = scale[c] / MathF.Sqrt(variance[c] + Epsilon);
                foreach (ref float weight in weights.AsSpan(c * terms, terms))
                {
                    weight /= factor;
                }

                bias[c] += mean[c] * factor;
            }

            Value output = conv.Output;
            Value?[] inputs =
            [
                conv.Required(0), graph.NewConstant($"{output.Name}_w", Tensor.Of(weights, [.. conv.Required(1).Constant!.Dimensions])),
            ];
            var attributes = new Dictionary<string, AttributeValue>(conv.Attributes, StringComparer.Ordinal);
            graph.Remove(conv);
            Value sums = graph.Add(
                Domains.Onnx, "Conv", conv.Name, inputs, $"{output.Name}_sums", output.Type, output.Shape, attributes);
            Value[] numbers =
            [
                .. new[] { ("scale", scale), ("bias", bias), ("mean", mean), ("variance", variance) }
                    .Select(n => graph.NewConstant($"{output.Name}_{n.Item1}", Tensor.Of(n.Item2, channels))),
            ];
            graph.Add(new Node(
                Domains.Onnx, "BatchNormalization", $"{conv.Name}_normalized", [sums, .. numbers], [output],
                AttributeValue.ByName(("epsilon", Epsilon))));
        }

        graph.Sort();
        return OnnxExporter.Export(graph);
    }
}
