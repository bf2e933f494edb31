using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Models that decide at run time what they compute, and how often: one class for all inputs, each compared with ONNX Runtime, in every
/// mode.
/// </summary>
public sealed class ControlFlowRoadTests : IDisposable
{
    private static readonly Dictionary<string, (Func<byte[]> Model, Dictionary<string, Tensor>[] Inputs)> s_cases =
        new(StringComparer.Ordinal)
        {
            ["a condition, branches of one shape"] = (
                () => Model(13, g => Positive(g.Constant("w", Values(1, 4, 4)).Input("x", "N", 4).Output("y"))
                    .Node("MatMul", ["x", "w"], ["m"])
                    .Node("If", ["c"], ["i"],
                        ("then_branch", Body("t").Node("Relu", ["m"], ["t"])),
                        ("else_branch", Body("e").Node("Mul", ["m", "x"], ["p"]).Node("Neg", ["p"], ["e"])))
                    .Node("Add", ["i", "x"], ["y"])),
                [Signed(1, 3, 4), Signed(-1, 3, 4), Signed(1, 1, 4), Signed(-1, 7, 4)]),
            ["a condition, branches of other sizes"] = (
                () => Model(13, g => Positive(g.Integers("one", 1).Integers("most", 1000).Input("x", "N", 4).Output("y").Output("z"))
                    .Integers("zero", 0)
                    .Node("If", ["c"], ["i"],
                        ("then_branch", Body("t").Node("Concat", ["x", "x"], ["t"], ("axis", 0))),
                        ("else_branch", Body("e").Node("Slice", ["x", "one", "most", "one"], ["e"])))
                    .Node("Exp", ["i"], ["y"]).Node("ReduceSum", ["i", "zero"], ["z"])),
                [Signed(1, 3, 4), Signed(-1, 3, 4), Signed(1, 1, 4), Signed(-1, 7, 4)]),
            ["branches that pass on, and make constants"] = (
                () => Model(13, g => Positive(g.Constant("k", Values(3, 1, 4)).Input("x", "N", 4).Output("y").Output("z"))
                    .Node("If", ["c"], ["y", "z"],
                        ("then_branch", Body("t", "k2").Node("Identity", ["x"], ["t"]).Node("Identity", ["k"], ["k2"])),
                        ("else_branch", Body("e", "f").Node("Neg", ["x"], ["e"]).Constant("f", Values(4, 1, 4))))),
                [Signed(1, 3, 4), Signed(-1, 3, 4)]),
            ["branches in branches"] = (
                () => Model(13, g => Positive(Positive(g.Input("x", "N", 4).Input("u", "N", 4).Output("y")), "u", "d")
                    .Node("If", ["c"], ["i"],
                        ("then_branch", Body("t").Node("If", ["d"], ["t"],
                            ("then_branch", Body("a").Node("Add", ["x", "u"], ["a"])),
                            ("else_branch", Body("b").Node("Sub", ["x", "u"], ["b"])))),
                        ("else_branch", Body("e").Node("If", ["d"], ["e"],
                            ("then_branch", Body("a").Node("Mul", ["x", "u"], ["a"])),
                            ("else_branch", Body("b").Node("Max", ["x", "u"], ["b"])))))
                    .Node("Tanh", ["i"], ["y"])),
                [Pair(1, 1), Pair(1, -1), Pair(-1, 1), Pair(-1, -1)]),
            ["long branches of other sizes"] = (
                () => Model(13, g => Positive(g.Input("x", "N", 4).Output("y").Output("z")).Integers("zero", 0)
                    .Node("If", ["c"], ["i"], ("then_branch", Long("t", "a")), ("else_branch", Long("e", "b", "x")))
                    .Node("Exp", ["i"], ["y"]).Node("ReduceSum", ["i", "zero"], ["z"])),
                [Signed(1, 3, 4), Signed(-1, 3, 4), Signed(1, 1, 4), Signed(-1, 7, 4)]),
            ["sizes that only one branch needs to be equal"] = (
                () => Model(13, g => Positive(g.Input("x", "N", "A").Input("u", "N", "B").Output("y"))
                    .Node("If", ["c"], ["y"],
                        ("then_branch", Body("t").Node("Mul", ["x", "u"], ["t"])),
                        ("else_branch", Body("e").Node("Neg", ["x"], ["e"])))),
                [Others(1, 3, 3), Others(-1, 3, 5), Others(1, 5, 5), Others(-1, 2, 1)]),
            ["a branch that needs more than the rest"] = (
                () => Model(13, g => Positive(g.Constant("w", Values(1, 2, 1, 25)).Input("x", "N", 1, "L").Output("y")
                    .Constant("v", Values(2, 2, 1, 1)))
                    .Node("If", ["c"], ["i"],
                        ("then_branch", Body("t").Node("Conv", ["x", "w"], ["a"]).Node("GlobalAveragePool", ["a"], ["t"])),
                        ("else_branch", Body("e").Node("Conv", ["x", "v"], ["b"]).Node("GlobalMaxPool", ["b"], ["e"])))
                    .Node("Exp", ["i"], ["y"])),
                [Signed(1, 3, 1, 32), Signed(-1, 3, 1, 32), Signed(1, 1, 1, 40), Signed(-1, 7, 1, 25)]),
            ["a dimension that PyTorch squeezes where it is one"] = (
                () => Model(13, g => Squeezed(g.Constant("w", Values(1, 4, 1, 8)).Constant("v", Values(2, 4, 3)).Input("x", "N", 1, "L")
                    .Output("y").Node("Conv", ["x", "w"], ["f"], ("strides", new long[] { 8 })), "f")
                    .Node("MatMul", ["squeezed", "v"], ["y"])),
                [Signed(1, 3, 1, 8), Signed(-1, 2, 1, 13), Signed(1, 1, 1, 15)]),
            ["branches that squeeze other dimensions where they are one"] = (
                () => Model(13, g => Positive(g.Constant("w", Values(1, 4, 1, 8)).Constant("v", Values(2, 4, 1, 3))
                    .Input("x", "N", 1, "L").Output("y"))
                    .Node("If", ["c"], ["y"],
                        ("then_branch", Squeezed(Body("t").Node("Conv", ["x", "w"], ["f"], ("strides", new long[] { 8 })), "f")
                            .Node("Exp", ["squeezed"], ["t"])),
                        ("else_branch", Squeezed(Body("e").Node("Conv", ["x", "v"], ["f2"], ("strides", new long[] { 3 })), "f2")
                            .Node("Neg", ["squeezed"], ["e"])))),
                [Signed(1, 3, 1, 8), Signed(-1, 2, 1, 5), Signed(1, 1, 1, 15), Signed(-1, 1, 1, 4)]),
            ["nonzero in a branch"] = (
                () => Model(13, g => Positive(g.Input("x", "N", 4).Output("y", DataType.Int64))
                    .Node("If", ["c"], ["y"],
                        ("then_branch", Body(DataType.Int64, "t").Node("Relu", ["x"], ["r"]).Node("NonZero", ["r"], ["t"])),
                        ("else_branch",
                        Body(DataType.Int64, "e").Node("Neg", ["x"], ["n"]).Node("Relu", ["n"], ["r2"]).Node("NonZero", ["r2"], ["e"])))),
                [Signed(1, 3, 4), Signed(-1, 5, 4), Signed(1, 1, 4)]),
            ["a fixed number of iterations"] = (
                () =>
                    Model(
                        13, g => g.Constant("w", Values(2, 4, 4)).Constant("trips", Single(5)).Input("x", "N", 4).Output("y").Output("all")
                    .Node("Loop", ["trips", "", "x"], ["y", "all"], ("body", Steps(g2 => g2
                        .Node("MatMul", ["h", "w"], ["m"]).Node("Tanh", ["m"], ["next"]).Node(
                            "Add", ["next", "x"], ["row"]), "next", "row")))),
                [X(1, 4), X(3, 4), X(2, 4)]),
            ["a number of iterations below zero"] = (
                () => Model(13, g => g.Constant("trips", Single(-2)).Input("x", "N", 4).Output("y").Output("all")
                    .Node("Loop", ["trips", "", "x"], ["h", "all"], ("body", Steps(g2 => g2
                        .Node("Tanh", ["h"], ["next"]).Node("Neg", ["next"], ["row"]), "next", "row")))
                    .Node("Exp", ["h"], ["y"])),
                [X(1, 4), X(3, 4)]),
            ["as many iterations as an input says"] = (
                () =>
                    Model(13, g => g.Constant("w", Values(2, 4, 4)).Input("x", "N", 4).Input("n", DataType.Int64).Output("y").Output("all")
                    .Node("Loop", ["n", "", "x"], ["y", "all"], ("body", Steps(g2 => g2
                        .Node("MatMul", ["h", "w"], ["m"]).Node("Tanh", ["m"], ["next"]).Node(
                            "Identity", ["next"], ["row"]), "next", "row")))),
                [Counted(3, 2), Counted(0, 2), Counted(11, 3), Counted(1, 1)]),
            ["until a condition fails"] = (
                () => Model(13, g => g.Constant("bound", Tensor.Scalar(50f)).Constant("true", Truth()).Input("x", "N", 4).Output("y")
                    .Output("all").Output("n", DataType.Int64)
                    .Node("Loop", ["", "true", "x"], ["y", "all"], ("body", While(g2 => g2
                        .Node("Add", ["h", "h"], ["next"]).Node("Abs", ["next"], ["abs"])
                        .Node("ReduceMax", ["abs"], ["max"], ("keepdims", 0))
                        .Node("Less", ["max", "bound"], ["go"]), "next", "next")))
                    .Node("Shape", ["all"], ["n"])),
                [Signed(1, 1, 4), Signed(10, 3, 4), Signed(1000, 2, 4)]),
            ["at most so often, while a condition holds"] = (
                () =>
                    Model(
                        13, g =>
                            g.Constant("bound", Tensor.Scalar(50f)).Constant("most", Single(3)).Input("x", "N", 4)
                                .Input("first", DataType.Bool)
                    .Output("y").Output("all")
                    .Node("Loop", ["most", "first", "x"], ["y", "all"], ("body", While(g2 => g2
                        .Node("Add", ["h", "h"], ["next"]).Node("ReduceMax", ["next"], ["max"], ("keepdims", 0))
                        .Node("Less", ["max", "bound"], ["go"]), "next", "h")))),
                [Gated(1, true), Gated(30, true), Gated(1000, true), Gated(1, false)]),
            ["a state that grows"] = (
                () => Model(13, g => g.Input("x", "N", 4).Input("n", DataType.Int64).Output("y").Output("sum").Integers("zero", 0)
                    .Node("Loop", ["n", "", "x"], ["l"], ("body", Steps(g2 => g2
                        .Node("Relu", ["h"], ["r"]).Node("Concat", ["r", "x"], ["next"], ("axis", 0)), "next")))
                    .Node("ReduceSum", ["l", "zero"], ["sum"]).Node("Tanh", ["l"], ["y"])),
                [Counted(3, 2), Counted(0, 2), Counted(9, 1), Counted(1, 5)]),
            ["a state that begins empty"] = (
                () => Model(13, g => g.Constant("empty", new Tensor(DataType.Float32, [0, 4], default)).Input("x", "N", 4)
                    .Input("n", DataType.Int64).Output("y")
                    .Node("Loop", ["n", "", "empty"], ["y"], ("body", Steps(g2 => g2
                        .Node("Concat", ["h", "x"], ["next"], ("axis", 0)), "next")))),
                [Counted(3, 2), Counted(1, 2), Counted(9, 1)]),
            ["states that change places"] = (
                () => Model(13, g => g.Input("x", "N", 4).Input("n", DataType.Int64).Output("y").Output("z").Node("Neg", ["x"], ["u"])
                    .Node("Loop", ["n", "", "x", "u"], ["y", "z"], ("body", new OnnxGraph().Input("i", DataType.Int64)
                        .Input("k", DataType.Bool).Input("a", "N", 4).Input("b", "N", 4).Output("k", DataType.Bool).Output("b", "N", 4)
                        .Output("a", "N", 4)))),
                [Counted(3, 2), Counted(4, 2), Counted(0, 1)]),
            ["Fibonacci, with sizes that change"] = (
                () => Model(13, g => g.Input("x", "N", 4).Input("n", DataType.Int64).Output("y").Output("z").Node("Neg", ["x"], ["u"])
                    .Node("Loop", ["n", "", "x", "u"], ["y", "z"], ("body", new OnnxGraph().Input("i", DataType.Int64)
                        .Input("k", DataType.Bool).Input("a", "N", 4).Input("b", "N", 4).Output("k", DataType.Bool).Output("b", "N", 4)
                        .Output("c", "M", 4)
                        .Node("Concat", ["a", "b"], ["c"], ("axis", 0))))),
                [Counted(6, 1), Counted(2, 3), Counted(0, 2), Counted(1, 2)]),
            ["rows that something else reads"] = (
                () => Model(13, g => g.Constant("w", Values(2, 4, 4)).Constant("trips", Single(5)).Input("x", "N", 4)
                    .Output("y").Output("z").Node("Loop", ["trips", "", "x"], ["y", "all"], ("body", Steps(g2 => g2
                        .Node("MatMul", ["h", "w"], ["m"]).Node("Tanh", ["m"], ["t"]).Node("Softmax", ["t"], ["u"], ("axis", 1))
                        .Node("MatMul", ["u", "w"], ["v"]).Node("Softmax", ["v"], ["next"], ("axis", 0))
                        .Node("Add", ["next", "x"], ["row"]), "next", "row")))
                    .Node("Softmax", ["all"], ["z"], ("axis", 0))),
                [X(1, 4), X(3, 4), X(2, 4)]),
            ["counted rows that something else reads"] = (
                () => Model(13, g => g.Constant("w", Values(2, 4, 4)).Input("x", "N", 4).Input("n", DataType.Int64).Output("y").Output("z")
                    .Node("Loop", ["n", "", "x"], ["y", "all"], ("body", Steps(g2 => g2
                        .Node("MatMul", ["h", "w"], ["m"]).Node("Tanh", ["m"], ["t"]).Node("Softmax", ["t"], ["u"], ("axis", 1))
                        .Node("MatMul", ["u", "w"], ["v"]).Node("Softmax", ["v"], ["next"], ("axis", 0))
                        .Node("Add", ["next", "x"], ["row"]), "next", "row")))
                    .Node("Softmax", ["all"], ["z"], ("axis", 0))),
                [Counted(3, 2), Counted(1, 2), Counted(11, 3), Counted(2, 1)]),
            ["an iteration's number"] = (
                () => Model(13, g => g.Input("x", "N", 4).Output("y").Output("rows").Integers("i0", 0).Node("Shape", ["x"], ["s"])
                    .Node("Gather", ["s", "i0"], ["n1"]).Node("Squeeze", ["n1", "i0"], ["n"])
                    .Node("ReduceSum", ["x", "i0"], ["start"], ("keepdims", 0))
                    .Node("Loop", ["n", "", "start"], ["y", "rows"], ("body", Steps(g2 => g2
                        .Node("Gather", ["x", "i"], ["row"], ("axis", 0)).Node("Cast", ["i"], ["f"], ("to", 1L))
                        .Node("Mul", ["row", "f"], ["scaled"]).Node("Add", ["h", "scaled"], ["next"]), "next", "row")))),
                [X(1, 4), X(3, 4), X(6, 4)]),
            ["loops in loops, with a branch inside"] = (
                () =>
                    Model(
                        13, g =>
                            g.Constant("two", Single(2)).Constant("zero", Tensor.Scalar(0)).Input("x", "N", 4).Input("n", DataType.Int64)
                    .Output("y").Output("all")
                    .Node(
                        "Loop", ["n", "", "x"], ["y", "all"], ("body", new OnnxGraph().Input("i", DataType.Int64).Input("k", DataType.Bool)
                        .Input("h", "N", 4).Output("k", DataType.Bool).Output("outer", "N", 4).Output("rows", 2, "N", 4)
                        .Node("Loop", ["two", "", "h"], ["outer", "rows"], ("body", new OnnxGraph().Input("j", DataType.Int64)
                            .Input("l", DataType.Bool).Input("g", "N", 4).Output("l", DataType.Bool).Output("next", "N", 4)
                            .Output("g", "N", 4)
                            .Node("ReduceSum", ["g"], ["s"], ("keepdims", 0)).Node("Greater", ["s", "zero"], ["c"])
                            .Node("If", ["c"], ["d"], ("then_branch", Body("t").Node("Sub", ["g", "x"], ["t"])),
                                ("else_branch", Body("e").Node("Add", ["x", "h"], ["e"])))
                            .Node("Tanh", ["d"], ["next"])))))),
                [Counted(3, 2), Counted(0, 2), Counted(5, 1)]),
            ["no rows, whose declared size data decides, before a product"] = (
                () => Model(13, g => g.Constant("w", Values(2, 4, 5)).Input("x", "N", 4).Input("n", DataType.Int64).Output("y").Output("z")
                    .Constant("far", Tensor.Scalar(-100f))
                    .Node("Loop", ["n", "", "x"], ["h2", "all"], ("body", Carrying("k", g2 => g2
                        .Output("next", "A", 4).Output("row", "A", 4)
                        .Node("ReduceMax", ["h"], ["most"], ("axes", new long[] { 0 }), ("keepdims", 0))
                        .Node("Greater", ["most", "far"], ["there"]).Node("Compress", ["h", "there"], ["row"], ("axis", 1))
                        .Node("Neg", ["h"], ["next"]), [])))
                    .Node("MatMul", ["all", "w"], ["y"]).Node("Tanh", ["h2"], ["z"])),
                [Counted(3, 2), Counted(0, 2), Counted(1, 3)]),
            ["rows whose size data decides"] = (
                () => Model(13, g => g.Input("x", "N", 4).Input("n", DataType.Int64).Output("y").Output("all").Integers("one", 1)
                    .Node("Loop", ["n", "", "x"], ["y", "all"], ("body", Steps(g2 => g2
                        .Node("Relu", ["x"], ["r"]).Node("NonZero", ["r"], ["z"]).Node("Cast", ["z"], ["f"], ("to", 1L))
                        .Node("Cast", ["i"], ["k2"], ("to", 1L)).Node("Add", ["f", "k2"], ["row"]).Node(
                            "Neg", ["h"], ["next"]), "next", "row")))),
                [Counted(3, 2), Counted(9, 3), Counted(1, 1)]),
            ["a body of many operators"] = (
                () => Model(13, g =>
                {
                    OnnxGraph body = Steps(_ => { }, "s39", "s20");
                    for (int i = 0; i < 40; i++)
                    {
                        body.Node(i % 3 == 0 ? "Tanh" : i % 3 == 1 ? "Relu" : "Add", $"m{i / 20}/n{i}",
                            i % 3 == 2 ? [$"s{i - 1}", "x"] : [i == 0 ? "h" : $"s{i - 1}"], [$"s{i}"]);
                    }

                    return g.Input("x", "N", 4).Input("n", DataType.Int64).Output("y").Output("all")
                        .Node("Loop", ["n", "", "x"], ["y", "all"], ("body", body));
                }),
                [Counted(3, 2), Counted(0, 2), Counted(5, 1)]),
            ["a long body with a state that grows"] = (
                () => Model(13, g =>
                {
                    OnnxGraph body = Steps(_ => { }, "next", "row");
                    for (int i = 0; i < 40; i++)
                    {
                        body.Node(i % 2 == 0 ? "Tanh" : "Relu", $"m{i / 20}/n{i}", [i == 0 ? "h" : $"s{i - 1}"], [$"s{i}"]);
                    }

                    body.Node("ReduceMax", ["s39"], ["row"], ("keepdims", 0)).Node("Concat", ["s39", "x"], ["next"], ("axis", 0));
                    return g.Input("x", "N", 4).Input("n", DataType.Int64).Output("y").Output("all")
                        .Node("Loop", ["n", "", "x"], ["y", "all"], ("body", body));
                }),
                [Counted(3, 2), Counted(0, 2), Counted(5, 1)]),
            ["a greedy decoder"] = (
                () => Model(13, g => g.Constant("e", Values(5, 6, 4)).Constant("w", Values(6, 4, 6)).Constant("true", Truth())
                    .Constant("most", Single(12)).Constant("stop", Single(2)).Integers("i0", 0).Integers("minus", -1).Integers("begin", 1)
                    .Input("x", (object)4).Output("tokens", DataType.Int64)
                    .Node(
                        "Loop", ["most", "true", "begin"], ["tokens"],
                        ("body", new OnnxGraph().Input("i", DataType.Int64).Input("k", DataType.Bool)
                        .Input("t", DataType.Int64, "L").Output("go", DataType.Bool).Output("next", DataType.Int64, "M")
                        .Node("Gather", ["e", "t"], ["v"]).Node("ReduceMean", ["v"], ["a"], ("axes", new long[] { 0 }), ("keepdims", 0))
                        .Node("Add", ["a", "x"], ["q"]).Node("MatMul", ["q", "w"], ["logits"])
                        .Node("ArgMax", ["logits"], ["id"], ("keepdims", 1))
                        .Node("Concat", ["t", "id"], ["next"], ("axis", 0)).Node("Squeeze", ["id", "i0"], ["one"])
                        .Node("Equal", ["one", "stop"], ["ended"]).Node("Not", ["ended"], ["go"])))),
                [X(4), Signed(2, 4), Signed(-3, 4)]),
            ["a recurrence over a sequence"] = (
                () =>
                    Model(
                        13, g =>
                            g.Constant("w", Values(2, 4, 4)).Constant("h0", Values(3, 2, 4)).Input("x", "T", 2, 4).Output("h").Output("all")
                    .Node(
                        "Scan", ["h0", "x"], ["h", "all"], ("num_scan_inputs", 1),
                        ("body", new OnnxGraph().Input("s", 2, 4).Input("v", 2, 4)
                        .Output("n", 2, 4).Output("r", 2, 4).Node("MatMul", ["s", "w"], ["m"]).Node("Add", ["m", "v"], ["a"])
                        .Node("Tanh", ["a"], ["n"]).Node("Identity", ["n"], ["r"])))),
                [X(1, 2, 4), X(7, 2, 4), X(3, 2, 4)]),
            ["a scan backwards, along other axes"] = (
                () => Model(13, g => g.Constant("h0", Values(3, 4)).Input("x", "N", "T", 4).Output("h").Output("all").Output("back")
                    .Node("ReduceMean", ["x"], ["u"], ("axes", new long[] { 0 }), ("keepdims", 0))
                    .Node("Scan", ["h0", "x", "u"], ["h", "all", "back"], ("num_scan_inputs", 2), ("scan_input_axes", new long[] { 1, 0 }),
                        ("scan_input_directions", new long[] { 1, 0 }), ("scan_output_axes", new long[] { -2, 0 }),
                        ("scan_output_directions", new long[] { 0, 1 }),
                        ("body", new OnnxGraph().Input("s", 4).Input("v", "N", 4).Input("w", 4)
                            .Output("n", 4).Output("r", "N", 4).Output("b", 4).Node("Add", ["v", "w"], ["r"])
                            .Node("ReduceMean", ["r"], ["m"], ("axes", new long[] { 0 }), ("keepdims", 0))
                            .Node("Add", ["s", "m"], ["n"]).Node("Neg", ["n"], ["b"])))),
                [X(1, 3, 4), X(2, 5, 4), X(3, 1, 4)]),
            ["a number or a vector of one"] = (
                () => Model(15, g => g.Constant("zero", Tensor.Scalar(0)).Constant("half", Tensor.Scalar(0.5f)).Integers("flat", 1)
                    .Input("x", "N", 4).Output("y").Output("z").Node("ReduceSum", ["x"], ["s"], ("keepdims", 0))
                    .Node("Greater", ["s", "zero"], ["c"])
                    .Node("If", ["c"], ["k", "l"],
                        ("then_branch", new OnnxGraph().Output("a").Output("b").Node("Mul", ["s", "half"], ["a"])
                            .Node("Reshape", ["s", "flat"], ["b"])),
                        ("else_branch", new OnnxGraph().Output("d").Output("e").Node("Reshape", ["half", "flat"], ["d"])
                            .Node("Exp", ["s"], ["e"])))
                    .Node("Identity", ["k"], ["i"]).Node("Mul", ["x", "i"], ["y"]).Node("CastLike", ["x", "l"], ["v"])
                    .Node("Max", ["l", "v"], ["z"])),
                [Signed(2, 3, 4), Signed(-1, 3, 4), Signed(1, 1, 4)]),
            ["a batch of scans, backwards too, as in opset 8"] = (
                () => Model(8, g => g.Constant("w", Values(2, 4, 4)).Input("x", "N", "T", 4).Output("h").Output("all").Output("back")
                    .Node("ReduceMax", ["x"], ["h0"], ("axes", new long[] { 1 }), ("keepdims", 0)).Node("Exp", ["x"], ["u"])
                    .Node("Scan", ["", "h0", "x", "u"], ["h", "all", "back"], ("num_scan_inputs", 2), ("directions", new long[] { 0, 1 }),
                        ("body", new OnnxGraph().Input("s", 4).Input("v", 4).Input("e", 4).Output("n", 4).Output("r", 4).Output("b", 4)
                            .Node("MatMul", ["s", "w"], ["m"]).Node("Add", ["m", "v"], ["a"]).Node("Tanh", ["a"], ["n"])
                            .Node("Sub", ["n", "e"], ["r"]).Node("Neg", ["e"], ["b"])))),
                [X(1, 3, 4), X(2, 5, 4), X(3, 1, 4)]),
        };

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string> Names => [.. s_cases.Keys];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_DifferentInputsInTurn_GivesWhatOnnxRuntimeComputes(string name)
    {
        (Func<byte[]> model, Dictionary<string, Tensor>[] inputs) = s_cases[name];
        byte[] onnx = model();
        foreach ((ModelMode mode, double bound) in
            (IEnumerable<(ModelMode, double)>)[(ModelMode.Fp32, 1e-5), (ModelMode.Fp16, 2e-3), (ModelMode.Int8, 0.06)])
        {
            using CompileResult result = ModelCompiler.Compile(Options(onnx, mode, inputs));
            GeneratedModels classes = GeneratedModels.Build(result);
            foreach (Dictionary<string, Tensor> given in inputs.Concat(inputs.Reverse()))
            {
                Compare(OrtSession.Run(onnx, given), classes.Predict("Model", given), bound);
            }

            // What is written beside the plan is a model that runs elsewhere.
            Compare(
                OrtSession.Run(WrittenModel.Onnx(result), inputs[0]), classes.Predict("Model", inputs[0]),
                mode.IsCalibrated() ? bound : 1e-4);
        }
    }

