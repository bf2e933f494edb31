using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;
using ModelBuild.TestSupport;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// Recurrent layers whose weights are codes, of every tier: the bits of the scalar one, on guarded memory; and that near the definition in
/// double precision, which quantizes inputs and states as it goes. A code that lies at a half may be another there.
/// </summary>
public sealed class CodedRecurrenceTests
{
    private const double Tolerance = 1e-4;

    /// <summary>What a code more or less makes of the states behind it.</summary>
    private const double OfACode = 5e-3;

    /// <summary>Around what quads, panels and blocks of rows take: 4, 16, 48.</summary>
    private static readonly (int Steps, int Batch, int Input, int Hidden)[] s_sizes =
        [(0, 2, 3, 4), (1, 1, 1, 1), (4, 3, 5, 7), (6, 1, 28, 32), (3, 50, 9, 18), (5, 2, 16, 49)];

    private static readonly string[] s_cells = ["lstm", "gru", "gru reset last", "simple"];

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Recurrence_OfCodes_HasTheBitsOfTheScalarTier(string tier)
    {
        foreach ((Layer layer, string name) in Layers())
        {
            (float[] expected, float[] lastExpected) = layer.Run(KernelTable.For(Tier.Scalar));
            (float[] actual, float[] last) = layer.Run(KernelTable.For(Enum.Parse<Tier>(tier)));

            Assert.True(expected.AsSpan().SequenceEqual(actual), name);
            Assert.True(lastExpected.AsSpan().SequenceEqual(last), name);
        }
    }

    [Fact]
    public void Recurrence_OfCodes_IsNearItsDefinition()
    {
        foreach ((Layer layer, string name) in Layers())
        {
            (float[] actual, _) = layer.Run(KernelTable.For(Tier.Scalar));
            double[] expected = layer.Define();
            double[] errors = [.. expected.Zip(actual, (e, a) => Math.Abs(e - a))];
            Assert.True(errors.DefaultIfEmpty().Max() <= OfACode, $"{name}: {errors.DefaultIfEmpty().Max()}");
            Assert.True(errors.Count(e => e > Tolerance) <= errors.Length / 50, $"{name}: {errors.Count(e => e > Tolerance)} differ");
        }
    }

    /// <summary>A scale of its own for each row does what one for all does not: small sequences do not suffer beside large ones.</summary>
    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void Recurrence_ScaleOfEachRow_IsThatOfTheRowAlone(string cell)
    {
        var both = new Layer(cell, 5, 2, 12, 20, false, false, []) { Growth = 1000 };
        (float[] together, _) = both.Run(KernelTable.Current);
        (float[] alone, _) = both.First().Run(KernelTable.Current);

        for (int step = 0; step < 5; step++)
        {
            Assert.Equal(alone.AsSpan(step * 20, 20), together.AsSpan(step * 40, 20));
        }
    }

    [Theory]
    [InlineData("weights")]
    [InlineData("recurrent")]
    [InlineData("sums")]
    [InlineData("scratch")]
    public void Recurrence_SpanThatDoesNotFit_IsRefused(string span)
    {
        var layer = new Layer("lstm", 2, 3, 5, 7, false, false, []) { Shorter = span };
        Assert.ThrowsAny<ArgumentException>(() => layer.Run(KernelTable.Current));
    }

    private static IEnumerable<(Layer Layer, string Name)> Layers()
    {
        foreach (string cell in s_cells)
        {
            foreach ((int steps, int batch, int input, int hidden) in s_sizes)
            {
                foreach (bool isShared in (bool[])[false, true])
                {
                    yield return (
                        new Layer(cell, steps, batch, input, hidden, isShared, isShared, []),
                        $"{cell} {steps} {batch} {input} {hidden} {isShared}");
                }
            }

            yield return (new Layer(cell, 5, 3, 9, 18, false, true, [5, 2, 4]), $"{cell} of lengths");
            yield return (new Layer(cell, 5, 3, 9, 18, false, true, [5, 2, 4]) { IsStatic = true }, $"{cell} of lengths, known scales");
            yield return (new Layer(cell, 4, 50, 6, 21, false, false, []) { IsStatic = true, Growth = 1.01f }, $"{cell}, known scales");
        }
    }

