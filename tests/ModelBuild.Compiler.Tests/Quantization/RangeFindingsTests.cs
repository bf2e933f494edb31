using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>What calibration has to say of ranges, at the model's input and inside, by every method of choosing them.</summary>
public sealed class RangeFindingsTests
{
    private static readonly string[] s_methods = ["minmax", "moving-average", "percentile", "entropy", "mse"];

    public static TheoryData<string> Methods => [.. s_methods];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Calibration_InputIsZero_IsAWarningThatNamesIt(string method)
    {
        Graph graph = TwoLayers(out Value x, out _);
        Assert.Contains(Findings(graph, x, new float[80], method), f => IsAbout(f, x, "zero on all calibration data"));
    }

    /// <summary>One other element is enough.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public void Calibration_InputIsTheSameNumber_IsAWarningThatNamesIt(string method)
    {
        Graph graph = TwoLayers(out Value x, out _);
        float[] same = [.. Enumerable.Repeat(0.75f, 80)];
        Assert.Contains(Findings(graph, x, same, method), f => IsAbout(f, x, "the same number in all calibration data"));

        same[3] = 0.5f;
        Assert.DoesNotContain(Findings(graph, x, same, method), f => f.Code == DiagnosticCodes.BadRange);
    }

    /// <summary>Two samples say as much; one alone says nothing of whether something moves.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Calibration_FewSamplesOfTheSameNumber_WarnFromTwoOn(int samples, bool warns)
    {
        Graph graph = TwoLayers(out Value x, out _);
        float[] same = [.. Enumerable.Repeat(0.75f, samples * 4)];

        Assert.Equal(
            warns, Findings(graph, x, same, "minmax").Any(f => IsAbout(f, x, "the same number in all calibration data")));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Calibration_InsideBecomesInfinite_IsAnErrorThatNamesIt(string method)
    {
        var g = new TestGraph();
        Value x = g.Input(4);
        Value large = g.Node(
            "Mul", [g.Node("Mul", [g.Gemm(x, 2), g.Constant(Tensor.Scalar(1e30f))]), g.Constant(Tensor.Scalar(1e20f))]);
        Graph graph = g.Finish(g.Gemm(large, 2));
        float[] values = TestGraph.Inputs(graph, 20, 1)[x.Name].ToFloats();
        var exception = Assert.Throws<CompilationException>(() => Findings(graph, x, values, method));
        Assert.True(IsAbout(Assert.Single(exception.Findings), large, "infinite"));
    }

    /// <summary>One value of many samples. A method that cuts it off leaves nothing to warn of.</summary>
    [Theory]
    [InlineData("minmax", true)]
    [InlineData("moving-average", true)]
    [InlineData("percentile=99", false)]
    [InlineData("entropy", false)]
    [InlineData("mse", true)]
    public void Calibration_OneValueOwnsTheRange_IsAWarningWhereItIsKept(string method, bool warns)
    {
        Graph graph = TwoLayers(out Value x, out _);
        float[] values = [.. Enumerable.Range(0, 50).SelectMany(seed => TestGraph.Inputs(graph, 20, seed)[x.Name].ToFloats())];
        values[5] = -1e9f;
        Assert.Equal(warns, Findings(graph, x, values, method).Any(f => IsAbout(f, x, "far beyond all others")));
    }

    private static bool IsAbout(Finding finding, Value value, string what) => finding.Code == DiagnosticCodes.BadRange
        && finding.Message.Contains($"'{value.Name}'", StringComparison.Ordinal)
        && finding.Message.Contains(what, StringComparison.Ordinal);

    private static IReadOnlyList<Finding> Findings(Graph graph, Value x, float[] values, string method)
    {
        Assert.True(CalibrationMethod.TryRead(method, out CalibrationMethod read, out _));
        var samples = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of(values, values.Length / 4, 4) };
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, RecoveryMethods.None, [samples], read);
        return model.Findings;
    }

    private static Graph TwoLayers(out Value x, out Value inside)
    {
        var g = new TestGraph();
        x = g.Input(4);
        inside = g.Node("Relu", g.Gemm(x, 8));
        return g.Finish(g.Gemm(inside, 3));
    }
}
