using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>
/// Operators whose form or meaning depends on the operator set, in the form that each set has, in every set: what import makes of them
/// computes what ONNX Runtime does.
/// </summary>
public sealed class OpsetFormsTests
{
    private const int First = 7;
    private const int Last = 21;
    private const int Now = Last + 1;

    /// <summary>By operator: the forms, with the first set that has each and the first that does not.</summary>
    private static readonly Dictionary<string, (int Since, int Until, Func<OnnxGraph> Make)[]> s_forms = new(StringComparer.Ordinal)
    {
        ["Squeeze"] = ByInput("Squeeze", 13, ("axes", [1]), [2, 1, 4]),
        ["Unsqueeze"] = ByInput("Unsqueeze", 13, ("axes", [1])),
        ["ReduceSum"] = ByInput("ReduceSum", 13, ("axes", [1])),
        ["ReduceMean"] = ByInput("ReduceMean", 18, ("axes", [1])),
        ["ReduceMax"] = ByInput("ReduceMax", 18, ("axes", [1])),
        ["ReduceMin"] = ByInput("ReduceMin", 18, ("axes", [2])),
        ["ReduceProd"] = ByInput("ReduceProd", 18, ("axes", [0])),
        ["ReduceL1"] = ByInput("ReduceL1", 18, ("axes", [1])),
        ["ReduceL2"] = ByInput("ReduceL2", 18, ("axes", [2])),
        ["ReduceLogSum"] =
        [
            (First, 18, () => Graph(2, 3, 4).Node("Exp", ["x"], ["e"]).Node("ReduceLogSum", ["e"], ["y"], ("axes", new long[] { 1 }))),
            (18, Now, () => Graph(2, 3, 4).Integers("a", 1).Node("Exp", ["x"], ["e"]).Node("ReduceLogSum", ["e", "a"], ["y"])),
        ],
        ["ReduceLogSumExp"] = ByInput("ReduceLogSumExp", 18, ("axes", [1])),
        ["ReduceSumSquare"] = ByInput("ReduceSumSquare", 18, ("axes", [1])),
        ["ReduceMax of truth values"] = [(20, Now, () => Truths("ReduceMax"))],
        ["ReduceMin of truth values"] = [(20, Now, () => Truths("ReduceMin"))],
        ["MeanVarianceNormalization"] = [(9, Now, () => Graph(2, 3, 4, 5).Node("MeanVarianceNormalization", ["x"], ["y"]))],
        ["MeanVarianceNormalization of axes"] =
        [
            (9, Now, () => Graph(2, 3, 4).Node("MeanVarianceNormalization", ["x"], ["y"], ("axes", new long[] { 1, -1 }))),
        ],
        ["Clip"] =
        [
            (First, 11, () => Graph(2, 3, 4).Node("Clip", ["x"], ["y"], ("min", -0.5f), ("max", 0.25f))),
            (11, Now, () => Graph(2, 3, 4).Constant("l", [], [-0.5f]).Constant("h", [], [0.25f]).Node("Clip", ["x", "l", "h"], ["y"])),
        ],
        ["Pad"] =
        [
            (First, 11, () => Graph(2, 3).Node("Pad", ["x"], ["y"], ("pads", new long[] { 0, 1, 2, 0 }), ("value", 0.5f))),
            (11, Now, () => Graph(2, 3).Integers("p", 0, 1, 2, 0).Constant("v", [], [0.5f]).Node("Pad", ["x", "p", "v"], ["y"])),
        ],
        ["Slice"] =
        [
            (First, 10, () => Graph(2, 3, 4).Node(
                "Slice", ["x"], ["y"], ("starts", new long[] { 1, 0 }), ("ends", new long[] { 4, 2 }), ("axes", new long[] { 2, 1 }))),
            (10, Now, () => Graph(2, 3, 4).Integers("s", 1, 0).Integers("e", 4, 2).Integers("a", 2, 1)
                .Node("Slice", ["x", "s", "e", "a"], ["y"])),
        ],
        ["DFT"] =
        [
            (17, 20, () => Graph(2, 3, 4, 1).Node("DFT", ["x"], ["y"], ("axis", 2L))),
            (20, Now, () => Graph(2, 3, 4, 1).Constant("a", Tensor.Of([2L])).Node("DFT", ["x", "", "a"], ["y"])),
        ],
        ["DFT of the axis that is not given"] = [(17, Now, () => Graph(2, 3, 4, 1).Node("DFT", ["x"], ["y"]))],
        ["BatchNormalization"] =
        [
            (First, 9, () => Norm(Graph(2, 3, 4)).Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], ("spatial", 1L))),
            (9, Now, () => Norm(Graph(2, 3, 4)).Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"])),
        ],
        ["Softmax"] = [(First, Now, () => Graph(2, 3, 4).Node("Softmax", ["x"], ["y"]))],
        ["Softmax of an axis"] = [(First, Now, () => Graph(2, 3, 4).Node("Softmax", ["x"], ["y"], ("axis", 1L)))],
        ["LogSoftmax"] = [(First, Now, () => Graph(2, 3, 4).Node("LogSoftmax", ["x"], ["y"], ("axis", 0L)))],
        ["Hardmax"] = [(First, Now, () => Graph(2, 3, 4).Node("Hardmax", ["x"], ["y"]))],
        ["Split"] =
        [
            (First, 13, () => Graph(2, 3, 4).Output("z").Node(
                "Split", ["x"], ["y", "z"], ("axis", 1L), ("split", new long[] { 1, 2 }))),
            (13, Now, () => Graph(2, 3, 4).Output("z").Integers("s", 1, 2).Node("Split", ["x", "s"], ["y", "z"], ("axis", 1L))),
        ],
        ["TopK"] =
        [
            (First, 10, () => Graph(2, 3, 4).Output("i", DataType.Int64).Node("TopK", ["x"], ["y", "i"], ("axis", 2L), ("k", 3L))),
            (10, Now, () => Graph(2, 3, 4).Output("i", DataType.Int64).Integers("k", 3)
                .Node("TopK", ["x", "k"], ["y", "i"], ("axis", 2L))),
        ],
        ["Upsample or Resize, nearest"] = Resized("nearest"),
        ["Upsample or Resize, linear"] = Resized("linear"),
        ["RoiAlign"] =
        [
            (10, Now, () => Graph(1, 2, 6, 6).Constant("r", [2, 4], [0.5f, 1, 4, 5, 0, 0, 5.5f, 3]).Integers("n", 0, 0)
                .Node("RoiAlign", ["x", "r", "n"], ["y"], ("output_height", 2L), ("output_width", 3L), ("sampling_ratio", 2L))),
        ],
        ["Min of one"] = [(8, Now, () => Graph(2, 3).Node("Min", ["x"], ["y"]))],
        ["Max of three"] =
        [
            (8, Now, () => Graph(2, 3).Constant("a", [3], [0.1f, -0.2f, 0.3f]).Constant("b", [], [-0.1f])
                .Node("Max", ["a", "x", "b"], ["y"])),
        ],
        ["Dropout"] =
        [
            (First, 12, () => Graph(2, 3).Node("Dropout", ["x"], ["y"], ("ratio", 0.5f))),
            (12, Now, () => Graph(2, 3).Constant("p", [], [0.5f]).Node("Dropout", ["x", "p"], ["y"])),
        ],
    };

    public static TheoryData<string> Operators => [.. s_forms.Keys];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Import_FormOfEachOperatorSet_MeansWhatOnnxRuntimeComputes(string name)
    {
        for (int opset = First; opset <= Last; opset++)
        {
            foreach ((_, _, Func<OnnxGraph> make) in s_forms[name].Where(f => f.Since <= opset && opset < f.Until))
            {
                byte[] model = make().ToModel(opset);
                Graph graph = OnnxImporter.Import(model, "model.onnx");
                Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 1, seed: opset);

                Dictionary<string, Tensor> expected = OrtSession.Run(model, inputs);

                foreach ((Value output, Tensor actual) in graph.Outputs.Zip(ReferenceEvaluator.Run(graph, inputs)))
                {
                    TensorAssert.Close(expected[output.Name], actual);
                }
            }
        }
    }

    private static OnnxGraph Graph(params long[] shape) => new OnnxGraph().Input("x", [.. shape.Select(d => (object?)d)]).Output("y");

    private static OnnxGraph Truths(string type) => new OnnxGraph().Input("x", 2, 3, 4).Output("y", DataType.Bool)
        .Constant("zero", [], [0.3f]).Integers("a", 1).Node("Greater", ["x", "zero"], ["g"]).Node(type, ["g", "a"], ["y"]);

    private static OnnxGraph Norm(OnnxGraph graph) => graph.Constant("s", [3], [0.5f, -1, 2]).Constant("b", [3], [1, 2, -3])
        .Constant("m", [3], [0.25f, 0.5f, -0.5f]).Constant("v", [3], [1, 0.5f, 4]);

    /// <summary>An operator with a list that was an attribute and is its second input from <paramref name="since"/> on.</summary>
    private static (int Since, int Until, Func<OnnxGraph> Make)[] ByInput(
        string type, int since, (string Name, long[] Values) list, params long[] shape)
    {
        long[] dimensions = shape.Length > 0 ? shape : [2, 3, 4];
        return
        [
            (First, since, () => Graph(dimensions).Node(type, ["x"], ["y"], (list.Name, list.Values))),
            (since, Now, () => Graph(dimensions).Integers("a", list.Values).Node(type, ["x", "a"], ["y"])),
        ];
    }

    private static (int Since, int Until, Func<OnnxGraph> Make)[] Resized(string mode)
    {
        float[] factors = [1, 1, 2, 3];
        return
        [
            (First, 9, () => Graph(1, 2, 3, 4).Node("Upsample", ["x"], ["y"], ("mode", mode), ("scales", factors))),
            (9, 10, () => Graph(1, 2, 3, 4).Constant("s", [4], factors).Node("Upsample", ["x", "s"], ["y"], ("mode", mode))),
            (10, 11, () => Graph(1, 2, 3, 4).Constant("s", [4], factors).Node("Resize", ["x", "s"], ["y"], ("mode", mode))),
            (11, Now, () => Graph(1, 2, 3, 4).Constant("r", [0], []).Constant("s", [4], factors)
                .Node("Resize", ["x", "r", "s"], ["y"], ("mode", mode))),
        ];
    }
}
