using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// Decides for each weight whether it is rounded down or up by descending along the error that the sums of a layer have on samples (Nagel
/// et al., "Up or Down? Adaptive Rounding for Post-Training Quantization", 2020).
/// </summary>
/// <remarks>
/// A weight is ⌊w/s⌋ + h(v) steps, with h from 0 to 1 and v free. What is made small is ‖X·(w − q)‖² = (w − q)ᵀ·H·(w − q), in squared
/// steps and parts of the mean square of the inputs, and Σ 1 − |2h − 1|ᵝ, which pulls every h to 0 or 1, the nearer it is the earlier: β
/// falls from 20 to 2. All places that were looked at count in every step, so that there is no chance in it. Every sum has one order: what
/// it gives does not depend on threads or on the processor.
/// </remarks>
internal static class AdaptiveRounding
{
    /// <summary>Where the sigmoid is cut off and has no slope: what is zero stays zero.</summary>
    private const double Pruned = -10;

    /// <summary>Steps of the descent.</summary>
    private const int Steps = 1000;

    /// <summary>The part of them in which only the error counts.</summary>
    private const double WarmUp = 0.2;

    /// <summary>What one step may change, in units of v (Adam's learning rate).</summary>
    private const double Rate = 0.03;

    /// <summary>Weight of what pulls to 0 or 1.</summary>
    private const double Pull = 1;

    private const double SteepestPull = 20;

    private const double FlattestPull = 2;

    /// <summary>The sigmoid is stretched beyond 0 and 1, and cut off there, so that it reaches both.</summary>
    private const double StretchedLow = -0.1;

    private const double StretchedHigh = 1.1;

    /// <summary>Added to the diagonal, in parts of its mean, as in <see cref="GptqRounding"/>.</summary>
    private const double Damping = 0.1;

    /// <summary>Of the first and the second moment of a gradient (Kingma and Ba, "Adam", 2015).</summary>
    private const double FirstDecay = 0.9;

    private const double SecondDecay = 0.999;

    private const double LeastDeviation = 1e-8;

    /// <param name="weights">[outputs, terms].</param>
    /// <param name="grid">What they can be.</param>
    /// <param name="outputs">How many there are.</param>
    /// <param name="gram">H in any unit, [terms, terms], symmetric.</param>
    /// <param name="levels">
    /// [outputs, terms]; each output of which the error becomes less is replaced, so that no output is worse than it was.
    /// </param>
    public static void Round(
        ReadOnlyMemory<float> weights, LevelGrid grid, int outputs, double[] gram, Memory<short> levels, CancellationToken cancellation)
    {
        int terms = weights.Length / outputs;
        double mean = Enumerable.Range(0, terms).Sum(i => gram[(i * terms) + i]) / terms;
        if (!(mean > 0))
        {
            return;
        }

        double[] products = Array.ConvertAll(gram, g => g / mean);
        for (int i = 0; i < terms; i++)
        {
            products[(i * terms) + i] += Damping;
        }

        // Outputs have nothing to do with one another.
        Parallel.For(0, outputs, new ParallelOptions { CancellationToken = cancellation }, output =>
        {
            ReadOnlySpan<float> row = weights.Span.Slice(output * terms, terms);
            Span<short> current = levels.Span.Slice(output * terms, terms);
            LevelGrid own = grid.Part(output, 0);
            short[] found = Descend(row, own, products, cancellation);
            if (Error(row, own, found, gram) < Error(row, own, current, gram))
            {
                found.CopyTo(current);
            }
        });
    }

    /// <summary>(w − q)ᵀ·H·(w − q) of one output.</summary>
    internal static double Error(ReadOnlySpan<float> weights, LevelGrid grid, ReadOnlySpan<short> levels, ReadOnlySpan<double> gram)
    {
        int terms = weights.Length;
        var errors = new double[terms];
        for (int i = 0; i < terms; i++)
        {
            errors[i] = weights[i] - ((double)levels[i] * grid.At(0, i).Step);
        }

        double sum = 0;
        for (int i = 0; i < terms; i++)
        {
            double inner = 0;
            for (int j = 0; j < terms; j++)
            {
                inner += gram[(i * terms) + j] * errors[j];
            }

            sum += errors[i] * inner;
        }

        return sum;
    }

