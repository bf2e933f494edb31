using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization;

/// <summary>Signal to quantization noise ratios: 10 log₁₀ (Σ reference² / Σ (reference − value)²).</summary>
internal static class NoiseMeter
{
    /// <summary>What equal outputs are said to have: more than float32 could tell.</summary>
    public const double Perfect = 200;

    /// <summary>The ratio of a signal above 0 to noise, at most <see cref="Perfect"/>.</summary>
    public static double Decibels(double signal, double noise) =>
        Math.Clamp(10 * Elementary.Log10(signal / noise), -Perfect, Perfect);

    /// <summary>
    /// Compares the outputs of two models. Each output counts for itself, whatever its unit: the worst one is the result.
    /// </summary>
    /// <param name="reference">The float model.</param>
    /// <param name="quantized">The same model with as many outputs in the same order; they may have other names.</param>
    /// <param name="samples">Inputs by name.</param>
    /// <param name="labels">One for each sample; empty where they are not known.</param>
    /// <returns>Ratios are at most <see cref="Perfect"/>; null without samples.</returns>
    public static ModelQuality? Compare(
        Interpreter reference, Interpreter quantized, IEnumerable<IReadOnlyDictionary<string, Tensor>> samples,
        CancellationToken cancellation, IReadOnlyList<long>? labels = null)
    {
        var difference = new OutputDifference();
        int count = 0;
        int right = 0;
        int rightInFloat = 0;
        (string, string)[] pairs = [.. Names(reference).Zip(Names(quantized))];
        foreach (IReadOnlyDictionary<string, Tensor> sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();
            Dictionary<string, Tensor> expected = reference.Run(sample);
            Dictionary<string, Tensor> actual = quantized.Run(sample);
            foreach ((string name, string other) in pairs)
            {
                difference.Add(name, expected[name], actual[other]);
            }

            if (count < labels?.Count && pairs.Length > 0)
            {
                right += ChoiceSum.Largest(actual[pairs[0].Item2].ToDoubles()) == labels[count] ? 1 : 0;
                rightInFloat += ChoiceSum.Largest(expected[pairs[0].Item1].ToDoubles()) == labels[count] ? 1 : 0;
            }

            count++;
        }

        if (count == 0)
        {
            return null;
        }

        (string output, double? sqnr, double? least) = difference.Worst;
        return new ModelQuality(
            sqnr,
            output,
            difference.Agreement,
            labels is { Count: > 0 } ? (double)right / count : null,
            count)
        {
            LeastSqnr = least,
            FloatAccuracy = labels is { Count: > 0 } ? (double)rightInFloat / count : null,
        };

        static IEnumerable<string> Names(Interpreter interpreter) => interpreter.Plan.Outputs.Select(o => o.Name);
    }

    /// <summary>The tensors that lose most when they alone are quantized: where to look first when a model comes out noisy.</summary>
    /// <param name="reference">The float model, with the values observed that were quantized.</param>
    /// <param name="quantized">The same model with QuantizeLinear nodes.</param>
    /// <param name="samples">Inputs by name.</param>
    /// <param name="count">How many are wanted.</param>
    public static IReadOnlyList<(string Tensor, double Sqnr)> Worst(
        Interpreter reference, Graph quantized, IEnumerable<IReadOnlyDictionary<string, Tensor>> samples, int count,
        CancellationToken cancellation)
    {
        Dictionary<string, QuantizationParameters> parameters = quantized.Nodes.Where(n => n.Is("QuantizeLinear")).ToDictionary(
            n => n.Required(0).Name, n => QuantizationInputs.Parameters(n), StringComparer.Ordinal);
        var sums = new SortedDictionary<string, NoiseSum>(StringComparer.Ordinal);
        foreach (IReadOnlyDictionary<string, Tensor> sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();
            reference.Observe(sample, Add);
        }

        return [.. sums.Where(s => s.Value.Sqnr is not null).Select(s => (s.Key, s.Value.Sqnr!.Value)).OrderBy(s => s.Value).Take(count)];

        void Add(string name, ReadOnlySpan<float> values)
        {
            if (!parameters.TryGetValue(name, out QuantizationParameters? own))
            {
                return;
            }

            sums.TryAdd(name, new NoiseSum());
            sums[name].AddCodes(values, own);
        }
    }

