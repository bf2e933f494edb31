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
}
