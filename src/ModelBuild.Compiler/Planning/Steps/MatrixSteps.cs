using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Planning.Sparsity;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Matrix products: fused, with constant weights, and products of two tensors that only the run knows.</summary>
internal static class MatrixSteps
{
    public static void WriteGemm(Node node, PlanBuilder plan)
    {
        Value x = node.Required(0);
        Value weights = node.Required(1);
        int columns = (int)weights.Constant!.Dimensions[0];
        int inner = (int)weights.Constant.Dimensions[1];
        Dimension rows = x.KnownShape.Product(0, x.KnownShape.Rank - 1);
        bool integer = x.Type == DataType.UInt8;
        var packing = new GemmShape(1, inner, columns);
        if (integer && !plan.KeepsDense && SparseChoice.Of(
            weights.Constant.Span<sbyte>(), rows.IsConstant ? (int)rows.Value : null, inner, columns) is { } matrix)
        {
            WriteSparse(node, plan, rows, packing, matrix);
            return;
        }

        PlanArgument packed = integer
            ? plan.Constant<sbyte>(
                weights.Name, ConstantFormats.GemmInt8, WeightPacking.MatrixInt8(weights.Constant.Span<sbyte>(), packing),
                WeightPanels.OfInt8(inner))
            : plan.Constant<float>(
                weights.Name, ConstantFormats.GemmFloat32, WeightPacking.MatrixFloat32(weights.Constant.Span<float>(), packing),
                (WeightPacking.PanelWidth, inner));
        if (!node.Has(InternalOperators.IsPart))
        {
            plan.CountMacs(rows * inner * columns);
        }

        plan.Call(
            node,
            $"Matrix product {inner}×{columns}: {PlanBuilder.Describe(x)} → {PlanBuilder.Describe(node.Output)}",
            integer ? "Gemm.UInt8" : "Gemm.Float32",
            ("shape", PlanBuilder.Nested(nameof(GemmShape), ("rows", rows), ("inner", inner), ("columns", columns))),
            ("left", plan.Argument(x)),
            ("weights", packed),
            ("epilogue", integer ? FusedEpilogue.Integer(node, plan, columns, 1) : FusedEpilogue.Float(node, plan, columns, 1)),
            ("scratch", !integer ? null : plan.Scratch(inner % 4 == 0 ? Dimension.Zero : (rows * ((inner + 3) / 4 * 4)) + 64)),
            ("threads", PlanBuilder.Threads(rows * inner * columns)));
    }

    /// <summary>By the blocks of weights that are not zero.</summary>
    private static void WriteSparse(Node node, PlanBuilder plan, Dimension rows, in GemmShape one, SparseMatrix matrix)
    {
        Value x = node.Required(0);
        string name = node.Required(1).Name;
        if (!node.Has(InternalOperators.IsPart))
        {
            plan.CountMacs(rows * one.Inner * one.Columns);
        }

        plan.Call(
            node,
            $"Matrix product {one.Inner}×{one.Columns}{SparseChoice.Describe(matrix.Kept)}: "
                + $"{PlanBuilder.Describe(x)} → {PlanBuilder.Describe(node.Output)}",
            "SparseGemm.UInt8",
            ("shape", PlanBuilder.Nested(nameof(GemmShape), ("rows", rows), ("inner", one.Inner), ("columns", one.Columns))),
            ("left", plan.Argument(x)),
            ("epilogue", FusedEpilogue.Integer(node, plan, one.Columns, 1)),
            ("scratch", plan.Scratch(SparseScratchBytes(rows, one))),
            ("weights", matrix.Blocks is null ? null : SparseChoice.Argument(plan, name, matrix.Blocks)),
            ("rows", matrix.Steps is null ? null : SparseChoice.Argument(plan, name, matrix.Steps)),
            ("threads", PlanBuilder.Threads(rows * one.Inner * one.Columns)));
    }

