using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>Single operators from codes to codes, where nothing is computed in floats, against ONNX Runtime on the written file.</summary>
public sealed class IntegerOperatorCodesTests : IDisposable
{
    private static readonly Dictionary<string, Func<OnnxGraph, OnnxGraph>> s_operators = new(StringComparer.Ordinal)
    {
        ["ReduceMean over neighbours"] = g => g.Integers("axes", 2, 3).Node("ReduceMean", ["x", "axes"], ["y"]),
        ["ReduceMean over others between"] = g => g.Integers("axes", 1, 3).Node("ReduceMean", ["x", "axes"], ["y"]),
        ["ReduceMean that drops axes"] = g => g.Integers("axes", 1, 3).Node("ReduceMean", ["x", "axes"], ["y"], ("keepdims", 0L)),
        ["ReduceSum over neighbours"] = g => g.Integers("axes", -1).Node("ReduceSum", ["x", "axes"], ["y"]),
        ["ReduceSum over others between"] = g => g.Integers("axes", 1, 3).Node("ReduceSum", ["x", "axes"], ["y"], ("keepdims", 0L)),
        ["PRelu with a slope for each channel"] = g =>
            g.Constant("slope", [3, 1, 1], [0.25f, -0.5f, 2]).Node("PRelu", ["x", "slope"], ["y"]),
        ["PRelu with a slope for each row"] = g =>
            g.Constant("slope", [4, 1], [0.1f, 0.2f, 0.3f, -1]).Node("PRelu", ["x", "slope"], ["y"]),
        ["PRelu with a slope for each column"] = g =>
            g.Constant("slope", [5], [0.1f, 0.2f, 0.3f, -1, 0]).Node("PRelu", ["x", "slope"], ["y"]),
    };

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string> Operators => [.. s_operators.Keys];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Operators))]
    public void Predict_OperatorBetweenCodes_GivesTheCodesOfOnnxRuntime(string name)
    {
        byte[] onnx = s_operators[name](new OnnxGraph().Input("x", "batch", 3, 4, 5).Output("y", s_shapes[name])).ToModel();
        Assert.True(PortTypes.TryRead("int8", out PortTypes types, out _));
        var random = new Random(1);
        float[] samples = [.. Enumerable.Range(0, 16 * 60).Select(_ => (random.NextSingle() * 5) - 2)];
        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", onnx), Mode = ModelMode.Int8, ClassName = "Model", ResourceName = "r",
            InputType = types, OutputType = types,
            CalibrationFiles = [_files.Write("samples.npy", NumpyFile.Float32([16, 3, 4, 5], samples))],
        });
        sbyte[] codes = new sbyte[7 * 60];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(codes.AsSpan()));
        var x = new Dictionary<string, Tensor> { ["x"] = Tensor.Of(codes, 7, 3, 4, 5) };

        Tensor actual = GeneratedModels.Build(result).Predict("Model", x)["y"];

        Tensor written = OrtSession.Run(WrittenModel.Onnx(result), x)["y"];
        Assert.Equal(written.Dimensions.ToArray(), actual.Dimensions.ToArray());
        Assert.All(actual.ToInt64s().Zip(written.ToInt64s()), p => Assert.InRange(p.First - p.Second, -1, 1));
        Assert.InRange(actual.ToInt64s().Zip(written.ToInt64s()).Count(p => p.First != p.Second), 0, actual.Length / 20);
        Assert.DoesNotContain(PlanReader.Read(result.Plan).Tensors, t => t.Type == PlanType.F32);
    }

    private static readonly Dictionary<string, object?[]> s_shapes = new(StringComparer.Ordinal)
    {
        ["ReduceMean over neighbours"] = ["batch", 3, 1, 1],
        ["ReduceMean over others between"] = ["batch", 1, 4, 1],
        ["ReduceMean that drops axes"] = ["batch", 4],
        ["ReduceSum over neighbours"] = ["batch", 3, 4, 1],
        ["ReduceSum over others between"] = ["batch", 4],
        ["PRelu with a slope for each channel"] = ["batch", 3, 4, 5],
        ["PRelu with a slope for each row"] = ["batch", 3, 4, 5],
        ["PRelu with a slope for each column"] = ["batch", 3, 4, 5],
    };
}
