using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.LowRank;

/// <summary>
/// What a layer is taken apart into: y = last · core(first · x). In float32, as the model will have them; there is no first or no last one
/// where its rank is full.
/// </summary>
/// <param name="Ranks">Between the factors.</param>
/// <param name="First">[rank of the inputs, inputs]; null where there is none.</param>
/// <param name="Core">[rank of the outputs, taps, rank of the inputs].</param>
/// <param name="Last">[outputs, rank of the outputs]; null where there is none.</param>
internal sealed record LayerFactors(FactorRanks Ranks, float[]? First, float[] Core, float[]? Last)
{
    /// <summary>The weights that do the same in one layer, [outputs, taps, inputs].</summary>
    public double[] Product(LayerWork work)
    {
        double[] product = ToDoubles(Core);
        if (First is not null)
        {
            product = MatrixProduct.Of(product, ToDoubles(First), Ranks.Outputs * work.Taps, Ranks.Inputs, work.Inputs);
        }

        return Last is null ? product
            : MatrixProduct.Of(ToDoubles(Last), product, work.Outputs, Ranks.Outputs, work.Taps * work.Inputs);
    }

    /// <summary>The same weights in the order of the layer's constant.</summary>
    public float[] Weights(LayerWork work, WeightLayout layout)
    {
        double[] product = Product(work);
        float[] weights = new float[product.Length];
        for (int o = 0; o < work.Outputs; o++)
        {
            for (int tap = 0; tap < work.Taps; tap++)
            {
                for (int i = 0; i < work.Inputs; i++)
                {
                    weights[layout.Index(0, o, tap, i)] = (float)product[(((o * work.Taps) + tap) * work.Inputs) + i];
                }
            }
        }

        return weights;
    }

    private static double[] ToDoubles(float[] values) => Array.ConvertAll(values, v => (double)v);
}
