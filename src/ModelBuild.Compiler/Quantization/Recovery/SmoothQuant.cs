using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// Behind a normalization, where few channels of a transformer are far larger than all others, channels are made about equally large before
/// they share a scale, and the weights that read them take it back (Xiao et al., "SmoothQuant: Accurate and Efficient Post-Training
/// Quantization for Large Language Models", 2023):
/// <code>
///   … normalization → x → MatMul(v)            becomes   … normalization → x → Mul(1 / s) → MatMul(s · v)
/// </code>
/// What is gained at the activations may be lost at the weights: of several powers of the channels' sizes, that one is taken which makes
/// least noise in all, and none where none makes clearly less.
/// </summary>
internal sealed class SmoothQuant : ChannelScaling
{
    /// <summary>What rounding by GPTQ leaves of the noise of weights, about.</summary>
    private const double WeightNoise = 0.5;

    /// <summary>What has to be left of the noise at most: less gain would not be worth a step.</summary>
    private const double Gain = 0.5;

    private const int Powers = 8;

    private readonly Graph _graph;
    private readonly Reader[] _readers;

    private SmoothQuant(Graph graph, Value value, Reader[] readers)
        : base(value)
    {
        _graph = graph;
        _readers = readers;
    }

    protected override int Channels => _readers[0].Channels;

    /// <param name="graph">A float graph after the portable passes; changed in place.</param>
    /// <param name="points">Of this graph.</param>
    /// <param name="floats">What stays float.</param>
    /// <param name="samples">Calibration samples.</param>
    /// <param name="interpret">Makes an interpreter of a graph, and lets it go.</param>
    /// <returns>Whether anything has changed.</returns>
    public static bool Run(
        Graph graph, QuantizationPoints points, FloatParts floats, CalibrationData samples,
        Action<Graph, Action<Interpreter>> interpret, CancellationToken cancellation)
    {
        SmoothQuant[] places =
            [.. points.Values.Select(v => Find(graph, points, floats, v)).OfType<SmoothQuant>()];
        return Run(graph, places, lastAxis: true, samples, interpret, cancellation);
    }

    private static SmoothQuant? Find(Graph graph, QuantizationPoints points, FloatParts floats, Value value)
    {
        if (!QuantizationPoints.IsComputedInFloat(value))
        {
            return null;
        }

        Reader[] readers =
        [
            .. value.Consumers.Distinct().Where(c => points.ReadsCodes(c, value)).Select(c => floats.Keeps(c) ? null : Reader.Of(c, value))
                .OfType<Reader>(),
        ];
        if (readers.Length == 0 || readers.Any(r => r.Channels != readers[0].Channels) || readers[0].Channels < 2)
        {
            return null;
        }

        return new SmoothQuant(graph, value, readers);
    }

    protected override float[]? Choose(ChannelSums seen)
    {
        float[] sizes = [.. Enumerable.Range(0, Channels).Select(seen.Size)];
        float largest = sizes.Max();
        if (!(largest > 0) || !sizes.All(float.IsFinite))
        {
            return null;
        }

        // A channel that samples hardly moved may be moved by others.
        sizes = Array.ConvertAll(sizes, s => MathF.Max(s, largest / 256));
        float[] weights = new float[Channels];
        foreach (Reader reader in _readers)
        {
            reader.Each((channel, _, weight) => weights[channel] = MathF.Max(weights[channel], MathF.Abs(weight)));
        }

        float heaviest = weights.Max();
        weights = Array.ConvertAll(weights, w => MathF.Max(w, heaviest / 256));
        if (!(heaviest > 0))
        {
            return null;
        }

        double least = Noise(seen, [.. Enumerable.Repeat(1f, Channels)]) * Gain;
        float[]? best = null;
        for (int i = 1; i <= Powers; i++)
        {
            float power = (float)i / Powers;
            float[] factors = [.. sizes.Zip(weights, (size, weight) => Power(size, power) / Power(weight, 1 - power))];
            double noise = Noise(seen, factors);
            if (noise < least)
            {
                (least, best) = (noise, factors);
            }
        }

        return best;

        // Not the C library's, which differs from one machine to the next.
        static float Power(float value, float exponent) => (float)Elementary.Pow(value, exponent);
    }

    /// <summary>Noise power at the outputs of all readers, of activations in 8 bits and of weights in 8 bits.</summary>
    private double Noise(ChannelSums seen, float[] factors)
    {
        double step = seen.Step(factors);
        double noise = 0;
        foreach (Reader reader in _readers)
        {
            var largest = new float[reader.Outputs];
            double activations = 0;
            reader.Each((channel, output, weight) =>
            {
                float scaled = weight * factors[channel];
                activations += (double)scaled * scaled;
                largest[output] = MathF.Max(largest[output], MathF.Abs(scaled));
            });
            double weights = 0;
            reader.Each((channel, output, _) =>
            {
                double unit = largest[output] / sbyte.MaxValue;
                weights += unit * unit * seen.Power(channel) / ((double)factors[channel] * factors[channel]);
            });
            noise += ((step * step * activations) + (WeightNoise * weights)) / 12;
        }

        return noise;
    }

    protected override void Apply(float[] factors)
    {
        Value scale = _graph.NewConstant(
            $"{Value.Name}_smoothing", Tensor.Of(Array.ConvertAll(factors, f => 1 / f), factors.Length));
        Value smooth = _graph.Add(
            Domains.Onnx, "Mul", Value.Producer!.Name, [Value, scale], $"{Value.Name}_smooth", Value.Type, Value.Shape);
        foreach (Reader reader in _readers)
        {
            reader.Multiply(_graph, factors);
            reader.Node.SetInput(0, smooth);
        }
    }

    /// <summary>A matrix product that reads the value, and which of its weights meet which channel.</summary>
    private sealed class Reader
    {
        private readonly int _columns;
        private readonly bool _outputsFirst;

        private Reader(Node node, Tensor weights)
        {
            Node = node;
            _columns = (int)weights.Dimensions[1];
            _outputsFirst = AnchorOperands.HasOutputsFirst(node);
            Outputs = (int)weights.Dimensions[_outputsFirst ? 0 : 1];
            Channels = (int)weights.Dimensions[_outputsFirst ? 1 : 0];
        }

        public Node Node { get; }

        public int Channels { get; }

        public int Outputs { get; }

        public static Reader? Of(Node node, Value value) =>
            !node.Is("Conv") && AnchorOperands.HasIntegerForm(node) && node.Required(0) == value && node.Input(2) != value
            && node.Required(1).Constant is { Type: DataType.Float32, Length: > 0 } weights
            && weights.IsFinite()
                ? new Reader(node, weights)
                : null;

        /// <summary>Shows each weight with its channel and its output.</summary>
        public void Each(Action<int, int, float> show)
        {
            ReadOnlySpan<float> weights = Node.Required(1).Constant!.Span<float>();
            for (int i = 0; i < weights.Length; i++)
            {
                (int channel, int output) = At(i);
                show(channel, output, weights[i]);
            }
        }

        public void Multiply(Graph graph, float[] factors)
        {
            Value source = Node.Required(1);
            float[] values = source.Constant!.ToFloats();
            for (int i = 0; i < values.Length; i++)
            {
                values[i] *= factors[At(i).Channel];
            }

            Node.SetInput(1, graph.NewConstant(source.Name, Tensor.Owning(DataType.Float32, values, [.. source.Constant.Dimensions])));
        }

        private (int Channel, int Output) At(int element)
        {
            (int row, int column) = Math.DivRem(element, _columns);
            return _outputsFirst ? (column, row) : (row, column);
        }
    }
}
