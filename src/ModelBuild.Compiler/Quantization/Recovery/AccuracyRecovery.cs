using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// Takes back what codes cost, without labels: layer by layer, each fed by the quantized ones before it, weights are rounded so that their
/// errors cancel on the samples (<see cref="GptqRounding"/>), and biases take back what is left in the mean (<see cref="BiasCorrection"/>).
/// </summary>
internal static class AccuracyRecovery
{
    /// <summary>What the tensors of all samples may take at a time.</summary>
    private const long Memory = 384L << 20;

    /// <summary>Terms whose products are looked at together; a longer sum is cut into parts that know nothing of one another.</summary>
    private const int LargestPart = 2304;

    /// <param name="floats">The float model.</param>
    /// <param name="quantized">With codes; the constants of its weights and biases are changed.</param>
    /// <param name="samples">Calibration samples.</param>
    /// <param name="methods">What to do.</param>
    /// <param name="progress">Told at every layer.</param>
    public static void Run(
        Graph floats, Graph quantized, CalibrationData samples, RecoveryMethods methods, IProgress<string>? progress,
        CancellationToken cancellation)
    {
        int count = (int)Math.Clamp(Memory / Math.Max(BytesOfASample(), 1), 1, samples.Count);
        new LayerWalk(floats, quantized, [.. Spread(samples.Samples(), samples.Count, count)], cancellation).Run(
            (layer, walk) =>
            {
                progress?.Report($"Recovering accuracy in '{layer.Node.Label}'");
                return Recover(quantized, layer, walk, methods, cancellation);
            });

        // Where the sizes do not say that all samples fit, a walk with one of them shows what it takes.
        long BytesOfASample()
        {
            IReadOnlyDictionary<string, Tensor>[] first = [.. samples.Samples().Take(1)];
            var symbols = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (Value input in quantized.Inputs)
            {
                for (int i = 0; i < input.KnownShape.Rank; i++)
                {
                    symbols[input.KnownShape[i].ToString()] = first[0][input.Name].Dimensions[i];
                }
            }

            double all = quantized.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Sum(v => v.Shape is { } shape
                ? shape.Substitute(symbols).Aggregate(
                    (double)sizeof(float), (bytes, d) => bytes * (d.IsConstant ? d.Value : double.PositiveInfinity))
                : double.PositiveInfinity);
            if (2 * all * samples.Count <= Memory)
            {
                return (long)(2 * all);
            }

            var probe = new LayerWalk(floats, quantized, first, cancellation);
            probe.Run((layer, walk) => walk.Compute(layer.Node, Reals(layer))?[0]);
            return probe.Bytes;
        }
    }

    /// <summary>So many of all samples, spread evenly over them.</summary>
    internal static IEnumerable<T> Spread<T>(IEnumerable<T> samples, int all, int count) =>
        samples.Where((_, i) => (long)(i + 1) * count / all > (long)i * count / all);

    private static Tensor[]? Recover(
        Graph graph, QuantizedLayer layer, LayerWalk walk, RecoveryMethods methods, CancellationToken cancellation)
    {
        if (walk.Of(layer.InputCodes) is not { } inputs)
        {
            return null;
        }

        if (methods.HasFlag(RecoveryMethods.Gptq))
        {
            RoundWeights(layer, inputs, cancellation);
        }

        if (walk.Compute(layer.Node, Reals(layer))?[0] is not { } actual)
        {
            return null;
        }

        if (methods.HasFlag(RecoveryMethods.BiasCorrection) && actual.Length > 1 && LayerBias.Of(graph, layer) is { } bias)
        {
            int axis = layer.Node.Is("Conv") ? 1 : actual[0].Rank - 1;
            float[] added = bias.Add(BiasCorrection.Of(walk.Of(walk.Twin(layer.Node)!.Output)!, actual, axis, bias.Clamp));
            if (bias.IsInside)
            {
                Add(actual, added, axis);
            }
        }

        return actual;
    }

    /// <summary>The reals that stand for a layer's constants.</summary>
    private static Dictionary<int, Tensor> Reals(QuantizedLayer layer) => new() { [1] = layer.Weights };

    private static void RoundWeights(QuantizedLayer layer, Tensor[] inputs, CancellationToken cancellation)
    {
        var columns = new InputColumns(layer, inputs);
        sbyte[] codes = layer.Codes;
        int outputs = layer.Outputs / layer.Groups;
        int parts = columns.Count == 0 ? 0 : (layer.Terms + LargestPart - 1) / LargestPart;
        Parallel.For(0, layer.Groups * parts, new ParallelOptions { CancellationToken = cancellation }, index =>
        {
            (int group, int part) = (index / parts, index % parts);
            int first = (int)((long)layer.Terms * part / parts);
            int terms = (int)((long)layer.Terms * (part + 1) / parts) - first;
            double[] gram = GramMatrix.Of(columns.Read(group, first, terms), terms, columns.Count, layer.Input.ZeroPoint);
            int start = group * outputs;
            float[] weights = Part(layer.Reals, layer.Terms, start, outputs, first, terms);
            sbyte[] rounded = Part(codes, layer.Terms, start, outputs, first, terms);
            GptqRounding.Round(weights, layer.Scales.AsMemory(start, outputs), gram, rounded, cancellation);
            for (int o = 0; o < outputs; o++)
            {
                rounded.AsSpan(o * terms, terms).CopyTo(codes.AsSpan(((start + o) * layer.Terms) + first));
            }
        });
        layer.Codes = codes;
    }

    private static T[] Part<T>(T[] rows, int length, int start, int count, int first, int terms)
    {
        var part = new T[count * terms];
        for (int o = 0; o < count; o++)
        {
            rows.AsSpan(((start + o) * length) + first, terms).CopyTo(part.AsSpan(o * terms));
        }

        return part;
    }

    private static void Add(Tensor[] tensors, float[] added, int axis)
    {
        for (int s = 0; s < tensors.Length; s++)
        {
            float[] values = tensors[s].ToFloats();
            int inner = (int)tensors[s].Shape.Product(axis + 1, tensors[s].Rank).Value;
            for (int i = 0; i < values.Length; i++)
            {
                values[i] += added[i / inner % added.Length];
            }

            tensors[s] = Tensor.Owning(DataType.Float32, values, [.. tensors[s].Dimensions]);
        }
    }
}
