using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Formulas over windows, made of average pooling.</content>
internal static partial class Composites
{
    private static readonly string[] s_window = ["auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "strides"];

    /// <summary>https://onnx.ai/onnx/operators/ under each name.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Windows { get; } =
    [
        ("LpPool", 2, new Composite(
            LpPool, 1, 1, 1,
            ("auto_pad", AttributeKind.Text), ("ceil_mode", AttributeKind.Int), ("dilations", AttributeKind.Ints),
            ("kernel_shape", AttributeKind.Ints), ("p", AttributeKind.Int), ("pads", AttributeKind.Ints), ("strides", AttributeKind.Ints))),
        ("GlobalLpPool", 2, new Composite(GlobalLpPool, 1, 1, 1, ("p", AttributeKind.Int))),
        ("LRN", 1, new Composite(
            LocalResponse, 1, 1, 1,
            ("alpha", AttributeKind.Float), ("beta", AttributeKind.Float), ("bias", AttributeKind.Float), ("size", AttributeKind.Int))),
    ];

    /// <summary>(Σ |x|ᵖ)^(1/p): the mean over the whole window, times its size.</summary>
    private static Value[] LpPool(Expansion e)
    {
        long[] kernel = e.Node.Ints("kernel_shape") ?? throw e.Context.Malformed(e.Node, "has no kernel_shape.");
        Value mean = e.Apply(
            "AveragePool", [Magnitudes(e)],
            [
                ("count_include_pad", 1L),
                .. s_window.Where(e.Node.Has).Select(name => (name, e.Node.Attributes[name])),
            ]);
        double size = kernel.Aggregate(1.0, (product, k) => product * k);
        return [RootOfPower(e, e.Multiply(mean, e.Number(size, mean)))];
    }

    private static Value[] GlobalLpPool(Expansion e) => [RootOfPower(e, e.Reduce("ReduceSum", Magnitudes(e), Axes(e, 2, e.Input(0))))];

    private static Value Magnitudes(Expansion e)
    {
        Value x = e.Input(0);
        return e.Node.Int("p", 2) switch
        {
            1 => e.Apply("Abs", [x]),
            2 => e.Multiply(x, x),
            long p => e.Apply("Pow", [e.Apply("Abs", [x]), e.Number(p, x)]),
        };
    }

    private static Value RootOfPower(Expansion e, Value sum) => e.Node.Int("p", 2) switch
    {
        1 => sum,
        2 => e.Apply("Sqrt", [sum]),
        long p => e.Apply("Pow", [sum, e.Number(1.0 / p, sum)]),
    };

    /// <summary>x / (bias + alpha / size · Σ x²)^beta, the sum over so many neighbouring channels.</summary>
    private static Value[] LocalResponse(Expansion e)
    {
        Value x = e.Input(0);
        Shape shape = x.KnownShape;
        long size = e.Node.Int("size") is > 0 and < 1 << 20 and var given
            ? given
            : throw e.Context.Malformed(e.Node, $"has size {e.Node.Int("size")}.");
        if (shape.Rank < 3)
        {
            throw e.Context.Malformed(e.Node, $"works on {shape}, which has no channels of images.");
        }

        // Channels are the rows of an image whose columns are the places.
        Value rows = e.Reshape(e.Multiply(x, x), shape[0], Dimension.One, shape[1], shape.Product(2, shape.Rank));
        Value mean = e.Apply(
            "AveragePool", [rows], ("kernel_shape", new long[] { size, 1 }), ("count_include_pad", 1L),
            ("pads", new long[] { (size - 1) / 2, 0, size / 2, 0 }));
        Value scaled = e.Multiply(e.Reshape(mean, shape), e.Number(e.Node.Float("alpha", 1e-4f), x));
        Value sum = e.Add(scaled, e.Number(e.Node.Float("bias", 1), x));
        return [e.Divide(x, e.Apply("Pow", [sum, e.Number(e.Node.Float("beta", 0.75f), x)]))];
    }
}
