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

    /// <summary>Where only the run knows how many rows a matrix has: as few that sparse kernels gain least, …</summary>
    private const int FewRows = 4;

    /// <summary>… and many.</summary>
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
    public static SparseBlocks? Of(ReadOnlySpan<sbyte> weights, int? rows, int inner, int columns)
    {
        if (!IsCandidate(weights, inner) || SparsePacking.Quads(inner) > SparsePacking.MaximumIndices)
        {
            return null;
        }

        var likely = new GemmShape(Math.Max(rows ?? 1, 1), inner, columns);
        SparseBlocks single = SparsePacking.Matrix(weights, likely, 1);
        SparseBlocks pair = SparsePacking.Matrix(weights, likely, 2);
        SparseBlocks best = SparseCost.OfSparse(likely, pair) <= SparseCost.OfSparse(likely, single) ? pair : single;
        return Pays(likely) && (rows is not null || (IsNoWorse(new(FewRows, inner, columns)) && Pays(new(ManyRows, inner, columns))))
            ? best : null;

        bool Pays(GemmShape shape) => SparseCost.Pays(SparseCost.OfSparse(shape, best), SparseCost.OfDense(shape));

        bool IsNoWorse(GemmShape shape) => SparseCost.OfSparse(shape, best) <= SparseCost.OfDense(shape);
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

    /// <summary>What descriptions say: how many blocks there are of those that there could be.</summary>
    public static string Describe(SparseBlocks blocks, long all) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $", sparse ({(double)blocks.Indices.Length / Math.Max(1, all):P0} of its blocks of {blocks.Outputs}×{WeightPacking.QuadLength})");

    private static bool IsCandidate(ReadOnlySpan<sbyte> weights, int channels) =>
        channels >= LeastChannels && weights.Count((sbyte)0) >= LeastZeros * weights.Length && weights.ContainsAnyExcept((sbyte)0);
}
