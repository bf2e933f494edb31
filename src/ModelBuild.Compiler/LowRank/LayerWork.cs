using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.LowRank;

/// <summary>The multiply-accumulates of a layer and of what it may be taken apart into.</summary>
/// <param name="Inputs">Channels, or terms of a product.</param>
/// <param name="Taps">Of the kernel; 1 for a product.</param>
/// <param name="Outputs">Channels.</param>
/// <param name="Before">Places that the layer reads, 1 for dimensions that are open.</param>
/// <param name="After">Places that it writes.</param>
internal readonly record struct LayerWork(int Inputs, int Taps, int Outputs, double Before, double After)
{
    /// <summary>Of the layer as it is.</summary>
    public double Macs => After * Inputs * Taps * Outputs;

    private double Weights => (double)Inputs * Taps * Outputs;

    /// <param name="weight">Of a convolution without groups, or of a product.</param>
    public static LayerWork Of(PrunableWeight weight)
    {
        Node node = weight.Node;
        WeightLayout layout = weight.Layout;
        Shape output = node.Output.KnownShape;
        if (!node.Is("Conv"))
        {
            double rows = BudgetCheck.Macs(output.Product(0, output.Rank - 1));
            return new LayerWork(layout.Inputs, 1, layout.Outputs, rows, rows);
        }

        Shape input = node.Required(0).KnownShape;
        Dimension before = input[0] * input.Product(2, input.Rank);
        Dimension after = output[0] * output.Product(2, output.Rank);
        double places = BudgetCheck.Macs(after);
        bool isKnown = input.Skip(2).All(d => d.IsConstant);
        double strides = (node.Ints("strides") ?? []).Aggregate(1.0, (a, b) => a * b);
        return new LayerWork(layout.Inputs, layout.Taps, layout.Outputs, isKnown ? BudgetCheck.Macs(before) : places * strides, places);
    }

    /// <summary>Of the layer taken apart. A rank as large as what it stands for means that there is no factor for it.</summary>
    public double MacsOf(FactorRanks ranks) => (ranks.Inputs < Inputs ? Before * Inputs * ranks.Inputs : 0)
        + (After * ranks.Inputs * Taps * ranks.Outputs) + (ranks.Outputs < Outputs ? After * ranks.Outputs * Outputs : 0);

    /// <summary>Whether the layer taken apart takes less work and fewer weights.</summary>
    public bool Saves(FactorRanks ranks) => MacsOf(ranks) < Macs
        && (this with { Before = 1, After = 1 }).MacsOf(ranks) < Weights;

    /// <summary>All ranks that save at least a part of the work, for each rank of the inputs the largest one of the outputs.</summary>
    /// <param name="saved">From 0 to below 1.</param>
    /// <param name="inputRank">The largest that is of use.</param>
    /// <param name="outputRank">The same for outputs.</param>
    public IEnumerable<FactorRanks> Within(double saved, int inputRank, int outputRank)
    {
        double most = (1 - saved) * Macs;
        IEnumerable<int> ranks = Taps == 1 ? [Inputs] : [.. Enumerable.Range(1, Math.Min(inputRank, Inputs - 1)), Inputs];
        foreach (int rank in ranks)
        {
            double left = most - (rank < Inputs ? Before * Inputs * rank : 0);
            double each = After * ((rank * (double)Taps) + Outputs);
            int outputs = (int)Math.Min(Math.Floor(left / each), Math.Min(Math.Min(outputRank, Outputs - 1), rank * Taps));
            if (outputs > 0 && Saves(new FactorRanks(rank, outputs)))
            {
                yield return new FactorRanks(rank, outputs);
            }

            if (rank < Inputs && MacsOf(new FactorRanks(rank, Outputs)) <= most && Saves(new FactorRanks(rank, Outputs)))
            {
                yield return new FactorRanks(rank, Outputs);
            }
        }
    }

    /// <summary>Whether any ranks take less work.</summary>
    public bool CanSave => Within(0, 1, 1).Any();
}
