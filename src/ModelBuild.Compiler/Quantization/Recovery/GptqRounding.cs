namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// Rounds the weights of sums one after another, and lets those that are still reals make up for what rounding the others has cost on the
/// inputs that were seen (Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", 2023).
/// </summary>
/// <remarks>
/// What has to be small is ‖X·(w − q)‖² = (w − q)ᵀ·H·(w − q) with H = Xᵀ·X = Rᵀ·R. Since R is triangular, the terms can be decided one by
/// one from the last to the first: with the errors e of those behind it, the best real for term i is w_i + Σ R_ij·e_j / R_ii.
/// </remarks>
internal static class GptqRounding
{
    /// <summary>Added to the diagonal, in parts of its mean: inputs are not known as well as they look.</summary>
    private const double Damping = 0.1;

    /// <summary>Outputs that go through all terms together: their errors stay in the cache.</summary>
    private const int Outputs = 32;

    /// <param name="weights">[outputs, terms].</param>
    /// <param name="grid">What they can be.</param>
    /// <param name="outputs">How many there are.</param>
    /// <param name="gram">H in any unit, [terms, terms], symmetric. Is used up.</param>
    /// <param name="levels">[outputs, terms]; left alone where nothing can be said of the inputs.</param>
    public static void Round(
        ReadOnlyMemory<float> weights, LevelGrid grid, int outputs, double[] gram, Memory<short> levels, CancellationToken cancellation)
    {
        int terms = weights.Length / outputs;
        if (Order(gram, terms) is not { } order)
        {
            return;
        }

        double[] factor = Permuted(gram, order);
        if (!Cholesky.Factor(factor, terms, cancellation))
        {
            return;
        }

        Parallel.For(0, (outputs + Outputs - 1) / Outputs, chunk =>
        {
            int first = chunk * Outputs;
            Round(
                weights.Span[(first * terms)..], grid.Part(first, 0), Math.Min(Outputs, outputs - first), factor, order,
                levels.Span[(first * terms)..]);
        });
    }

    /// <summary>
    /// The terms in the order in which they are decided, backwards: those whose inputs are largest first, while all others can still make
    /// up for them. Null where all inputs are 0. An input that is never anything else gets the mean of the others' squares.
    /// </summary>
    private static int[]? Order(double[] gram, int terms)
    {
        double mean = Enumerable.Range(0, terms).Sum(i => gram[(i * terms) + i]) / terms;
        if (!(mean > 0))
        {
            return null;
        }

        for (int i = 0; i < terms; i++)
        {
            ref double square = ref gram[(i * terms) + i];
            square = (square > 0 ? square : mean) + (Damping * mean);
        }

        return [.. Enumerable.Range(0, terms).OrderBy(i => gram[(i * terms) + i]).ThenByDescending(i => i)];
    }

    private static double[] Permuted(double[] matrix, int[] order)
    {
        int n = order.Length;
        double[] permuted = new double[matrix.Length];
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                permuted[(i * n) + j] = matrix[(order[i] * n) + order[j]];
            }
        }

        return permuted;
    }

    private static void Round(
        ReadOnlySpan<float> weights, LevelGrid grid, int outputs, double[] factor, int[] order, Span<short> levels)
    {
        int terms = order.Length;
        double[] errors = new double[terms * outputs];
        double[] target = new double[outputs];
        for (int i = terms - 1; i >= 0; i--)
        {
            target.AsSpan().Clear();
            for (int j = i + 1; j < terms; j++)
            {
                Cholesky.AddMultiple(target, errors.AsSpan(j * outputs, outputs), factor[(i * terms) + j]);
            }

            double pivot = factor[(i * terms) + i];
            for (int o = 0; o < outputs; o++)
            {
                int index = (o * terms) + order[i];
                if (weights[index] == 0)
                {
                    // What was pruned stays so, whatever others would like it to make up for.
                    levels[index] = 0;
                    continue;
                }

                (float step, short low, short high) = grid.At(o, order[i]);
                double wanted = (weights[index] + (target[o] / pivot)) / step;
                double level = Math.Clamp(Math.Round(wanted, MidpointRounding.ToEven), low, high);
                errors[(i * outputs) + o] = weights[index] - (level * step);
                levels[index] = (short)level;
            }
        }
    }
}
