using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Forms of operators that few networks have, through the whole compiler: the plan computes what ONNX Runtime does.</summary>
public sealed class RareFormsTests
{
    private static readonly Dictionary<string, Func<OnnxGraph, OnnxGraph>> s_models = new(StringComparer.Ordinal)
    {
        ["Einsum, a diagonal"] = g => Einsum(g.Input("x", 4, 4), "ii->i", "x"),
        ["Einsum, a diagonal in a batch"] = g => Einsum(g.Input("x", "n", 4, 4), "bii->bi", "x"),
        ["Einsum, a diagonal around an axis"] = g => Einsum(g.Input("x", 4, 2, 4), "iji->ji", "x"),
        ["Einsum, a trace"] = g => Einsum(g.Input("x", 4, 4), "ii->", "x"),
        ["Einsum, diagonals multiplied"] = g => Einsum(g.Input("x", 3, 3).Input("z", 3, 2), "ii,ij->j", "x", "z"),
        ["Einsum, axes of one element"] = g => Einsum(g.Input("x", 3, 1).Input("z", 1, 2), "ij,jk->ik", "x", "z"),
        ["ReverseSequence, batch first"] = g => g.Input("x", 3, 5, 2).Output("y").Integers("l", 5, 1, 3)
            .Node("ReverseSequence", ["x", "l"], ["y"], ("batch_axis", 0L), ("time_axis", 1L)),
        ["ReverseSequence, steps first"] = g => g.Input("x", 5, 3, 2).Output("y").Integers("l", 2, 4, 5)
            .Node("ReverseSequence", ["x", "l"], ["y"]),
        ["Range from one to a size"] = g => Size(g.Input("x", "n", 3)).Constant("one", Tensor.Of([1L], []))
            .Output("y", DataType.Int64, "k").Node("Range", ["one", "size", "one"], ["y"]),
        ["Range from a size to twice of it"] = g => Size(g.Input("x", "n", 3)).Constant("one", Tensor.Of([1L], []))
            .Output("y", DataType.Int64, "k").Node("Add", ["size", "size"], ["twice"]).Node("Range", ["size", "twice", "one"], ["y"]),
        ["Range from a size to a number"] = g => Size(g.Input("x", "n", 3)).Constant("one", Tensor.Of([1L], []))
            .Constant("end", Tensor.Of([8L], [])).Output("y", DataType.Int64, "k").Node("Range", ["size", "end", "one"], ["y"]),
        ["Resize of a region"] = g => Resize(g.Input("x", 1, 2, 6, 5)),
        ["Resize of a region, of open sizes"] = g => Resize(g.Input("x", 1, 2, "n", 5)),
        ["Resize of a region to the length of its axis"] = g => g.Input("x", 1, 2, 6, 5).Output("y")
            .Constant("r", [8], [0, 0, 0.2f, 0, 1, 1, 0.7f, 1]).Constant("s", [4], [1, 1, 2, 1])
            .Node("Resize", ["x", "r", "s"], ["y"], ("mode", "linear"), ("coordinate_transformation_mode", "tf_crop_and_resize")),
        ["Resize by a factor that leaves a length as it is"] = g => Stretched(g, "linear"),
        ["Resize by a factor that leaves a length as it is, nearest"] = g => Stretched(g, "nearest"),
        ["Resize by a factor that leaves a length as it is, cubic"] = g => Stretched(g, "cubic"),
        ["Resize to open sizes, each axis by its own factor"] = g => Size(g.Input("x", "n", 3)).Input("z", 1, 2, 3, 4).Output("y")
            .Integers("axis", 0).Integers("head", 1, 2).Node("Unsqueeze", ["size", "axis"], ["s"])
            .Node("Concat", ["head", "s", "s"], ["sizes"], ("axis", 0L)).Node("Resize", ["z", "", "", "sizes"], ["y"], ("mode", "linear")),
        ["Conv of one tap that steps over slices"] = g => g.Constant("w", Numbers(3, 2, 1, 2, 2)).Input("x", "n", 2, 2, 4, 5).Output("y")
            .Node("Conv", ["x", "w"], ["y"], ("strides", new long[] { 2, 1, 1 })),
        ["Conv of slices, padded in front only"] = g => g.Constant("w", Numbers(3, 2, 2, 1, 1)).Input("x", "n", 2, 1, 4, 5).Output("y")
            .Node("Conv", ["x", "w"], ["y"], ("pads", new long[] { 1, 0, 0, 0, 0, 0 })),
        ["ReduceMean of nothing but ones"] = g => g.Input("x", 1, 1, 1).Output("y").Node("ReduceMean", ["x"], ["y"], ("keepdims", 0L)),
        ["Two numbers of elements found, in one tensor"] = g => g.Input("x", 7).Input("z", 6).Output("y", "k", "m")
            .Constant("zero", Tensor.Of([0f], [])).Integers("column", -1, 1).Integers("row", 1, -1)
            .Node("Greater", ["x", "zero"], ["a"]).Node("Compress", ["x", "a"], ["c"]).Node("Reshape", ["c", "column"], ["left"])
            .Node("Greater", ["z", "zero"], ["b"]).Node("Compress", ["z", "b"], ["d"]).Node("Reshape", ["d", "row"], ["right"])
            .Node("MatMul", ["left", "right"], ["p"]).Node("Exp", ["p"], ["e"]).Node("Add", ["e", "left"], ["y"]),
        ["Two numbers of elements found, which have to be equal"] = g => g.Input("x", 7).Output("y", "k")
            .Constant("zero", Tensor.Of([0f], [])).Node("Greater", ["x", "zero"], ["a"]).Node("Compress", ["x", "a"], ["c"])
            .Node("Less", ["zero", "x"], ["b"]).Node("Exp", ["x"], ["e"]).Node("Compress", ["e", "b"], ["d"])
            .Node("Sub", ["c", "d"], ["y"]),
        ["Two numbers of elements found, of which one is twice the other"] = g => g.Input("x", 7).Output("y", "k")
            .Constant("zero", Tensor.Of([0f], [])).Node("Greater", ["x", "zero"], ["a"]).Node("Compress", ["x", "a"], ["c"])
            .Node("Concat", ["c", "c"], ["twice"], ("axis", 0L)).Node("Concat", ["x", "x"], ["xx"], ("axis", 0L))
            .Node("Less", ["zero", "xx"], ["b"]).Node("Compress", ["xx", "b"], ["d"]).Node("Exp", ["d"], ["e"])
            .Node("Sub", ["twice", "e"], ["y"]),
        ["MaxPool of volumes, padded behind and with steps between taps"] = g => g.Input("x", "n", 2, 6, 7, 8).Output("y").Node(
            "MaxPool", ["x"], ["y"], ("kernel_shape", new long[] { 2, 3, 2 }), ("strides", new long[] { 1, 2, 3 }),
            ("dilations", new long[] { 3, 2, 1 }), ("pads", new long[] { 0, 1, 0, 1, 2, 1 })),
        ["AveragePool of volumes, padded in front"] = g => g.Input("x", "n", 2, 5, 6, 7).Output("y").Node(
            "AveragePool", ["x"], ["y"], ("kernel_shape", new long[] { 3, 2, 2 }), ("strides", new long[] { 2, 1, 2 }),
            ("pads", new long[] { 2, 0, 1, 0, 1, 0 }), ("count_include_pad", 1L)),
        ["AveragePool that does not count its own padding, behind a Pad"] = g => g.Input("x", "n", 2, 5, 6).Output("y")
            .Integers("p", 0, 0, 1, 0, 0, 0, 0, 1).Node("Pad", ["x", "p"], ["padded"])
            .Node("AveragePool", ["padded"], ["y"], ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 0, 0, 1 })),
        ["Conv of which a factor would make nothing of one channel's weights"] = g => g.Input("x", "n", 2, 4, 4).Output("y")
            .Constant("w", Tensor.Of([.. Numbers(3, 2, 2, 2).ToFloats().Select(v => v * 1e-20f)], 3, 2, 2, 2))
            .Constant("large", [1], [1e20f]).Constant("small", [3, 1, 1], [1, 1e-25f, -2]).Constant("back", [3, 1, 1], [1, 1e25f, 3])
            .Node("Mul", ["x", "large"], ["a"]).Node("Tanh", ["x"], ["t"]).Node("Mul", ["a", "t"], ["b"])
            .Node("Conv", ["b", "w"], ["c"]).Node("Mul", ["c", "small"], ["d"]).Node("Relu", ["d"], ["e"])
            .Node("Mul", ["e", "back"], ["y"]),
        ["GridSample of images of several places"] = g => g.Input("x", "n", 2, 5, 4).Input("z", "n", 3, 2, 2).Output("y")
            .Node("GridSample", ["x", "z"], ["y"], ("mode", "bilinear"), ("padding_mode", "border")),
        ["AffineGrid of images, with corners and without"] = g => g.Input("x", 2, 2, 3).Output("y").Integers("to", 2, 1, 3, 4)
            .Node("AffineGrid", ["x", "to"], ["a"]).Node("AffineGrid", ["x", "to"], ["b"], ("align_corners", 1L))
            .Node("Sub", ["a", "b"], ["d"]).Node("Concat", ["a", "d"], ["y"], ("axis", 0L)),
        ["SiLU that a factor gives another dimension"] = g => g.Input("x", "n", 3).Output("y").Constant("one", [1, 1, 1], [1f])
            .Node("Sigmoid", ["x"], ["s"]).Node("Mul", ["s", "one"], ["wide"]).Node("Mul", ["x", "wide"], ["y"]),
        ["SiLU and GELU of a column by a row"] = g => g.Input("x", "n", 1).Input("z", 1, 3).Output("y").Node("Sigmoid", ["z"], ["s"])
            .Node("Mul", ["x", "s"], ["a"]).Node("Sigmoid", ["x"], ["t"]).Node("Mul", ["t", "z"], ["b"]).Node("Add", ["a", "b"], ["y"]),
        ["Channels shuffled, and their pixels in a row"] = g => Shuffled(g, 0, 6, 20),
        ["Channels shuffled"] = g => Shuffled(g, 0, 6, 4, 5),
        ["Channels shuffled in another order of pixels"] = g => Shuffled(g, 0, 6, 5, 4),
        ["Split of a convolution's channels into unequal parts"] = g => g.Input("x", "n", 2, 4, 5).Output("y")
            .Constant("w", Numbers(6, 2, 1, 1)).Integers("parts", 1, 3, 2).Node("Conv", ["x", "w"], ["c"])
            .Node("Split", ["c", "parts"], ["p", "q", "r"], ("axis", 1L)).Node("Concat", ["r", "p", "q"], ["s"], ("axis", 1L))
            .Node("Relu", ["s"], ["y"]),
        ["MatMul of stacks that repeat within each other"] = g => g.Input("x", 2, 1, 3, 4).Input("z", 1, 3, 4, 5).Output("y")
            .Node("MatMul", ["x", "z"], ["y"]),
        ["MatMul of a stack of as many as another has in a row"] = g => g.Input("x", 2, 3, 3, 4).Input("z", 3, 4, 5).Output("y")
            .Node("MatMul", ["x", "z"], ["y"]),
        ["Resize by whole numbers along open axes"] = g => g.Input("x", 1, 2, "n", 3).Output("y").Constant("s", [4], [1, 1, 3, 2])
            .Node("Resize", ["x", "", "s"], ["y"], ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"),
                ("nearest_mode", "floor")),
        ["MatMulInteger, a scale of each column"] = g => Integers(g.Input("x", 3, 4), [4, 5], [5], 120, hasBias: false),
        ["MatMulInteger, a scale and a bias of each column"] = g => Integers(g.Input("x", 3, 4), [4, 5], [5], 120, hasBias: true),
        ["MatMulInteger of several matrices"] = g => Integers(g.Input("x", 2, 3, 4), [4, 5], [5], 120, hasBias: true),
        ["MatMulInteger by another zero point"] = g => Integers(g.Input("x", 3, 4), [4, 5], [5], 119, hasBias: true),
        ["ConvInteger, a scale of each channel"] = g => Integers(g.Input("x", 1, 2, 5, 5), [3, 2, 3, 3], [1, 3, 1, 1], 120, hasBias: false),
        ["ConvInteger, a scale and a bias of each channel"] = g =>
            Integers(g.Input("x", "n", 2, 5, 5), [3, 2, 3, 3], [1, 3, 1, 1], 120, hasBias: true),
        ["IsInf of both signs"] = g => Infinities(g, 1, 1),
        ["IsInf of what is below all numbers"] = g => Infinities(g, 1, 0),
        ["IsInf of what is above all numbers"] = g => Infinities(g, 0, 1),
        ["IsNaN"] = g => g.Input("x", "n", 3).Output("y").Node("Sqrt", ["x"], ["r"]).Node("IsNaN", ["r"], ["f"])
            .Node("Cast", ["f"], ["y"], ("to", (long)DataType.Float32)),
        ["Unique of rows"] = g => Unique(g, 0),
        ["Unique of columns"] = g => Unique(g, 1),
        ["Expand to a size that data decides"] = g => g.Input("x", 7).Input("z", 1, 3).Output("y").Constant("zero", [], [0f])
            .Integers("three", 3).Node("Greater", ["x", "zero"], ["p"]).Node("Cast", ["p"], ["i"], ("to", (long)DataType.Int64))
            .Node("ReduceSum", ["i"], ["n"]).Node("Concat", ["n", "three"], ["to"], ("axis", 0L)).Node("Expand", ["z", "to"], ["y"]),
        ["Pad of one axis by what data decides"] = g => g.Input("x", 7).Input("z", 2, 3).Output("y").Constant("zero", [], [0f])
            .Integers("axis", 1).Integers("two", 2).Node("Greater", ["x", "zero"], ["p"])
            .Node("Cast", ["p"], ["i"], ("to", (long)DataType.Int64)).Node("ReduceSum", ["i"], ["n"])
            .Node("Concat", ["n", "two"], ["pads"], ("axis", 0L)).Node("Pad", ["z", "pads", "", "axis"], ["y"]),
        ["Pad by what data decides, which cuts off"] = g => g.Input("x", 7).Input("z", 12, 3).Output("y").Constant("zero", [], [0f])
            .Integers("none", 0).Integers("minus", -1).Node("Greater", ["x", "zero"], ["p"])
            .Node("Cast", ["p"], ["i"], ("to", (long)DataType.Int64)).Node("ReduceSum", ["i"], ["n"]).Node("Neg", ["n"], ["less"])
            .Node("Concat", ["less", "n", "minus", "none"], ["pads"], ("axis", 0L)).Node("Pad", ["z", "pads"], ["y"]),
        ["If of a number or a vector of one, with a vector"] = g => Number(g.Input("x", 5)).Input("z", 4).Output("y")
            .Node("Mul", ["z", "k"], ["y"]),
        ["If of a number or a vector of one, with another"] = g => Number(g.Input("x", 5)).Output("y").Constant("one", [1], [0.5f])
            .Node("Sub", ["k", "one"], ["y"]),
        ["Loop that collects as many rows as data says"] = g => g.Input("x", 9).Input("h", 3).Output("y").Output("last")
            .Constant("zero", [], [0f]).Node("Greater", ["x", "zero"], ["p"]).Node("Cast", ["p"], ["i"], ("to", (long)DataType.Int64))
            .Node("ReduceSum", ["i"], ["n"], ("keepdims", 0L)).Node("Loop", ["n", "", "h"], ["last", "y"], ("body", Rows())),
        ["If that data decides, one way"] = g => Branches(g, "Less"),
        ["If that data decides, the other way"] = g => Branches(g, "GreaterOrEqual"),
        ["Loop that carries a matrix, a vector and a number"] = g => g.Input("x", "n", 3).Output("y").Constant("a", [3], [1, -2, 3])
            .Constant("b", Tensor.Of([2L], [])).Constant("times", Tensor.Of([3L], []))
            .Node("Loop", ["times", "", "x", "a", "b"], ["m", "v", "k"], ("body", Three()))
            .Node("Cast", ["k"], ["f"], ("to", (long)DataType.Float32)).Node("Add", ["m", "v"], ["s"]).Node("Mul", ["s", "f"], ["y"]),
        ["Loop whose state grows, and is read behind it"] = g => g.Input("x", 9).Input("h", 2, 3).Output("y").Integers("first", 0)
            .Constant("zero", [], [0f]).Node("Greater", ["x", "zero"], ["p"]).Node("Cast", ["p"], ["i"], ("to", (long)DataType.Int64))
            .Node("ReduceSum", ["i"], ["n"], ("keepdims", 0L)).Node("Loop", ["n", "", "h"], ["all", "each"], ("body", Longer()))
            .Node("ReduceSum", ["all", "first"], ["s"]).Node("Add", ["s", "each"], ["y"]),
    };

    /// <summary>Reductions whose axes are found by the run.</summary>
    public static TheoryData<string> Reductions =>
    [
        "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
        "ReduceSumSquare",
    ];

    public static TheoryData<string> Models => [.. s_models.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void Compile_Model_ComputesWhatOnnxRuntimeDoes(string name)
    {
        using var files = new TemporaryFolder();
        byte[] onnx = s_models[name](new OnnxGraph()).ToModel(name.StartsWith("AffineGrid", StringComparison.Ordinal) ? 20 : 18);
        using CompiledModel model = ModelCompiler.CompileModel(CompiledFile.Options(files.Write("model.onnx", onnx), ModelMode.Fp32, []));
        var interpreter = new Interpreter(model.Compiled);
        foreach (long size in (long[])[6, 9])
        {
            Dictionary<string, Tensor> inputs = TestGraph.Inputs(OnnxImporter.Import(onnx, "model.onnx"), size, seed: 5);

            Dictionary<string, Tensor> actual = interpreter.Run(inputs);

            TensorAssert.Close(OrtSession.Run(onnx, inputs)["y"], actual["y"]);
        }
    }

    /// <summary>
    /// A sum of no terms and a bias. By the definition: ONNX Runtime 1.31.1 leaves what lies in memory, and with padding it does not come
    /// back.
    /// </summary>
    [Theory]
    [InlineData(0, 2, 3)]
    [InlineData(1, 4, 5)]
    public void Compile_ConvolutionOfNoChannels_GivesItsBias(int pad, int height, int width)
    {
        using var files = new TemporaryFolder();
        byte[] onnx = new OnnxGraph().Input("x", "n", 0, 4, 5).Output("y").Constant("w", Tensor.Of(Array.Empty<float>(), 2, 0, 3, 3))
            .Constant("b", [2], [0.5f, -3]).Node("Conv", ["x", "w", "b"], ["y"], ("pads", new long[] { pad, pad, pad, pad })).ToModel(18);
        using CompiledModel model = ModelCompiler.CompileModel(CompiledFile.Options(files.Write("model.onnx", onnx), ModelMode.Fp32, []));

        Tensor y = new Interpreter(model.Compiled)
            .Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Of(Array.Empty<float>(), 3, 0, 4, 5) })["y"];

        Assert.Equal([3L, 2, height, width], y.Dimensions);
        Assert.Equal(Enumerable.Range(0, (int)y.Length).Select(i => i / (height * width) % 2 == 0 ? 0.5f : -3), y.ToFloats());
    }

    /// <summary>The axis is the first where numbers are added up to more than a bound, else the second.</summary>
    [Theory]
    [MemberData(nameof(Reductions))]
    public void Compile_ReductionOfAnAxisThatDataDecides_ComputesWhatOnnxRuntimeDoes(string type)
    {
        using var files = new TemporaryFolder();
        byte[] onnx = new OnnxGraph().Input("x", 3, 4).Input("z", 1).Output("y").Constant("zero", [1], [0f])
            .Node("Less", ["z", "zero"], ["less"]).Node("Cast", ["less"], ["axis"], ("to", (long)DataType.Int64))
            .Node("Abs", ["x"], ["positive"]).Node(type, ["positive", "axis"], ["y"]).ToModel(18);
        using CompiledModel model = ModelCompiler.CompileModel(CompiledFile.Options(files.Write("model.onnx", onnx), ModelMode.Fp32, []));
        var interpreter = new Interpreter(model.Compiled);
        foreach (float z in (float[])[-1, 1])
        {
            var inputs = new Dictionary<string, Tensor> { ["x"] = Numbers(3, 4), ["z"] = Tensor.Of([z], 1) };

            TensorAssert.Close(OrtSession.Run(onnx, inputs)["y"], interpreter.Run(inputs)["y"]);
        }
    }

    /// <summary>x by 0 is infinite, with the sign of x.</summary>
    private static OnnxGraph Infinities(OnnxGraph g, long negative, long positive) => g.Input("x", "n", 3).Output("y")
        .Constant("zero", [1], [0f]).Node("Div", ["x", "zero"], ["r"])
        .Node("IsInf", ["r"], ["f"], ("detect_negative", negative), ("detect_positive", positive))
        .Node("Cast", ["f"], ["y"], ("to", (long)DataType.Float32));

    private static OnnxGraph Shuffled(OnnxGraph g, params long[] to) => g.Input("x", "n", 6, 4, 5).Output("y")
        .Constant("w", Numbers(6, 6, 1, 1)).Integers("cut", 0, 2, 3, 4, 5).Integers("to", to).Node("Conv", ["x", "w"], ["c"])
        .Node("Reshape", ["c", "cut"], ["groups"]).Node("Transpose", ["groups"], ["t"], ("perm", new long[] { 0, 2, 1, 3, 4 }))
        .Node("Reshape", ["t", "to"], ["j"]).Node("Relu", ["j"], ["y"]);

    private static OnnxGraph Einsum(OnnxGraph g, string equation, params string[] operands) =>
        g.Output("y").Node("Einsum", operands, ["y"], ("equation", equation));

    /// <summary>k is x's first element as a number, or its mean as a vector.</summary>
    private static OnnxGraph Number(OnnxGraph g) => g.Constant("zero", [1], [0f]).Constant("at", Tensor.Of([0L], []))
        .Node("ReduceMean", ["x"], ["mean"]).Node("Less", ["mean", "zero"], ["c"])
        .Node("If", ["c"], ["k"],
            ("then_branch", new OnnxGraph().Output("a").Node("Gather", ["x", "at"], ["a"])),
            ("else_branch", new OnnxGraph().Output("b").Node("ReduceMean", ["x"], ["b"])));

    private static OnnxGraph Rows() => Body().Input("state", 3).Output("next").Output("row")
        .Node("Add", ["state", "h"], ["next"]).Node("Exp", ["next"], ["e"]).Node("Neg", ["e"], ["row"]);

    private static OnnxGraph Branches(OnnxGraph g, string comparison) => g.Input("x", "n", 3).Output("y").Constant("zero", [], [0f])
        .Node("ReduceMean", ["x"], ["m"], ("keepdims", 0L)).Node(comparison, ["m", "zero"], ["c"])
        .Node("If", ["c"], ["y"],
            ("then_branch", new OnnxGraph().Output("a").Node("Exp", ["x"], ["a"])),
            ("else_branch", new OnnxGraph().Output("b").Node("Neg", ["x"], ["b"])));

    private static OnnxGraph Three() => Body().Input("m", "n", 3).Input("v", 3).Input("k", DataType.Int64).Output("m2", "n", 3)
        .Output("v2", 3).Output("k2", DataType.Int64).Node("Add", ["m", "v"], ["m2"]).Node("Neg", ["v"], ["v2"])
        .Node("Add", ["k", "i"], ["k2"]);

    private static OnnxGraph Longer() => Body().Input("state", "n", 3).Output("next").Output("row").Integers("rows", 0)
        .Node("Concat", ["state", "h"], ["longer"], ("axis", 0L)).Node("Tanh", ["longer"], ["next"])
        .Node("ReduceSum", ["next", "rows"], ["row"]);

    private static OnnxGraph Body() => new OnnxGraph().Input("i", DataType.Int64).Input("keep", DataType.Bool)
        .Output("go", DataType.Bool).Node("Identity", ["keep"], ["go"]);

    private static OnnxGraph Size(OnnxGraph g) => g.Constant("first", Tensor.Of([0L], []))
        .Node("Shape", ["x"], ["shape"]).Node("Gather", ["shape", "first"], ["size"]);

    private static OnnxGraph Resize(OnnxGraph g) => g.Output("y").Constant("r", [8], [0, 0, 0.1f, 0.2f, 1, 1, 0.8f, 0.9f])
        .Constant("s", [4], [1, 1, 2, 1.5f])
        .Node("Resize", ["x", "r", "s"], ["y"], ("mode", "linear"), ("coordinate_transformation_mode", "tf_crop_and_resize"));

    private static OnnxGraph Unique(OnnxGraph g, long axis) => g.Input("x", 6, 6).Output("y").Output("at", DataType.Int64)
        .Output("back", DataType.Int64).Output("count", DataType.Int64).Constant("zero", [], [0.6f]).Integers("two", 2)
        .Integers("begin", 0).Node("Slice", ["x", "begin", "two", axis == 0 ? "one" : "begin"], ["part"]).Integers("one", 1)
        .Node("Greater", ["part", "zero"], ["p"]).Node("Cast", ["p"], ["i"], ("to", (long)DataType.Float32))
        .Node("Unique", ["i"], ["y", "at", "back", "count"], ("axis", axis));

    /// <summary>Codes of x with a zero point of 120, times weights of int8; the sums become reals behind that.</summary>
    private static OnnxGraph Integers(OnnxGraph g, long[] weights, long[] each, byte zeroPoint, bool hasBias)
    {
        sbyte[] codes = [.. Enumerable.Range(0, (int)weights.Aggregate((a, b) => a * b)).Select(i => (sbyte)((i * 37 % 251) - 125))];
        int count = (int)each.Max();
        g.Output("y").Constant("s", [], [0.02f]).Constant("z", Tensor.Of([(byte)120], [])).Constant("other", Tensor.Of([zeroPoint], []))
            .Constant("w", Tensor.Of(codes, weights)).Constant("scales", each, [.. Enumerable.Range(1, count).Select(i => 0.0003f * i)])
            .Constant("bias", Tensor.Of([.. Enumerable.Range(0, count).Select(i => (i * 900) - 1000)], each))
            .Node("QuantizeLinear", ["x", "s", "z"], ["q"])
            .Node(weights.Length == 4 ? "ConvInteger" : "MatMulInteger", ["q", "w", "other"], ["sums"]);
        return (hasBias ? g.Node("Add", ["sums", "bias"], ["all"]) : g)
            .Node("Cast", [hasBias ? "all" : "sums"], ["reals"], ("to", (long)DataType.Float32)).Node("Mul", ["reals", "scales"], ["y"]);
    }

    private static OnnxGraph Stretched(OnnxGraph g, string mode) => g.Input("x", 1, 2, 6, 5).Output("y")
        .Constant("s", [4], [1, 1, 1.15f, 1.5f]).Node("Resize", ["x", "", "s"], ["y"], ("mode", mode));

    private static Tensor Numbers(params long[] dimensions) => Tensor.Of(
        [.. Enumerable.Range(0, (int)dimensions.Aggregate(1L, (a, b) => a * b)).Select(i => (i * 37 % 17 / 8f) - 1)], dimensions);
}