    /// <summary>A size that is computed from others is taken to be 1, and the run says where it is not.</summary>
    [Fact]
    public void Predict_SqueezeOfWhatIsNotOne_SaysWhatHasToBeEqual()
    {
        (Func<byte[]> model, Dictionary<string, Tensor>[] inputs) = s_cases["a dimension that PyTorch squeezes where it is one"];
        using CompileResult result = ModelCompiler.Compile(Options(model(), ModelMode.Fp32, inputs));
        GeneratedModels classes = GeneratedModels.Build(result);

        var error = Assert.Throws<ArgumentException>(() => classes.Predict("Model", Signed(1, 3, 1, 16)));

        Assert.Contains("2 and 1", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Whoever exported this may have meant either; the number can be given.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(5, 3)]
    public void Compile_SqueezeOfAnOpenDimensionOfAnInput_AsksForItsNumber(long size, int rank)
    {
        byte[] onnx = Model(13, g => Squeezed(g.Input("x", "N", 4, "T").Output("y"), "x").Node("Exp", ["squeezed"], ["y"]));
        CompileOptions options = Options(onnx, ModelMode.Fp32, []);

        CompilationException error = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options));

        Assert.Contains("Dimensions=\"T=…\"", error.Message, StringComparison.Ordinal);
        using CompileResult result =
            ModelCompiler.Compile(options with { Dimensions = new Dictionary<string, DimensionRange> { ["T"] = size } });
        Dictionary<string, Tensor> given = Signed(1, 3, 4, size);
        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", given);
        Assert.Equal(rank, actual["y"].Rank);
        Compare(OrtSession.Run(onnx, given), actual, 1e-5);
    }

    private static void Compare(IReadOnlyDictionary<string, Tensor> expected, Dictionary<string, Tensor> actual, double bound)
    {
        foreach ((string output, Tensor tensor) in expected)
        {
            Assert.Equal(tensor.Type, actual[output].Type);
            if (tensor.Length == 0 && actual[output].Length == 0)
            {
                // ONNX Runtime gives 0 for every size of rows that no iteration has made.
                continue;
            }

            Assert.Equal(tensor.Dimensions, actual[output].Dimensions);
            double[] numbers = tensor.ToDoubles();
            double range = numbers.Select(Math.Abs).Append(1e-3).Max();
            Assert.All(numbers.Zip(actual[output].ToDoubles()), pair => Assert.Equal(pair.First, pair.Second, bound * range));
        }
    }

    /// <summary>The condition that the elements of an input are positive taken together.</summary>
    private static OnnxGraph Positive(OnnxGraph graph, string input = "x", string condition = "c") => graph
        .Node("ReduceSum", [input], [$"{input}_sum"], ("keepdims", 0))
        .Constant($"{input}_zero", Tensor.Scalar(0)).Node("Greater", [$"{input}_sum", $"{input}_zero"], [condition]);

    /// <summary>What PyTorch exports for <c>x.squeeze(-1)</c> of a tensor of three dimensions where it does not know the last.</summary>
    private static OnnxGraph Squeezed(OnnxGraph graph, string x) => graph
        .Constant($"{x}_two", Single(2)).Constant($"{x}_one", Single(1)).Node("Shape", [x], [$"{x}_shape"])
        .Node("Gather", [$"{x}_shape", $"{x}_two"], [$"{x}_size"]).Node("Equal", [$"{x}_size", $"{x}_one"], [$"{x}_is_one"])
        .Node("If", [$"{x}_is_one"], ["squeezed"],
            ("then_branch", Body($"{x}_less").Integers($"{x}_axis", 2).Node("Squeeze", [x, $"{x}_axis"], [$"{x}_less"])),
            ("else_branch", Body($"{x}_same").Node("Identity", [x], [$"{x}_same"])));

    private static OnnxGraph Body(params string[] outputs) => Body(DataType.Float32, outputs);

    private static OnnxGraph Body(DataType type, params string[] outputs)
    {
        var graph = new OnnxGraph();
        Array.ForEach(outputs, o => graph.Output(o, type, null!));
        return graph;
    }

    /// <summary>A branch of more operators than a method holds, which makes as many rows as it joins tensors.</summary>
    private static OnnxGraph Long(string output, string prefix, params string[] more)
    {
        OnnxGraph graph = Body(output);
        for (int i = 0; i < 40; i++)
        {
            graph.Node("Softmax", [i == 0 ? "x" : $"{prefix}{i - 1}"], [$"{prefix}{i}"], ("axis", i % 2));
        }

        return graph.Node("Concat", [$"{prefix}39", "x", .. more], [output], ("axis", 0));
    }

    /// <summary>A body with a state <c>h</c> that runs as often as it is asked to.</summary>
    private static OnnxGraph Steps(Action<OnnxGraph> nodes, params string[] outputs) => Carrying("k", nodes, outputs);

    /// <summary>A body with a state <c>h</c> that says by <c>go</c> whether it is to run again.</summary>
    private static OnnxGraph While(Action<OnnxGraph> nodes, params string[] outputs) => Carrying("go", nodes, outputs);

    private static OnnxGraph Carrying(string condition, Action<OnnxGraph> nodes, string[] outputs)
    {
        OnnxGraph graph = new OnnxGraph().Input("i", DataType.Int64).Input("k", DataType.Bool).Input("h", "A", 4)
            .Output(condition, DataType.Bool);
        nodes(graph);
        Array.ForEach(outputs, o => graph.Output(o, DataType.Float32, null!));
        return graph;
    }

    private static Tensor Single(long value) => Tensor.Of([value], []);

    private static Tensor Truth(bool value = true) => Tensor.From<bool>(DataType.Bool, [value], []);

    private static Dictionary<string, Tensor> X(params long[] shape) =>
        new(StringComparer.Ordinal) { ["x"] = Values((int)shape.Sum(), shape) };

    /// <summary>Two inputs, the first with this sign, of which only the sizes differ.</summary>
    private static Dictionary<string, Tensor> Others(int sign, long first, long second) => new(StringComparer.Ordinal)
    {
        ["x"] = Signed(sign, 2, first)["x"], ["u"] = Signed(1, 2, second)["x"],
    };

    /// <summary>Elements around a number, with its sign.</summary>
    private static Dictionary<string, Tensor> Signed(float factor, params long[] shape) =>
        new(StringComparer.Ordinal) { ["x"] = Scaled((int)shape.Sum(), factor, shape) };

    private static Dictionary<string, Tensor> Pair(float x, float u) =>
        new(StringComparer.Ordinal) { ["x"] = Scaled(1, x, 3, 4), ["u"] = Scaled(2, u, 3, 4) };

    private static Dictionary<string, Tensor> Counted(long count, long batch) =>
        new(StringComparer.Ordinal) { ["x"] = Values((int)batch, batch, 4), ["n"] = Single(count) };

    private static Dictionary<string, Tensor> Gated(float factor, bool goes) =>
        new(StringComparer.Ordinal) { ["x"] = Scaled(3, factor, 2, 4), ["first"] = Truth(goes) };

    private static Tensor Scaled(int seed, float factor, params long[] shape) =>
        Tensor.Of([.. Values(seed, shape).ToFloats().Select(v => factor * (v + 1.5f) / 2)], shape);

    private CompileOptions Options(byte[] onnx, ModelMode mode, Dictionary<string, Tensor>[] inputs) => new()
    {
        ModelPath = _files.Write("model.onnx", onnx), Mode = mode, ClassName = "Model", ResourceName = "Model.weights",
        CalibrationFiles = mode.IsCalibrated()
            ? [.. inputs.Select((given, i) => _files.Write($"samples{i}.npz", NumpyFile.Npz(given)))]
            : [],
    };
}