    /// <summary>No less than <see cref="SparseGemm.ScratchBytes"/>, for as many rows as only the run knows too.</summary>
    private static Dimension SparseScratchBytes(Dimension rows, in GemmShape one)
    {
        if (rows.IsConstant)
        {
            return SparseGemm.ScratchBytes(new GemmShape((int)rows.Value, one.Inner, one.Columns));
        }

        // Planes of whole lines, an odd number of them; where blocks find theirs; slack around both. Or what few rows need.
        const int Line = 64;
        long quads = SparsePacking.Quads(one.Inner);
        return (((rows * WeightPacking.QuadLength) + (2 * Line)) * quads) + ((quads * sizeof(int)) + (4 * Line))
            + SparseGemm.ScratchBytes(one);
    }

    /// <summary>Rows of reals by int8 weights.</summary>
    public static void WriteDynamicGemm(Node node, PlanBuilder plan)
    {
        Value x = node.Required(0);
        Value weights = node.Required(1);
        int columns = (int)weights.Constant!.Dimensions[0];
        int inner = (int)weights.Constant.Dimensions[1];
        Dimension rows = x.KnownShape.Product(0, x.KnownShape.Rank - 1);
        plan.CountMacs(rows * inner * columns);
        plan.Call(
            node,
            $"Matrix product {inner}×{columns} by rows of codes: {PlanBuilder.Describe(x)} → {PlanBuilder.Describe(node.Output)}",
            "DynamicGemm.UInt8",
            ("shape", PlanBuilder.Nested(nameof(GemmShape), ("rows", rows), ("inner", inner), ("columns", columns))),
            ("left", plan.Argument(x)),
            ("weights", plan.Constant<sbyte>(
                weights.Name, ConstantFormats.GemmInt8,
                WeightPacking.MatrixInt8(weights.Constant.Span<sbyte>(), new GemmShape(1, inner, columns)), WeightPanels.OfInt8(inner))),
            ("channels", DynamicChannels.Of(node, plan, groups: 1)),
            ("minimum", node.Float("minimum", float.NegativeInfinity)),
            ("maximum", node.Float("maximum", float.PositiveInfinity)),
            ("output", plan.Tensor(node.Output)),
            ("scratch", plan.Scratch(DynamicGemm.ScratchBytes(inner, columns))),
            ("threads", PlanBuilder.Threads(rows * inner * columns)));
    }

    /// <summary>ONNX MatMul of two tensors that only the run knows, or of one with a stack of constant matrices.</summary>
    public static void WriteBatched(Node node, PlanBuilder plan)
    {
        Value left = node.Required(0);
        Value right = node.Required(1);
        Shape l = left.KnownShape;
        Shape r = right.KnownShape;
        Shape y = node.Output.KnownShape;
        Dimension batch = y.Product(0, y.Rank - 2);
        Dimension leftBatch = l.Product(0, l.Rank - 2);
        Dimension rightBatch = r.Product(0, r.Rank - 2);
        Dimension products = batch * l[^2] * l[^1] * r[^1];
        plan.CountMacs(products);
        bool isFloat = left.Type == DataType.Float32;
        bool simple = isFloat && (leftBatch.Equals(batch) || leftBatch.Equals(Dimension.One))
            && (rightBatch.Equals(batch) || rightBatch.Equals(Dimension.One));
        plan.Call(
            node,
            $"Matrix product of {PlanBuilder.Describe(left)} and {PlanBuilder.Describe(right)} → {PlanBuilder.Describe(node.Output)}",
            simple ? "Gemm.BatchedFloat32" : isFloat ? "Gemm.BroadcastFloat32" : "MatrixProduct.Multiply",
            [
                ("shape", PlanBuilder.Nested(nameof(GemmShape), ("rows", l[^2]), ("inner", l[^1]), ("columns", r[^1]))),
                .. simple
                    ? (IEnumerable<(string, PlanArgument?)>)
                    [
                        ("batch", batch), ("broadcastLeft", !leftBatch.Equals(batch)), ("broadcastRight", !rightBatch.Equals(batch)),
                    ]
                    : [("matrices", Broadcasts.Nest(Leading(l), Leading(r), Leading(y)))],
                ("left", plan.Argument(left)),
                ("right", plan.Argument(right)),
                ("output", plan.Tensor(node.Output)),
                ("threads", isFloat ? PlanBuilder.Threads(products) : null),
            ]);
    }

