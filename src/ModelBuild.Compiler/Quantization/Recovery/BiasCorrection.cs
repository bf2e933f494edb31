using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// The mean by which codes move each output of a layer, which a bias can take back (Nagel et al., "Data-Free Quantization Through Weight
/// Equalization and Bias Correction", 2019; here with the inputs that were seen).
/// </summary>
internal static class BiasCorrection
{
    /// <summary>What to add to each output.</summary>
    /// <param name="expected">The layer's output without codes in each sample.</param>
    /// <param name="actual">With codes.</param>
    /// <param name="axis">Along which the outputs lie.</param>
    /// <param name="clamp">What is made of the output: behind a bound it does not matter, and says nothing.</param>
    /// <remarks>
    /// A mean that differs from sample to sample is chance, and adding it would be noise: it is shrunk by max(0, 1 − variance/mean²), where
    /// the variance is the mean's, estimated from the samples' own means.
    /// </remarks>
    public static float[] Of(IReadOnlyList<Tensor> expected, IReadOnlyList<Tensor> actual, int axis, Clamp clamp)
    {
        int channels = (int)expected[0].Dimensions[axis];
        double[,] sums = new double[expected.Count, channels];
        long[,] counts = new long[expected.Count, channels];
        Parallel.For(0, expected.Count, sample =>
        {
            ReadOnlySpan<float> wanted = expected[sample].Span<float>();
            ReadOnlySpan<float> got = actual[sample].Span<float>();
            int inner = (int)expected[sample].Shape.Product(axis + 1, expected[sample].Rank).Value;
            for (int start = 0, channel = 0; start < wanted.Length; start += inner, channel = (channel + 1) % channels)
            {
                double sum = 0;
                long count = 0;
                for (int i = start; i < start + inner; i++)
                {
                    if (wanted[i] > clamp.Minimum && wanted[i] < clamp.Maximum)
                    {
                        sum += (double)wanted[i] - got[i];
                        count++;
                    }
                }

                sums[sample, channel] += sum;
                counts[sample, channel] += count;
            }
        });

        var corrections = new float[channels];
        for (int channel = 0; channel < channels; channel++)
        {
            double sum = 0;
            double count = 0;
            double squares = 0;
            for (int sample = 0; sample < expected.Count; sample++)
            {
                sum += sums[sample, channel];
                count += counts[sample, channel];
                squares += (double)counts[sample, channel] * counts[sample, channel];
            }

            double mean = sum / count;
            double variance = 0;
            for (int sample = 0; sample < expected.Count; sample++)
            {
                double deviation = (sums[sample, channel] - (mean * counts[sample, channel])) / count;
                variance += deviation * deviation;
            }

            // As many samples as count: one that has nearly all places says nothing of how much others differ.
            double samples = count * count / squares;
            variance *= samples / (samples - 1);

            // Otherwise also where nothing was seen at all, or one sample only, which makes the mean or the variance NaN.
            corrections[channel] = mean * mean > variance ? (float)(mean * (1 - (variance / (mean * mean)))) : 0;
        }

        return corrections;
    }
}