    private static short[] Descend(ReadOnlySpan<float> weights, LevelGrid grid, double[] products, CancellationToken cancellation)
    {
        int terms = weights.Length;
        var below = new double[terms];
        var fractions = new double[terms];
        var steps = new double[terms];
        double largest = 0;
        for (int i = 0; i < terms; i++)
        {
            (float step, short low, short high) = grid.At(0, i);
            double wanted = Math.Clamp(weights[i] / (double)step, low, high);
            below[i] = Math.Min(Math.Floor(wanted), high - 1);
            fractions[i] = wanted - below[i];
            steps[i] = step;
            largest = Math.Max(largest, step);
        }

        var variables = new double[terms];
        for (int i = 0; i < terms; i++)
        {
            // Where the sigmoid has a slope.
            double start = Math.Clamp(fractions[i], 0.01, 0.99);
            variables[i] = weights[i] == 0 ? Pruned
                : -Elementary.Log(((StretchedHigh - StretchedLow) / (start - StretchedLow)) - 1);
            steps[i] /= largest;
        }

        var (rounded, slopes, gradient, errors) = (new double[terms], new double[terms], new double[terms], new double[terms]);
        var (first, second) = (new double[terms], new double[terms]);
        (double firstPower, double secondPower) = (1, 1);
        for (int k = 0; k < Steps; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            Evaluate(variables, rounded, slopes);
            for (int i = 0; i < terms; i++)
            {
                // What has come to 0 or 1 stays there, as a rule: later steps have little to add.
                double change = ((rounded[i] - fractions[i]) * steps[i]) - errors[i];
                if (change != 0)
                {
                    errors[i] += change;
                    Cholesky.AddMultiple(gradient, products.AsSpan(i * terms, terms), 2 * change);
                }
            }

            double progress = (double)k / Steps;
            double exponent = SteepestPull - ((SteepestPull - FlattestPull) * (progress - WarmUp) / (1 - WarmUp));
            firstPower *= FirstDecay;
            secondPower *= SecondDecay;
            for (int i = 0; i < terms; i++)
            {
                double slope = gradient[i] * steps[i];
                if (progress >= WarmUp)
                {
                    double side = (2 * rounded[i]) - 1;
                    double distance = Math.Abs(side);
                    slope -= distance == 0 ? 0
                        : Pull * 2 * exponent * Math.Sign(side) * Elementary.Exp((exponent - 1) * Elementary.Log(distance));
                }

                slope *= slopes[i];
                first[i] = (FirstDecay * first[i]) + ((1 - FirstDecay) * slope);
                second[i] = (SecondDecay * second[i]) + ((1 - SecondDecay) * slope * slope);
                variables[i] -= Rate * (first[i] / (1 - firstPower)) / (Math.Sqrt(second[i] / (1 - secondPower)) + LeastDeviation);
            }
        }

        Evaluate(variables, rounded, slopes);
        var levels = new short[terms];
        for (int i = 0; i < terms; i++)
        {
            levels[i] = (short)(below[i] + (rounded[i] >= 0.5 ? 1 : 0));
        }

        return levels;
    }

    /// <summary>h, and its slope, which is 0 where it is cut off.</summary>
    private static void Evaluate(ReadOnlySpan<double> variables, Span<double> rounded, Span<double> slopes)
    {
        for (int i = 0; i < variables.Length; i++)
        {
            double sigmoid = 1 / (1 + Elementary.Exp(-variables[i]));
            double stretched = (sigmoid * (StretchedHigh - StretchedLow)) + StretchedLow;
            rounded[i] = Math.Clamp(stretched, 0, 1);
            slopes[i] = stretched is > 0 and < 1 ? sigmoid * (1 - sigmoid) * (StretchedHigh - StretchedLow) : 0;
        }
    }
}