    public static void WriteAttention(Node node, PlanBuilder plan)
    {
        Value queries = node.Required(0);
        Value keys = node.Required(1);
        bool queriesBeside = node.Int("queries_beside") != 0;
        Shape k = keys.KnownShape;
        Dimension batch = k[0];
        Dimension heads = k.Rank == 4 ? k[1] : Dimension.One;
        Dimension count = queries.KnownShape[queriesBeside ? 1 : ^2];
        Dimension size = node.Required(2).KnownShape[^1];
        Dimension products = batch * heads * count * k[^1] * (k[^2] + size);
        plan.CountMacs(products);
        plan.Call(
            node,
            $"Attention of {PlanBuilder.Describe(queries)} to {PlanBuilder.Describe(keys)} → {PlanBuilder.Describe(node.Output)}",
            "Attention.Float32",
            ("shape", PlanBuilder.Nested(
                nameof(AttentionShape), ("batch", batch), ("heads", heads), ("queries", count), ("keys", k[^1]), ("size", k[^2]),
                ("valueSize", size), ("queriesBeside", queriesBeside), ("valuesBeside", node.Int("values_beside") != 0),
                ("outputBeside", node.Int("output_beside") != 0))),
            ("scale", node.Float("scale", 1)),
            ("maskSteps", PlanBuilder.List(MaskSteps(node.Input(3)?.KnownShape, k.Rank))),
            ("queries", plan.Argument(queries)),
            ("keys", plan.Argument(keys)),
            ("values", plan.Argument(node.Required(2))),
            ("output", plan.Tensor(node.Output)),
            ("scratch", plan.Scratch(k[^1] * (Attention.Block * sizeof(float)))),
            ("mask", node.Input(3) is { } mask ? plan.Argument(mask) : null),
            ("threads", PlanBuilder.Threads(products)));
    }

    /// <summary>From one sample to the next, from one head and from one query; 0 where the mask is the same for all.</summary>
    private static Dimension[] MaskSteps(Shape? mask, int rank)
    {
        Dimension[] steps = [Dimension.Zero, Dimension.Zero, Dimension.Zero];
        for (int i = 2; mask is not null && i <= mask.Rank; i++)
        {
            // Without heads a matrix is a sample.
            int step = rank == 3 && i == 3 ? 0 : 4 - i;
            steps[step] = mask[^i].Equals(Dimension.One) ? Dimension.Zero : mask.Product(mask.Rank - i + 1, mask.Rank);
        }

        return steps;
    }

    public static void WriteDeterminant(Node node, PlanBuilder plan) =>
        WriteOfSquareMatrices(node, plan, "Determinants", "Determinant.Compute", numbers: 1);

    public static void WriteInverse(Node node, PlanBuilder plan) =>
        WriteOfSquareMatrices(node, plan, "Inverses", "Inversion.Compute", numbers: 2);

    /// <param name="what">Of the matrices, for people.</param>
    /// <param name="numbers">float64 numbers that the kernel works with for each element of one matrix.</param>
    private static void WriteOfSquareMatrices(Node node, PlanBuilder plan, string what, string method, int numbers)
    {
        Shape shape = node.Required(0).KnownShape;
        plan.Call(
            node,
            $"{what}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
            method,
            [node.Required(0).Type],
            ("count", shape.Product(0, shape.Rank - 2)),
            ("size", shape[^1]),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)),
            ("scratch", plan.Scratch(shape[^1] * shape[^1] * (numbers * sizeof(double)))));
    }

    /// <summary>The dimensions before the matrices.</summary>
    private static Shape Leading(Shape shape) => new(shape.SkipLast(2));
}
