using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Models that define operators of their own, as exporters of recent years do.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Functions => new()
    {
        ["function called twice"] = () => Local(g => g.Constant("w", Values(1, 3, 3)).Input("x", "N", 3).Output("y")
            .Function("Layer", ["a", "b"], ["c"], new OnnxGraph().Node("MatMul", ["a", "b"], ["m"]).Node("Relu", ["m"], ["c"]))
            .Call("Layer", ["x", "w"], ["h"]).Call("Layer", ["h", "w"], ["y"])),
        ["function with attributes of its call"] = () => Local(g => g.Input("x", "N", 3).Output("y").Output("z")
            .Function("Leaky", ["a"], ["b"], new OnnxGraph()
                .Node("LeakyRelu", ["a"], ["l"], OnnxGraph.Given("alpha", "slope", 1))
                .Node("ReduceMean", ["l"], ["b"], OnnxGraph.Given("keepdims", "keep", 2), ("axes", L(1))), ("keep", 1L))
            .Call("Leaky", ["x"], ["y"], ("slope", 0.3f)).Call("Leaky", ["x"], ["z"], ("slope", 0.1f), ("keep", 0L))),
        ["function whose attribute nobody gives"] = () => Local(g => g.Input("x", "N", 3).Output("y")
            .Function("Elu", ["a"], ["b"], new OnnxGraph().Node("Elu", ["a"], ["b"], OnnxGraph.Given("alpha", "slope", 1)))
            .Call("Elu", ["x"], ["y"])),
        ["function without an optional input"] = () => Local(g => g.Constant("hi", Tensor.Scalar(0.5f)).Input("x", "N", 3).Output("y")
            .Function("Bound", ["a", "lo", "hi"], ["b"], new OnnxGraph().Node("Clip", ["a", "lo", "hi"], ["b"]))
            .Call("Bound", ["x", "", "hi"], ["y"])),
        ["functions in functions, equal names inside"] = () => Local(g => g.Input("x", "N", 3).Output("y")
            .Function("Inner", ["x"], ["y"], new OnnxGraph().Node("Neg", ["x"], ["t"]).Node("Exp", ["t"], ["y"]))
            .Function("Outer", ["y"], ["x"], new OnnxGraph().Call("Inner", ["y"], ["t"]).Node("Mul", ["t", "y"], ["u"])
                .Call("Inner", ["u"], ["x"]))
            .Call("Outer", ["x"], ["t"]).Node("Add", ["t", "x"], ["y"])),
        ["function with a branch that reads its values"] = () =>
            Local(g => g.Constant("zero", Tensor.Scalar(0)).Input("x", "N", 3).Output("y")
            .Function("Choose", ["a", "c"], ["b"], new OnnxGraph().Node("Exp", ["a"], ["e"])
                .Node("If", ["c"], ["b"], ("then_branch", new OnnxGraph().Output("t", DataType.Float32, null!).Node("Neg", ["e"], ["t"])),
                    ("else_branch", new OnnxGraph().Output("t", DataType.Float32, null!).Node("Sub", ["e", "a"], ["t"]))))
            .Node("ReduceSum", ["x"], ["s"], ("keepdims", 0)).Node("Greater", ["s", "zero"], ["c"]).Call("Choose", ["x", "c"], ["y"])),
        ["constants inside a function"] = () => Local(g => g.Input("x", "N", 3).Output("y")
            .Function(
                "Scale", ["a"], ["b"], new OnnxGraph().Node("Constant", [], ["k"], ("value", Values(4, 3))).Node("Mul", ["a", "k"], ["b"]))
            .Call("Scale", ["x"], ["y"])),
    };

    private static byte[] Local(Func<OnnxGraph, OnnxGraph> build) => Model(13, build);

    private static OnnxGraph Call(
        this OnnxGraph graph, string function, string[] inputs, string[] outputs, params (string, object)[] attributes) =>
        graph.Node("local", function, string.Empty, inputs, outputs, attributes);
}
