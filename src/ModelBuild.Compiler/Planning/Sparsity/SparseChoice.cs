using System.Globalization;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Sparsity;

/// <summary>
/// Which layers of int8 weights run by the blocks that are not zero: those whose weights have so many zeros, wherever these come from, that
/// it is less work (<see cref="SparseCost"/>).
/// </summary>
internal static class SparseChoice
{
    /// <summary>With fewer zeros no layer gains, and none is looked at.</summary>
    private const double LeastZeros = 0.5;

    /// <summary>First layers have so few channels that blocks of four would be their own filling.</summary>
    private const int LeastChannels = 8;

    /// <summary>
    /// What stands for many rows where only the run knows how many; the fewest that are no longer taken one by one must not be
    /// slower either.
    /// </summary>
    private const int ManyRows = 64;

    /// <summary>The blocks of a convolution.</summary>
    /// <param name="weights">As in ONNX.</param>
    /// <param name="shape">The convolution of one image.</param>
    /// <returns>Null where dense kernels are better.</returns>
    public static SparseBlocks? Of(ReadOnlySpan<sbyte> weights, in ConvolutionShape shape)
    {
        if (!IsCandidate(weights, shape.InputChannelsPerGroup) || shape.IsVolume
            || (long)SparsePacking.Quads(shape.InputChannelsPerGroup) * shape.Taps > SparsePacking.MaximumIndices)
        {
            return null;
        }

        SparseBlocks single = SparsePacking.Convolution(weights, shape, 1);
        SparseBlocks pair = SparsePacking.Convolution(weights, shape, 2);
        SparseBlocks best = SparseCost.OfSparse(shape, pair) <= SparseCost.OfSparse(shape, single) ? pair : single;
        return SparseCost.Pays(SparseCost.OfSparse(shape, best), SparseCost.OfDense(shape)) ? best : null;
    }

    /// <summary>The blocks of a matrix.</summary>
    /// <param name="weights"><c>[columns, inner]</c>.</param>
    /// <param name="rows">Rows of the left matrix; null where only the run knows.</param>
    /// <param name="inner">Columns of the left matrix.</param>
    /// <param name="columns">Columns of the output.</param>
    /// <returns>Null where dense kernels are better, or where they may be.</returns>
    public static SparseMatrix? Of(ReadOnlySpan<sbyte> weights, int? rows, int inner, int columns)
    {
        if (!IsCandidate(weights, inner)
            || inner > Math.Min(SparseRowPacking.MaximumInner, SparsePacking.MaximumIndices * WeightPacking.QuadLength))
        {
            return null;
        }

        var one = new GemmShape(1, inner, columns);
        SparseBlocks single = SparsePacking.Matrix(weights, one, 1);
        SparseBlocks pair = SparsePacking.Matrix(weights, one, 2);
        SparseBlocks? blocks = null;
        SparseSteps? steps = null;
        if (rows is null or <= SparseGemm.MostSingleRows)
        {
            SparseSteps first = SparseRowPacking.Pack(single, columns);
            SparseSteps second = SparseRowPacking.Pack(pair, columns);
            steps = SparseCost.OfSparse(one, second) <= SparseCost.OfSparse(one, first) ? second : first;
            if (!SparseCost.Pays(SparseCost.OfSparse(one, steps), SparseCost.OfDense(one)))
            {
                return null;
            }
        }

        if (rows is null or > SparseGemm.MostSingleRows)
        {
            var many = new GemmShape(rows ?? ManyRows, inner, columns);
            blocks = SparseCost.OfSparse(many, pair) <= SparseCost.OfSparse(many, single) ? pair : single;
            if (!SparseCost.Pays(SparseCost.OfSparse(many, blocks), SparseCost.OfDense(many)))
            {
                return null;
            }

            var few = new GemmShape(SparseGemm.MostSingleRows + 1, inner, columns);
            if (rows is null && SparseCost.OfSparse(few, blocks) > SparseCost.OfDense(few))
            {
                return null;
            }
        }

        return new SparseMatrix(blocks, steps, (double)pair.Indices.Length / ((pair.Starts.Length - 1L) * SparsePacking.Quads(inner)));
    }

    /// <summary>The argument that a kernel takes.</summary>
    public static PlanCall Argument(PlanBuilder plan, string name, SparseBlocks blocks) => PlanBuilder.Nested(
        nameof(SparseWeights),
        ("starts", plan.Constant<int>($"{name}.starts", ConstantFormats.SparseStarts, blocks.Starts)),
        ("indices", plan.Constant<ushort>($"{name}.indices", ConstantFormats.SparseIndices, blocks.Indices)),
        ("values", plan.Constant<sbyte>(
            name, ConstantFormats.SparseInt8, blocks.Values,
            (blocks.Outputs * WeightPacking.QuadLength, blocks.Indices.Length))),
        ("blockOutputs", blocks.Outputs));

    /// <summary>The same for few rows of a matrix.</summary>
    public static PlanCall Argument(PlanBuilder plan, string name, SparseSteps steps) => PlanBuilder.Nested(
        nameof(SparseRows),
        ("starts", plan.Constant<int>($"{name}.panels", ConstantFormats.SparsePanels, steps.Starts)),
        ("windows", plan.Constant<ushort>($"{name}.windows", ConstantFormats.SparseWindows, steps.Windows)),
        ("lanes", plan.Constant<byte>($"{name}.lanes", ConstantFormats.SparseLanes, steps.Lanes)),
        ("values", plan.Constant<sbyte>(
            $"{name}.rows", ConstantFormats.SparseRowsInt8, steps.Values,
            (SparseRowPacking.Lanes * WeightPacking.QuadLength, steps.Outputs * steps.Windows.Length))),
        ("blockOutputs", steps.Outputs));

    /// <summary>What descriptions say: how many blocks there are of those that there could be.</summary>
    public static string Describe(double kept) => string.Create(CultureInfo.InvariantCulture, $", sparse ({kept:P0} of its blocks)");

    private static bool IsCandidate(ReadOnlySpan<sbyte> weights, int channels) =>
        channels >= LeastChannels && weights.Count((sbyte)0) >= LeastZeros * weights.Length && weights.ContainsAnyExcept((sbyte)0);
}
