using ModelBuild.Compiler.Settings;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Settings;

public sealed class ModelSettingsTests
{
    /// <summary>Names in models may have commas, so that only semicolons part them; all other lists take both.</summary>
    [Fact]
    public void Read_Lists_ArePartedByWhatTheirPartsCannotHold()
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KeepFloat"] = " /conv,1 ; b;", ["Recover"] = "gptq,smoothquant;int16", ["Dimensions"] = "n=1,h=2;w=3..4",
        };
        var faults = new List<string>();

        CompileOptions options = ModelSettings.Read(
            CompiledFile.Options("model.onnx", ModelMode.Int8, []),
            s => words.GetValueOrDefault(s.Name, string.Empty), (setting, _) => faults.Add(setting.Name));

        Assert.Empty(faults);
        Assert.Equal(["/conv,1", "b"], options.KeepFloat);
        Assert.Equal(3, options.Dimensions.Count);
    }

    /// <summary>What becomes part of C# code is something that C# has.</summary>
    [Theory]
    [InlineData("ClassName", "Model", true)]
    [InlineData("ClassName", "класс_1", true)]
    [InlineData("ClassName", "class", false)]
    [InlineData("ClassName", "record", false)]
    [InlineData("ClassName", "1Model", false)]
    [InlineData("ClassName", "A.B", false)]
    [InlineData("Namespace", "Shop", true)]
    [InlineData("Namespace", "Shop.Models.V2", true)]
    [InlineData("Namespace", "Shop.new", false)]
    [InlineData("Namespace", "Shop..Models", false)]
    [InlineData("Namespace", "Shop.2", false)]
    [InlineData("Accessibility", "public", true)]
    [InlineData("Accessibility", "internal", true)]
    [InlineData("Accessibility", "private", false)]
    [InlineData("Preprocessing", "scale=1/255", true)]
    [InlineData("Preprocessing", "scale=", false)]
    public void Read_NamesAndWords_AreTakenOrRefused(string name, string words, bool isTaken)
    {
        CompileOptions before =
            CompiledFile.Options("model.onnx", ModelMode.Fp32, []) with { ClassName = "Other", Accessibility = "other" };
        var faults = new List<string>();

        CompileOptions options = ModelSettings.Read(
            before, s => s.Name == name ? words : string.Empty, (setting, _) => faults.Add(setting.Name));

        Assert.Equal(isTaken ? [] : [name], faults);
        Assert.True(!isTaken || before != options);
        if (isTaken && name != "Preprocessing")
        {
            Assert.Equal(
                words, name switch { "ClassName" => options.ClassName, "Namespace" => options.Namespace, _ => options.Accessibility });
        }
    }

    /// <summary>What is about samples does nothing without them, where the mode does not ask for them anyway.</summary>
    [Theory]
    [InlineData("Labels", ModelMode.Fp16, false, true)]
    [InlineData("Labels", ModelMode.Fp16, true, false)]
    [InlineData("Labels", ModelMode.Int8, false, false)]
    [InlineData("Recover", ModelMode.Int8Weights, false, true)]
    [InlineData("Recover", ModelMode.Int8Weights, true, false)]
    public void Unused_WithoutSamples_SaysToSetCalibration(string name, ModelMode mode, bool hasSamples, bool isUnused)
    {
        CompileOptions options = CompiledFile.Options("model.onnx", mode, hasSamples ? ["x.npy"] : []) with { LabelsFile = "labels.npy" };

        UnusedSetting[] unused = [.. ModelSettings.Unused(options, s => s.Name == name)];

        Assert.Equal(isUnused ? ["Set Calibration, or remove it."] : [], unused.Select(u => u.WayOut));
        Assert.All(unused, u => Assert.EndsWith("without Calibration there are none", u.Message(name), StringComparison.Ordinal));
    }

    /// <summary>In fp32 nothing is lost that labels could show, unless weights are changed or a budget is to be held.</summary>
    [Theory]
    [InlineData("", "", true)]
    [InlineData("Sparsity", "0.5", false)]
    [InlineData("LowRank", "0.5", false)]
    [InlineData("Clusters", "16", false)]
    [InlineData("MinAccuracy", "0.9", false)]
    [InlineData("MaxBytes", "1 MB", true)]
    public void Unused_LabelsInFp32_AreUsedWhereSomethingIsLost(string other, string words, bool isUnused)
    {
        CompileOptions options = ModelSettings.Read(
            CompiledFile.Options("model.onnx", ModelMode.Fp32, ["x.npy"]) with { LabelsFile = "labels.npy" },
            s => s.Name == other ? words : string.Empty, (_, fault) => Assert.Fail(fault.Message(other)));

        Assert.Equal(isUnused, ModelSettings.Unused(options, s => s.Name == "Labels").Any());
    }
}