    /// <summary>A layer of one direction and random numbers.</summary>
    private sealed class Layer(
        string cell, int steps, int batch, int inputSize, int hidden, bool isShared, bool isReverse, int[] lengths)
    {
        private readonly int _gates = cell == "lstm" ? 4 : cell == "simple" ? 1 : 3;
        private readonly float[] _bias = Samples.Floats(2 * 4 * hidden, 4, 1);
        private sbyte[]? _weights;
        private sbyte[]? _recurrent;
        private float[]? _scales;

        /// <summary>How much larger each sequence is than the one before.</summary>
        public float Growth { get; init; } = 1.5f;

        public string Shorter { get; init; } = string.Empty;

        /// <summary>Whether all inputs, and all states, have codes of scales that are known: these do not reach the largest.</summary>
        public bool IsStatic { get; init; }

        private const float InputScale = 0.9f / 128;
        private const float StateScale = 0.8f / 128;
        private const int InputZero = 120;
        private const int StateZero = 131;

        private int Outputs => _gates * hidden;

        private sbyte[] Weights => _weights ??= [.. Samples.Codes(Outputs * inputSize, 2).Select(c => (sbyte)(c - 128))];

        private sbyte[] Recurrent => _recurrent ??= [.. Samples.Codes(Outputs * hidden, 3).Select(c => (sbyte)(c - 128))];

        private float[] Scales => _scales ??= [.. Enumerable.Range(0, Outputs)
            .Select(i => (0.5f + (0.3f * (i % 4))) / 128 / MathF.Sqrt(hidden))];

        private float[] Input => [.. Samples.Floats(steps * batch * inputSize, 1, 1)
            .Select((x, i) => x * MathF.Pow(Growth, i / inputSize % batch))];

        private bool IsResetLast => cell == "gru reset last";

        /// <summary>The first sequence by itself.</summary>
        public Layer First() => new(cell, steps, 1, inputSize, hidden, isShared, isReverse, [])
        {
            Growth = Growth, Alone = [.. Input.Where((_, i) => i / inputSize % batch == 0)],
        };

        private float[]? Alone { get; init; }

        public (float[] Output, float[] Last) Run(KernelTable kernels)
        {
            var shape = new RecurrentShape(steps, batch, inputSize, hidden, reverse: isReverse);
            float[] input = Alone ?? Input;
            float[] together = [.. _bias.Take(Outputs).Select(
                (b, i) => b + (IsResetLast && i >= 2 * hidden ? 0 : _bias[Outputs + i]))];
            using var weights = new GuardedSpan<sbyte>(Cut("weights", Pack(Weights, inputSize)));
            using var recurrent = new GuardedSpan<sbyte>(Cut("recurrent", Pack(Recurrent, hidden)));
            using var scratch = new GuardedSpan<byte>(
                (int)Recurrence.ScratchBytesOfCodes(shape, _gates) - (Shorter == "scratch" ? 4 : 0));
            using var output = new GuardedSpan<float>(steps * batch * hidden);
            var last = new float[batch * hidden];
            ChannelParameters channels = Channels(Weights, inputSize, together);
            ChannelParameters ofState = Channels(Recurrent, hidden, _bias[Outputs..(2 * Outputs)]);
            RecurrentWeights all = IsStatic
                ? RecurrentWeights.OfStaticCodes(
                    weights.Span, channels, recurrent.Span, ofState, InputScale, InputZero, StateScale, StateZero)
                : RecurrentWeights.OfCodes(weights.Span, channels, recurrent.Span, ofState, isShared);
            switch (cell)
            {
                case "lstm":
                    Recurrence.Lstm(
                        kernels, shape, all, RecurrentActivation.Sigmoid(), RecurrentActivation.Tanh(), RecurrentActivation.Tanh(), input,
                        scratch.Span, lengths: lengths, output: output.Span, lastHidden: last);
                    break;
                case "simple":
                    Recurrence.Simple(
                        kernels, shape, all, RecurrentActivation.Tanh(), input, scratch.Span, lengths: lengths, output: output.Span,
                        lastHidden: last);
                    break;
                default:
                    Recurrence.Gru(
                        kernels, shape, all, RecurrentActivation.Sigmoid(), RecurrentActivation.Tanh(), input, scratch.Span,
                        resetLast: IsResetLast, lengths: lengths, output: output.Span, lastHidden: last);
                    break;
            }

            output.Verify();
            scratch.Verify();
            return (output.Span.ToArray(), last);
        }

        public double[] Define()
        {
            var output = new double[steps * batch * hidden];
            double[][] h = [.. Enumerable.Range(0, batch).Select(_ => new double[hidden])];
            double[][] c = [.. Enumerable.Range(0, batch).Select(_ => new double[hidden])];
            double[][] x = Rounded([.. Enumerable.Range(0, steps * batch)
                .Select(r => Input.Skip(r * inputSize).Take(inputSize).Select(v => (double)v).ToArray())], InputScale, InputZero);
            for (int n = 0; n < steps; n++)
            {
                int step = isReverse ? steps - 1 - n : n;
                double[][] rounded = Rounded(h);
                double[][] reset = [.. h.Select((s, b) => s.Select((v, k) =>
                    cell == "gru" ? v * Sigmoid(Of(1, k, b, rounded)) : v).ToArray())];
                double[][] roundedReset = Rounded(reset);
                double[][] next = [.. Enumerable.Range(0, batch).Select(b => Enumerable.Range(0, hidden).Select(k =>
                {
                    switch (cell)
                    {
                        case "simple":
                            return Math.Tanh(Of(0, k, b, rounded));
                        case "lstm":
                            double cellState = (Sigmoid(Of(2, k, b, rounded)) * c[b][k])
                                + (Sigmoid(Of(0, k, b, rounded)) * Math.Tanh(Of(3, k, b, rounded)));
                            if (lengths.Length == 0 || step < lengths[b])
                            {
                                c[b][k] = cellState;
                            }

                            return Sigmoid(Of(1, k, b, rounded)) * Math.Tanh(cellState);
                        default:
                            double z = Sigmoid(Of(0, k, b, rounded));
                            double state = cell == "gru"
                                ? State(2, k, roundedReset[b]) : Sigmoid(Of(1, k, b, rounded)) * State(2, k, rounded[b]);
                            return ((1 - z) * Math.Tanh(Product(Weights, inputSize, 2, k, x[(step * batch) + b])
                                + _bias[(2 * hidden) + k] + state)) + (z * h[b][k]);
                    }
                }).ToArray())];
                for (int b = 0; b < batch; b++)
                {
                    if (lengths.Length == 0 || step < lengths[b])
                    {
                        h[b] = next[b];
                        next[b].CopyTo(output, ((step * batch) + b) * hidden);
                    }
                }

                double Of(int gate, int k, int b, double[][] states) => Product(Weights, inputSize, gate, k, x[(step * batch) + b])
                    + _bias[(gate * hidden) + k] + State(gate, k, states[b]);
            }

            return output;

            double State(int gate, int k, double[] state) =>
                Product(Recurrent, hidden, gate, k, state) + _bias[Outputs + (gate * hidden) + k];
        }

        private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

        private double Product(sbyte[] weights, int inner, int gate, int k, double[] row)
        {
            double sum = 0;
            for (int i = 0; i < inner; i++)
            {
                sum += row[i] * weights[(((gate * hidden) + k) * inner) + i];
            }

            return sum * Scales[(gate * hidden) + k];
        }

        /// <summary>What the codes of rows stand for.</summary>
        private double[][] Rounded(double[][] rows, double knownScale = StateScale, double knownZero = StateZero)
        {
            if (IsStatic)
            {
                return [.. rows.Select(r => Codes(r, knownScale, knownZero))];
            }

            double[] all = [.. rows.SelectMany(r => r)];
            return [.. rows.Select(r => Round(r, isShared ? all : r))];

            static double[] Round(double[] row, double[] range)
            {
                double low = Math.Min(0, range.Min());
                double scale = Math.Max((Math.Max(0, range.Max()) - low) / 255, 1e-38);
                return Codes(row, scale, -Math.Round(low / scale));
            }

            static double[] Codes(double[] row, double scale, double zero) =>
                [.. row.Select(v => (Math.Clamp(Math.Round(v / scale) + zero, 0, 255) - zero) * scale)];
        }

        private sbyte[] Pack(sbyte[] weights, int inner) => WeightPacking.GatesInt8(weights, _gates, new GemmShape(1, inner, hidden));

        private T[] Cut<T>(string name, T[] values) => name == Shorter ? values[..^1] : values;

        private ChannelParameters Channels(sbyte[] weights, int inner, float[] bias)
        {
            float[] sums = [.. Enumerable.Range(0, Outputs).Select(o => (float)weights.Skip(o * inner).Take(inner).Sum(w => w))];
            return new ChannelParameters(
                Cut("sums", WeightPacking.PadChannels<float>(sums, Outputs, _gates)),
                WeightPacking.PadChannels<float>(Scales, Outputs, _gates), WeightPacking.PadChannels<float>(bias, Outputs, _gates));
        }
    }
}
