using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Recurrent layers: what files say of them in several ways, and what they must not say.</summary>
public sealed class RecurrentImportTests
{
    private const int Steps = 3;
    private const int Batch = 2;
    private const int Size = 4;
    private const int Hidden = 5;

    public static TheoryData<string, object> Contradictions => new()
    {
        { "direction", "sideways" },
        { "layout", 2 },
        { "clip", 0f },
        { "clip", float.NaN },
        { "hidden_size", Hidden + 1 },
        { "direction", "bidirectional" },
        { "activations", new[] { "Sigmoid", "Tanh" } },
        { "activations", new[] { "Sigmoid", "Tanh", "Nonsense" } },
        { "activations", new[] { "Sigmoid", "Tanh", "ScaledTanh" } },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Import_AttributeThatContradictsTheLayer_IsMalformed(string attribute, object value)
    {
        var e = Assert.Throws<CompilationException>(() => Import(Lstm(batchFirst: false, "x", (attribute, value))));

        Assert.Equal(DiagnosticCodes.MalformedGraph, Assert.Single(e.Findings).Code);
    }

    [Theory]
    [InlineData("w", 1, 4 * Hidden, Size + 1)]
    [InlineData("w", 1, 3 * Hidden, Size)]
    [InlineData("w", 2, 4 * Hidden, Size)]
    [InlineData("r", 1, 4 * Hidden, Hidden - 1)]
    [InlineData("b", 1, 4 * Hidden)]
    [InlineData("p", 1, 4 * Hidden)]
    [InlineData("i", 1, Batch + 1, Hidden)]
    public void Import_InputOfAnotherShape_IsMalformed(string input, params int[] shape)
    {
        OnnxGraph graph = Lstm(batchFirst: false, input);
        graph.Constant(input, Zeros([.. shape.Select(d => (long)d)]));

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(DiagnosticCodes.MalformedGraph, Assert.Single(e.Findings).Code);
    }

    /// <summary>ONNX Runtime does not know this layout; here it is the other between transposes.</summary>
    [Fact]
    public void Evaluate_BatchFirst_IsStepsFirstOfTransposedTensors()
    {
        Tensor x = Values(Steps, Batch, Size);
        Tensor[] expected = Run(Import(Lstm(batchFirst: false, "")), x);
        Tensor[] actual = Run(Import(Lstm(batchFirst: true, "")), Transpose(x, 1, 0, 2));

        Assert.Equal(Transpose(expected[0], 2, 0, 1, 3).ToFloats(), actual[0].ToFloats());
        Assert.Equal([Batch, Steps, 1, Hidden], actual[0].Dimensions);
        Assert.Equal(Transpose(expected[1], 1, 0, 2).ToFloats(), actual[1].ToFloats());
        Assert.Equal(Transpose(expected[2], 1, 0, 2).ToFloats(), actual[2].ToFloats());
        Assert.Equal([Batch, 1, Hidden], actual[2].Dimensions);
    }

    /// <param name="without">The constant that the caller adds.</param>
    private static OnnxGraph Lstm(bool batchFirst, string without, params (string, object)[] attributes)
    {
        OnnxGraph graph = batchFirst ? new OnnxGraph().Input("x", Batch, Steps, Size) : new OnnxGraph().Input("x", Steps, Batch, Size);
        (string Name, Tensor Tensor)[] constants =
        [
            ("w", Values(1, 4 * Hidden, Size)), ("r", Values(1, 4 * Hidden, Hidden)), ("b", Values(1, 8 * Hidden)),
            ("i", batchFirst ? Transpose(Values(1, Batch, Hidden), 1, 0, 2) : Values(1, Batch, Hidden)),
            ("j", batchFirst ? Transpose(Values(1, Batch, Hidden), 1, 0, 2) : Values(1, Batch, Hidden)), ("p", Values(1, 3 * Hidden)),
        ];
        foreach ((string name, Tensor tensor) in constants.Where(c => c.Name != without))
        {
            graph.Constant(name, tensor);
        }

        return graph.Output("y").Output("h").Output("c").Node(
            "LSTM", ["x", "w", "r", "b", "", "i", "j", "p"], ["y", "h", "c"],
            batchFirst ? [.. attributes, ("layout", 1)] : attributes);
    }

    private static Tensor[] Run(Graph graph, Tensor x) => ReferenceEvaluator.Run(graph, new Dictionary<string, Tensor> { ["x"] = x });

    private static Graph Import(OnnxGraph graph) => OnnxImporter.Import(graph.ToModel(opset: 14), "model.onnx");

    private static Tensor Zeros(params long[] shape) => Tensor.Of(new float[shape.Aggregate(1L, (a, b) => a * b)], shape);

    private static Tensor Values(params long[] shape)
    {
        var random = new Random(shape.Length);
        return Tensor.Of([.. Zeros(shape).ToFloats().Select(_ => (random.NextSingle() * 2) - 1)], shape);
    }

    private static Tensor Transpose(Tensor tensor, params int[] permutation)
    {
        long[] shape = [.. permutation.Select(axis => tensor.Dimensions[axis])];
        float[] values = tensor.ToFloats();
        var result = new float[values.Length];
        for (int i = 0; i < result.Length; i++)
        {
            long rest = i;
            long source = 0;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                source += rest % shape[axis] * tensor.Dimensions.Skip(permutation[axis] + 1).Aggregate(1L, (a, b) => a * b);
                rest /= shape[axis];
            }

            result[i] = values[source];
        }

        return Tensor.Of(result, shape);
    }
}
