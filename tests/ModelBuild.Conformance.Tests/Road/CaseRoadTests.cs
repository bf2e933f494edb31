using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Each case goes the whole road in each mode: to a class that computes what ONNX Runtime computes, or to a refusal by name.
/// </summary>
public sealed class CaseRoadTests
{
    public static TheoryData<string> Rows => [.. Case.Names];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Compile_CaseInEveryMode_GivesWhatOnnxRuntimeComputesOrARefusal(string name)
    {
        var @case = new Case(name);
        Assert.All(Modes.All.Where(mode => @case.Refusal(mode) is not null), mode =>
        {
            var error = Assert.Throws<CompilationException>(
                () => ModelCompiler.Compile(ModelInModes.Options(@case.Model, mode, @case.Calibration)));
            Assert.All(error.Findings, f => Assert.Equal(@case.Refusal(mode), f.Code));
            Assert.All(error.Findings, f => Assert.Contains($"'{name}.onnx'", f.Message, StringComparison.Ordinal));
        });

        using ModelInModes model = ModelInModes.Compile(
            @case.Model, Modes.All.Where(mode => @case.Refusal(mode) is null), @case.Calibration);
        GeneratedModels classes = model.Build();
        Assert.All(model.Results, made =>
        {
            Dictionary<string, Tensor> actual = classes.Predict(ModelInModes.ClassOf(made.Mode), @case.Inputs);

            // What ONNX Runtime refuses as it is, it can take as written: a batch of 0 has become a symbol, for example.
            foreach ((string output, Tensor expected)
                in @case.Outputs ?? OrtSession.Run(WrittenModel.Onnx(made.Result), @case.Inputs))
            {
                Assert.Equal(expected.Type, actual[output].Type);
                Assert.Equal(expected.Dimensions, actual[output].Dimensions);
                Assert.InRange(Error(expected, actual[output]), 0, Bound(made.Mode, @case.ArrivesQuantized));
            }
        });
    }

    /// <summary>
    /// A value of a quantized network that is rounded the other way is off by a step, which is a large part of a small range.
    /// </summary>
    private static double Bound(ModelMode mode, bool isQuantized) => mode switch
    {
        _ when isQuantized => 0.08,
        ModelMode.Fp32 => 1e-5,
        ModelMode.Fp16 => 2e-3,
        ModelMode.Int8Weights => 0.02,
        ModelMode.Int4Weights => 0.3,
        _ => 0.05,
    };

    /// <summary>The largest difference, relative to the largest value. What is not finite must be the same.</summary>
    private static double Error(Tensor expected, Tensor actual)
    {
        (double E, double A)[] pairs = [.. expected.ToDoubles().Zip(actual.ToDoubles())];
        Assert.All(pairs.Where(p => !double.IsFinite(p.E) || !double.IsFinite(p.A)), p => Assert.Equal(p.E, p.A));
        (double E, double A)[] finite = [.. pairs.Where(p => double.IsFinite(p.E))];
        double largest = finite.Select(p => Math.Abs(p.E)).DefaultIfEmpty(0).Max();
        double difference = finite.Select(p => Math.Abs(p.E - p.A)).DefaultIfEmpty(0).Max();
        return difference == 0 ? 0 : difference / largest;
    }
}