    /// <summary>How many rows of several elements have had their largest one in the same place so far.</summary>
    internal sealed class ChoiceSum
    {
        private long _rows;
        private long _same;

        /// <summary>Null where there were no such rows.</summary>
        public double? Agreement => _rows > 0 ? (double)_same / _rows : null;

        public void Add(double[] expected, double[] actual, long length)
        {
            for (int start = 0; length > 1 && start < expected.Length; start += (int)length)
            {
                _rows++;
                _same += Largest(expected.AsSpan(start, (int)length)) == Largest(actual.AsSpan(start, (int)length)) ? 1 : 0;
            }
        }

        /// <summary>The place of the first of the largest elements; that of NaN where there is one.</summary>
        public static int Largest(ReadOnlySpan<double> row) => row.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(row));
    }

    /// <summary>Signal and noise so far.</summary>
    internal sealed class NoiseSum
    {
        private double _signal;
        private double _noise;

        /// <summary>Of samples: how many, and the sums of products of what each has.</summary>
        private int _samples;
        private double _signalSquares;
        private double _noiseSquares;
        private double _products;

        /// <summary>In dB; null without a signal.</summary>
        public double? Sqnr => _signal > 0 ? Decibels(_signal, _noise) : null;

        /// <summary>
        /// What <see cref="Sqnr"/> would be at least, with a confidence of 95 %, over all samples that there might be; null where fewer
        /// than two samples were added.
        /// </summary>
        public double? LeastSqnr => _samples > 1 ? Sqnr - (Confidence.Student95(_samples - 1) * StandardError) : null;

        /// <summary>
        /// In dB: that of a ratio of two sums over samples (Cochran, "Sampling Techniques", 1977, §6.4), by the slope of the logarithm.
        /// </summary>
        private double StandardError
        {
            get
            {
                double ratio = _noise / _signal;
                double squares = _noiseSquares - (2 * ratio * _products) + (ratio * ratio * _signalSquares);
                double relative = Math.Sqrt(Math.Max(squares, 0) * _samples / (_samples - 1)) / _noise;
                return double.IsFinite(relative) ? relative * 10 / Math.Log(10) : 0;
            }
        }

        /// <summary>Takes in an output of a sample.</summary>
        public void Add(double[] expected, double[] actual)
        {
            (double signal, double noise) = (_signal, _noise);
            for (int i = 0; i < expected.Length; i++)
            {
                Add(expected[i], actual[i]);
            }

            (signal, noise) = (_signal - signal, _noise - noise);
            _samples++;
            _signalSquares += signal * signal;
            _noiseSquares += noise * noise;
            _products += signal * noise;
        }

        /// <summary>Compares reals with what codes make of them.</summary>
        public void AddCodes(ReadOnlySpan<float> reals, QuantizationParameters codes)
        {
            (double low, double high) = QuantizationInputs.Range(codes.CodeType);
            foreach (float real in reals)
            {
                double code = Math.Clamp(Math.Round(real / codes.Scale, MidpointRounding.ToEven) + codes.ZeroPoint, low, high);
                Add(real, (code - codes.ZeroPoint) * codes.Scale);
            }
        }

        /// <summary>
        /// Where the reference is not finite there is nothing to compare with; where only the other is not, all is noise.
        /// </summary>
        public void Add(double expected, double actual)
        {
            if (double.IsFinite(expected))
            {
                double error = expected - actual;
                _signal += expected * expected;
                _noise += double.IsNaN(error) ? double.PositiveInfinity : error * error;
            }
        }
    }
}
