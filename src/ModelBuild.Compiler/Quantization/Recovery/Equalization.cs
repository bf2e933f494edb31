using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// Depthwise convolutions have a scale for each channel of their weights, so that their input can have one for each channel too, at no
/// cost: channels are made equally large before they share a scale, and the weights of the depthwise convolution take it back.
/// <code>
///   Conv(w, b) → Conv(v, depthwise)                  becomes   Conv(w / s, b / s) → Conv(s · v, depthwise)
///   Conv → HardSwish → … → Conv(v, depthwise)        becomes   Conv → HardSwish → … → Mul(1 / s) → Conv(s · v, depthwise)
/// </code>
/// Relu lets the factors through (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019); what
/// multiplies behind a HardSwish is part of its <see cref="Gate"/>. Bounds from above do not let them through.
/// </summary>
internal sealed class Equalization : ChannelScaling
{
    /// <summary>What has to be left of the noise at most: less gain would not be worth it.</summary>
    private const double Gain = 0.5;

    /// <summary>A channel that samples hardly moved may be moved by others: none has less than this part of the largest range.</summary>
    private const float SmallestPart = 1f / 64;

    private readonly Graph _graph;
    private readonly Node[] _readers;

    /// <summary>The convolution that the factors are taken into; null where they are multiplied behind a gate.</summary>
    private readonly Node? _maker;

    private Equalization(Graph graph, Value value, Node[] readers, Node? maker)
        : base(value)
    {
        _graph = graph;
        _readers = readers;
        _maker = maker;
    }

    protected override int Channels => (int)Value.KnownShape[1].Value;

    /// <param name="graph">A float graph after the portable passes; changed in place.</param>
    /// <param name="points">Of this graph.</param>
    /// <param name="floats">What stays float.</param>
    /// <param name="samples">Calibration samples.</param>
    /// <param name="interpret">Makes an interpreter of a graph, and lets it go.</param>
    /// <param name="cancellation">Asked between samples.</param>
    /// <returns>Whether anything has changed.</returns>
    public static bool Run(
        Graph graph, QuantizationPoints points, FloatParts floats, CalibrationData samples,
        Action<Graph, Action<Interpreter>> interpret, CancellationToken cancellation)
    {
        HashSet<Value> gates = [.. Gate.All(graph).Where(g => !floats.Keeps(g.Root.Producer!)).Select(g => g.End)];
        Equalization[] places = [.. points.Values.Select(v => Find(graph, points, floats, gates, v)).OfType<Equalization>()];
        return Run(graph, places, lastAxis: false, samples, interpret, cancellation);
    }

    private static Equalization? Find(
        Graph graph, QuantizationPoints points, FloatParts floats, HashSet<Value> gates, Value value)
    {
        if (value.KnownShape.Rank < 3 || !value.KnownShape[1].IsConstant || value.KnownShape[1].Value < 2 || graph.IsOutput(value)
            || !value.Consumers.All(c => IsDepthwise(c, value) && points.ReadsCodes(c, value) && !floats.Keeps(c)))
        {
            return null;
        }

        Node[] readers = [.. value.Consumers.Distinct()];
        if (gates.Contains(value))
        {
            return new Equalization(graph, value, readers, null);
        }

        Value made = value.Producer is { } relu && relu.Is("Relu") && graph.IsPrivate(relu.Required(0)) ? relu.Required(0) : value;
        return made.Producer is { } maker && maker.Is("Conv") && HasFloatConstants(maker)
            ? new Equalization(graph, value, readers, maker)
            : null;
    }

    /// <summary>Whether a node is a convolution in which each channel of its input has weights of its own.</summary>
    private static bool IsDepthwise(Node node, Value input) =>
        node.Is("Conv") && AnchorOperands.HasIntegerForm(node) && node.Required(0) == input && HasFloatConstants(node)
        && node.Required(1).KnownShape[1].Value == 1 && node.Int("group", 1) == input.KnownShape[1].Value;

    private static bool HasFloatConstants(Node convolution) =>
        convolution.Required(1).Constant is { Type: DataType.Float32, Length: > 0 } weights
        && weights.IsFinite()
        && (convolution.Input(2) is not { } bias
            || (bias.Constant is { Type: DataType.Float32 } numbers && numbers.IsFinite()));

    protected override float[]? Choose(ChannelSums seen)
    {
        float[] sizes = [.. Enumerable.Range(0, Channels).Select(seen.Size)];
        float largest = sizes.Max();
        if (!(largest > 0) || !float.IsFinite(largest) || !sizes.All(float.IsFinite))
        {
            return null;
        }

        float[] factors = Array.ConvertAll(sizes, s => MathF.Max(s / largest, SmallestPart));
        return Noise(seen, factors) < Gain * Noise(seen, [.. Enumerable.Repeat(1f, Channels)]) ? factors : null;
    }

    /// <summary>Noise power of 8-bit codes at the outputs of all readers.</summary>
    private double Noise(ChannelSums seen, float[] factors)
    {
        double step = seen.Step(factors);
        double noise = 0;
        foreach (Node reader in _readers)
        {
            float[] weights = reader.Required(1).Constant!.ToFloats();
            int each = weights.Length / factors.Length;
            for (int i = 0; i < weights.Length; i++)
            {
                double weight = weights[i] * factors[i / each] * step;
                noise += weight * weight;
            }
        }

        return noise;
    }

    protected override void Apply(float[] factors)
    {
        float[] inverse = Array.ConvertAll(factors, f => 1 / f);
        if (_maker is null)
        {
            long[] dimensions = [factors.Length, .. Enumerable.Repeat(1L, Value.KnownShape.Rank - 2)];
            Value scale = _graph.NewConstant($"{Value.Name}_equalization", Tensor.Of(inverse, dimensions));
            Value equalized = _graph.Add(
                Domains.Onnx, "Mul", Value.Producer!.Name, [Value, scale], $"{Value.Name}_equalized", Value.Type, Value.Shape);
            foreach (Node reader in _readers)
            {
                reader.SetInput(0, equalized);
            }
        }
        else
        {
            Multiply(_maker, 1, inverse);
            if (_maker.Input(2) is not null)
            {
                Multiply(_maker, 2, inverse);
            }
        }

        foreach (Node reader in _readers)
        {
            Multiply(reader, 1, factors);
        }
    }

    /// <summary>Multiplies a constant by a factor for each part of its first axis.</summary>
    private void Multiply(Node node, int input, float[] factors)
    {
        Value source = node.Required(input);
        float[] values = source.Constant!.ToFloats();
        int each = values.Length / factors.Length;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= factors[i / each];
        }

        node.SetInput(input, _graph.NewConstant(source.Name, Tensor.Owning(DataType.Float32, values, [.. source.Constant.Dimensions])));
    }
}
