using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using Xunit.Abstractions;

namespace ModelBuild.Conformance.Tests;

/// <summary>
/// The ONNX file that a compile writes, compiled again: in the mode of an item that says nothing, and in the mode that wrote it. It needs
/// no samples and causes no warning, takes the same kernels, and computes what was computed before.
/// </summary>
public sealed class ReadBackTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string s_samples = SampleImages.Few;

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string, ModelMode, QuantizedForm> Files
    {
        get
        {
            var rows = new TheoryData<string, ModelMode, QuantizedForm>();
            foreach (string model in new[] { "lenet", "resnet" })
            {
                foreach (ModelMode mode in Modes.All)
                {
                    rows.Add(model, mode, QuantizedForm.Qdq);
                }

                rows.Add(model, ModelMode.Int8, QuantizedForm.QOperator);
            }

            return rows;
        }
    }

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void Compile_FileThatWasWritten_ComputesTheSame(string model, ModelMode mode, QuantizedForm form) =>
        Check(Repository.Sample("models", model + ".onnx"), mode, form);

    /// <summary>What chooses codes has none to choose, and a mode of other bits is none of the model's.</summary>
    [Theory]
    [InlineData(ModelMode.Int16x8, true, "Mode=\"int16x8\" and Calibration do nothing")]
    [InlineData(ModelMode.Int8, true, "Calibration does nothing")]
    [InlineData(ModelMode.Auto, false, "Mode=\"auto\" does nothing")]
    [InlineData(ModelMode.Int8, false, null)]
    public void Compile_QuantizedModelWithSettingsForFloats_SaysWhatDoesNothing(ModelMode mode, bool samples, string? says)
    {
        using CompiledModel model = ModelCompiler.CompileModel(Options(
            Repository.Asset("quantized", "ort.u8s8_pc.lenet.onnx"), mode, samples ? [s_samples] : []));

        Assert.Equal(says is null ? [] : [DiagnosticCodes.ArrivesQuantized], model.Findings.Select(f => f.Code));
        Assert.All(model.Findings, f => Assert.Contains(says!, f.Message, StringComparison.Ordinal));
    }

    /// <summary>Samples that a budget is measured on do something, and 16-bit codes are what int16x8 makes.</summary>
    [Theory]
    [InlineData("ort.u8s8_pc.lenet.onnx", ModelMode.Int8, true, null)]
    [InlineData("ort.u8s8_pc.lenet.onnx", ModelMode.Int16x8, true, "Mode=\"int16x8\" does nothing")]
    [InlineData("ort.u16s8_pc.lenet.onnx", ModelMode.Int16x8, true, null)]
    [InlineData("ort.u16s8_pc.lenet.onnx", ModelMode.Int16x8, false, "Calibration does nothing")]
    [InlineData("ort.u16s8_pc.lenet.onnx", ModelMode.Auto, false, "Calibration does nothing")]
    public void Compile_QuantizedModelWithSettingsThatItHasAUseFor_IsSilentAboutThem(
        string file, ModelMode mode, bool budget, string? says)
    {
        using CompiledModel model = ModelCompiler.CompileModel(Options(Repository.Asset("quantized", file), mode, [s_samples]) with
        {
            Budget = budget ? new QualityBudget(MinSqnr: -100) : QualityBudget.None,
        });

        Assert.Equal(says is null ? [] : [DiagnosticCodes.ArrivesQuantized], model.Findings.Select(f => f.Code));
        Assert.All(model.Findings, f => Assert.Contains(says!, f.Message, StringComparison.Ordinal));
    }

    /// <summary>Codes of weights alone are a way to store them: with samples, the model is quantized as one in floats.</summary>
    [Theory]
    [InlineData(ModelMode.Int8Weights)]
    [InlineData(ModelMode.Int4Weights)]
    public void Compile_FileOfStoredWeightsInInt8_IsQuantized(ModelMode stored)
    {
        string written = Write(Options(Repository.Sample("models", "lenet.onnx"), stored, []));

        using CompiledModel integers = ModelCompiler.CompileModel(Options(written, ModelMode.Int8, [s_samples]));

        Assert.Empty(integers.Findings);
        Assert.InRange(integers.Compiled.Plan.Card.Sqnr!.Value, 35, 100);
        Assert.Equal(2, integers.Compiled.Plan.Steps.Count(s => s.Call.Target == "Convolution.UInt8"));
    }

    private static CompileOptions Options(string model, ModelMode mode, string[] samples) => new()
    {
        ModelPath = model, Mode = mode, CalibrationFiles = samples, ClassName = "Model", ResourceName = "Model.weights",
    };

    private string Write(CompileOptions options)
    {
        string written = Path.Combine(_files.Path, "written.onnx");
        using CompileResult result = ModelCompiler.Compile(options);
        using FileStream stream = File.Create(written);
        result.WriteOnnx(stream);
        return written;
    }

    private void Check(string model, ModelMode mode, QuantizedForm form)
    {
        CompileOptions options = Options(model, mode, mode.IsCalibrated() ? [s_samples] : []) with { Form = form };
        string written = Write(options);
        using CompiledModel first = ModelCompiler.CompileModel(options);
        Dictionary<string, Tensor> inputs = ProbeInputs.For(first.Portable);
        Dictionary<string, Tensor> expected = new Interpreter(first.Compiled).Run(inputs);
        foreach (ModelMode again in new[] { ModelMode.Fp16, mode }.Distinct())
        {
            using CompiledModel second = ModelCompiler.CompileModel(
                options with { ModelPath = written, Mode = again, CalibrationFiles = [] });
            output.WriteLine($"{again}: {Steps(first)} ⇒ {Steps(second)}");
            Assert.Empty(second.Findings.Select(f => f.Message));
            foreach ((string name, Tensor actual) in new Interpreter(second.Compiled).Run(inputs))
            {
                double error = Scores.RelativeError(expected[name].ToFloats(), actual.ToFloats());
                output.WriteLine($"  {name}: {error:E1}");
                Assert.InRange(error, 0, 1e-3);
            }

            // What finds its scales at run time is written in many operators, as which it is computed then.
            if (mode != ModelMode.Int8Dynamic)
            {
                Assert.Equal(Steps(first), Steps(second));
            }
        }
    }

    private static string Steps(CompiledModel model) => string.Join(' ', model.Compiled.Plan.Steps.Select(s => s.Call.Target));
}
