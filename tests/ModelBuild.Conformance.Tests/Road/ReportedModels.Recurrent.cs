using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Layers that carry a state from step to step.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Recurrent => new(StringComparer.Ordinal)
    {
        ["lstm of both directions behind a batch that comes first"] = () => Model(14, g => Cell(g, 4, 2, 5, 20)
            .Integers("s", 0, 0, -1).Constant("k", Values(9, 40, 3)).Input("x", "N", 6, 5).Output("y")
            .Node("Transpose", ["x"], ["t"], ("perm", L(1, 0, 2)))
            .Node("LSTM", ["t", "w", "r", "b"], ["l", "h", "c"], ("direction", "bidirectional"), ("hidden_size", 20))
            .Node("Transpose", ["l"], ["u"], ("perm", L(2, 0, 1, 3))).Node("Reshape", ["u", "s"], ["v"]).Node("MatMul", ["v", "k"], ["y"])),
        ["lstm of peepholes, clip and coupled gates"] = () => Model(7, g => Cell(g, 4, 1, 3, 6).Constant("p", Values(8, 1, 18))
            .Constant("i", Values(9, 1, 2, 6)).Constant("j", Values(10, 1, 2, 6)).Input("x", 5, 2, 3).Output("y").Output("h").Output("c")
            .Node("LSTM", ["x", "w", "r", "b", "", "i", "j", "p"], ["y", "h", "c"],
                ("hidden_size", 6), ("clip", 0.4f), ("input_forget", 1), ("direction", "reverse"))),
        ["lstm whose last cell is all that is read"] = () => Model(14, g => Cell(g, 4, 1, 3, 6).Input("x", 5, 2, 3).Output("c")
            .Node("LSTM", ["x", "w", "r"], ["", "", "c"], ("hidden_size", 6))),
        ["lstm of lengths and states that are inputs"] = () => Model(14, g => Cell(g, 4, 2, 3, 6).Input("x", "N", 3, 3)
            .Input("n", DataType.Int32, "N").Input("i", "N", 2, 6).Input("j", "N", 2, 6).Output("y").Output("h").Output("c")
            .Node("Transpose", ["x"], ["s"], ("perm", L(1, 0, 2))).Node("Transpose", ["i"], ["k"], ("perm", L(1, 0, 2)))
            .Node("Transpose", ["j"], ["l"], ("perm", L(1, 0, 2)))
            .Node("LSTM", ["s", "w", "r", "b", "n", "k", "l"], ["y", "h", "c"], ("hidden_size", 6), ("direction", "bidirectional"))),
        ["lstm of functions with parameters"] = () => Model(14, g => Cell(g, 4, 2, 3, 6).Input("x", 4, 2, 3).Output("y")
            .Node("LSTM", ["x", "w", "r", "b"], ["y"], ("hidden_size", 6), ("direction", "bidirectional"),
                ("activations", new[] { "HardSigmoid", "ScaledTanh", "Softsign", "Sigmoid", "LeakyRelu", "Affine" }),
                ("activation_alpha", new[] { 0.3f, 1.2f, 0.1f, 0.7f }), ("activation_beta", new[] { 0.4f, 0.8f, 0.1f }))),
        ["lstm of two layers whose zero states are made at run"] = () => Model(14, g => Cell(g, 4, 1, 6, 6).Integers("zero", 0)
            .Integers("one", 1).Integers("two", 2).Integers("six", 6).Input("x", "N", 4, 6).Output("y").Output("h")
            .Node("Shape", ["x"], ["d"]).Node("Gather", ["d", "zero"], ["n"]).Node("Concat", ["two", "n", "six"], ["a"], ("axis", 0))
            .Node("ConstantOfShape", ["a"], ["z"]).Node("Slice", ["z", "zero", "one", "zero"], ["z1"])
            .Node("Slice", ["z", "one", "two", "zero"], ["z2"]).Node("Transpose", ["x"], ["t"], ("perm", L(1, 0, 2)))
            .Node("LSTM", ["t", "w", "r", "b", "", "z1", "z1"], ["u"], ("hidden_size", 6)).Node("Squeeze", ["u", "one"], ["v"])
            .Node("LSTM", ["v", "w", "r", "b", "", "z2", "z2"], ["y", "h"], ("hidden_size", 6))),
        ["gru that resets last, of several lengths"] = () => Model(14, g => Cell(g, 3, 2, 4, 17)
            .Constant("n", Tensor.Of([5, 1, 0, 3], 4)).Input("x", 5, 4, 4).Output("y").Output("h")
            .Node("GRU", ["x", "w", "r", "b", "n"], ["y", "h"], ("hidden_size", 17), ("linear_before_reset", 1),
                ("direction", "bidirectional"))),
        ["gru that resets first, clipped, without biases"] = () => Model(7, g => Cell(g, 3, 1, 4, 17).Constant("i", Values(9, 1, 2, 17))
            .Input("x", 5, 2, 4).Output("y").Node("GRU", ["x", "w", "r", "", "", "i"], ["y"], ("hidden_size", 17), ("clip", 0.5f))),
        ["gru of functions with parameters"] = () => Model(14, g => Cell(g, 3, 1, 4, 8).Input("x", 5, 2, 4).Output("h")
            .Node("GRU", ["x", "w", "r", "b"], ["", "h"], ("hidden_size", 8), ("activations", new[] { "hardsigmoid", "Elu" }),
                ("activation_alpha", new[] { 0.25f, 0.9f }))),
        ["rnn of weights that the run knows"] = () => Model(14, g => g.Input("x", 4, 2, 3).Input("w", 2, 6, 3).Input("r", 2, 6, 6)
            .Input("b", 2, 12).Output("y").Output("h")
            .Node("RNN", ["x", "w", "r", "b"], ["y", "h"], ("hidden_size", 6), ("direction", "bidirectional"),
                ("activations", new[] { "Tanh", "Softplus" }))),
        ["rnn in reverse, of several lengths"] = () => Model(14, g => Cell(g, 1, 1, 3, 6).Constant("n", Tensor.Of([2, 4, 1], 3))
            .Input("x", 4, 3, 3).Output("y").Output("h")
            .Node("RNN", ["x", "w", "r", "b", "n"], ["y", "h"], ("hidden_size", 6), ("direction", "reverse"))),
    };

    /// <summary>The weights of a recurrent layer.</summary>
    private static OnnxGraph Cell(OnnxGraph graph, int gates, int directions, int input, int hidden) => graph
        .Constant("w", Values(1, directions, gates * hidden, input)).Constant("r", Values(2, directions, gates * hidden, hidden))
        .Constant("b", Values(3, directions, 2 * gates * hidden));
}
