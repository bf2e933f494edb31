using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>
/// A small model that writes a list of tokens: a loop that carries a list which grows, until a condition fails, with a branch inside.
/// </summary>
internal static class DecoderModel
{
    /// <summary>The file, the same each time.</summary>
    public static byte[] Write()
    {
        OnnxGraph repeated = new OnnxGraph().Output("r").Node("Mul", "/step/Repeat", ["score", "penalty"], ["r"]);
        OnnxGraph other = new OnnxGraph().Output("o").Node("Identity", "/step/Keep", ["score"], ["o"]);
        OnnxGraph body = new OnnxGraph().Input("step", DataType.Int64).Input("goes", DataType.Bool)
            .Input("tokens", DataType.Int64, "length")
            .Output("go", DataType.Bool).Output("longer", DataType.Int64, "longer").Output("best")
            .Node("Gather", "/step/Embed", ["table", "tokens"], ["embedded"])
            .Node("ReduceMean", "/step/Mean", ["embedded"], ["mean"], ("axes", new long[] { 0 }), ("keepdims", 0))
            .Node("Add", "/step/Add", ["mean", "start"], ["query"]).Node("MatMul", "/step/Logits", ["query", "output"], ["logits"])
            .Node("ReduceMax", "/step/Score", ["logits"], ["score"], ("keepdims", 0))
            .Node("ArgMax", "/step/Token", ["logits"], ["token"], ("axis", 0), ("keepdims", 1))
            .Node("ReduceMax", "/step/Last", ["tokens"], ["last"], ("keepdims", 1))
            .Node("Equal", "/step/Equal", ["token", "last"], ["same1"]).Node("Squeeze", "/step/Squeeze", ["same1", "i0"], ["same"])
            .Node("If", "/step/If", ["same"], ["best"], ("then_branch", repeated), ("else_branch", other))
            .Node("Concat", "/step/Concat", ["tokens", "token"], ["longer"], ("axis", 0))
            .Node("Greater", "/step/Greater", ["best", "least"], ["go"]);
        return new OnnxGraph().Constant("table", [5, 4], [.. Enumerable.Range(0, 20).Select(i => (i % 7) - 3f)])
            .Constant("output", [4, 5], [.. Enumerable.Range(0, 20).Select(i => (i % 5) - 2f)]).Constant("penalty", Tensor.Scalar(0.5f))
            .Constant("least", Tensor.Scalar(-1f)).Constant("true", Tensor.From<bool>(DataType.Bool, [true], []))
            .Constant("most", Tensor.Of([12L], [])).Integers("begin", 1).Integers("i0", 0)
            .Input("start", 4).Output("result", DataType.Int64, "length").Output("scores", "steps")
            .Node("Loop", "/Loop", ["most", "true", "begin"], ["result", "scores"], ("body", body)).ToModel(13);
    }
}
