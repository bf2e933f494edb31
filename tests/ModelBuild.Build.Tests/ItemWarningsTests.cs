using Microsoft.Build.Utilities;
using ModelBuild.Tasks;

namespace ModelBuild.Build.Tests;

/// <summary>What is taken for a mistake in an item, and what is not.</summary>
public sealed class ItemWarningsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("Modus", "Mode")]
    [InlineData("mod", "Mode")]
    [InlineData("Calibrate", "Calibration")]
    [InlineData("CalibrationFiles", "Calibration")]
    [InlineData("Class", "ClassName")]
    [InlineData("NameSpaces", "Namespace")]
    [InlineData("Accesibility", "Accessibility")]
    [InlineData("Dimension", "Dimensions")]
    [InlineData("Precision", "Mode")]
    [InlineData("quantization", "Mode")]
    public void Find_WithMetadataLikeOurs_SuggestsIt(string name, string meant)
    {
        ItemWarning warning = Assert.Single(ItemWarnings.Find(Item("", (name, "int8"))));

        Assert.Equal(("MODELB0011", name), (warning.Code, warning.Metadata));
        Assert.Contains($"Did you mean '{meant}'?", warning.Message, StringComparison.Ordinal);
    }

    /// <summary>Metadata of the project's own, of the SDK and of ModelBuild.targets.</summary>
    [Theory]
    [InlineData("Url")]
    [InlineData("Sha256")]
    [InlineData("Link")]
    [InlineData("Visible")]
    [InlineData("CopyToOutputDirectory")]
    [InlineData("DependentUpon")]
    [InlineData("Generator")]
    [InlineData("mode")]
    [InlineData("ModelBuildName")]
    [InlineData("ModelTime")]
    [InlineData("ModelOutput")]
    [InlineData("ResourceName")]
    [InlineData("SharesId")]
    [InlineData("BlobFile")]
    [InlineData("IsBesideAssembly")]
    public void Find_WithOtherMetadata_IsSilent(string name) => Assert.Empty(ItemWarnings.Find(Item("", (name, "x"))));

    [Theory]
    [InlineData("Calibration=\"*.npy\"", "fp16", false)] // there they show what it costs
    [InlineData("Calibration=\"*.npy\" Mode=\"fp32\"", "fp32", true)]
    [InlineData("Calibration=\"*.npy\" Mode=\"int8\"", "int8", false)]
    [InlineData("Calibration=\"*.npy\" Mode=\"$(ModelMode)\"", "fp32", false)] // int8 in another configuration
    [InlineData("", "fp16", false)] // an ItemDefinitionGroup gives it to all items
    [InlineData("", "fp32", false)]
    public void Find_WithCalibration_WarnsWhereTheItemItselfDoesNotUseIt(string written, string mode, bool warns)
    {
        IReadOnlyList<ItemWarning> warnings = ItemWarnings.Find(Item(written, ("Mode", mode), ("Calibration", "*.npy")));

        Assert.Equal(warns ? ["MODELB0012"] : [], warnings.Select(warning => warning.Code));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false, "Calibration", "*.png")]
    [InlineData(false, "InputType", "uint8")]
    [InlineData(false, "InputType", "b=int8;a=uint8")]
    [InlineData(true, "InputType", "int8")]
    public void Find_PreprocessingOfNothing_Warns(bool warns, string other = "ClassName", string words = "A")
    {
        IReadOnlyList<ItemWarning> warnings = ItemWarnings.Find(
            Item("Preprocessing=\"scale=1\"", ("Mode", "fp16"), ("Preprocessing", "scale=1"), (other, words)));

        Assert.Equal(warns ? ["MODELB0012"] : [], warnings.Select(warning => warning.Code));
        Assert.All(
            warnings,
            w => Assert.EndsWith("Set Calibration or InputType=\"uint8\", or remove it.", w.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("int16", "int16x8", "'int16' in Recover of 'a.onnx' is ignored: ")]
    [InlineData("gptq;smoothquant", "int8-weights", "'smoothquant' in Recover of 'a.onnx' is ignored: ")]
    [InlineData("all", "int16x8", null)]
    [InlineData("int16", "int8", null)]
    [InlineData("gptq", "fp16", "Recover of 'a.onnx' is ignored: ")]
    public void Find_WithRecoveryWithoutUse_SaysWhichMethod(string methods, string mode, string? warning)
    {
        IReadOnlyList<ItemWarning> warnings = ItemWarnings.Find(
            Item($"Recover=\"{methods}\"", ("Mode", mode), ("Recover", methods), ("Calibration", "*.npy")));

        Assert.Equal(warning is not null, warnings.Any(w => w.Message.StartsWith(warning ?? "?", StringComparison.Ordinal)));
        Assert.Equal(warning is null ? 0 : 1, warnings.Count);
    }

    /// <summary>In int8 samples are asked for anyway.</summary>
    [Theory]
    [InlineData("gptq", "int8-weights", true)]
    [InlineData("all", "int4-weights", true)]
    [InlineData("none", "int4-weights", false)]
    [InlineData("gptq", "int8", false)]
    public void Find_WithRecoveryAndNoSamples_Warns(string methods, string mode, bool warns)
    {
        IReadOnlyList<ItemWarning> warnings = ItemWarnings.Find(Item($"Recover=\"{methods}\"", ("Mode", mode), ("Recover", methods)));

        Assert.Equal(warns ? ["MODELB0012"] : [], warnings.Select(warning => warning.Code));
        Assert.All(warnings, w => Assert.Contains("without Calibration there are none", w.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Lenet", true)]
    [InlineData("My.Lenet", true)]
    [InlineData("Lenet.Models", true)]
    [InlineData("Lenets", false)]
    [InlineData("lenet", false)]
    public void Find_WithClassNamedAsNamespace_Warns(string ns, bool warns)
    {
        IReadOnlyList<ItemWarning> warnings = ItemWarnings.Find(Item("", ("Namespace", ns), ("ClassName", "Lenet")));

        Assert.Equal(warns ? ["MODELB0013"] : [], warnings.Select(warning => warning.Code));
    }

    private ModelItem Item(string written, params (string Name, string Value)[] metadata)
    {
        File.WriteAllText(_file, $"""<Project><ItemGroup><QuantizedModel Include="a.onnx" {written} /></ItemGroup></Project>""");
        var item = new TaskItem("obj/a.inputs", new Dictionary<string, string>
        {
            ["ModelInclude"] = "a.onnx",
            ["ModelFile"] = Path.GetFullPath("a.onnx", Path.GetTempPath()),
            ["ProjectFile"] = _file,
            ["Mode"] = "fp16",
        });
        foreach ((string name, string value) in metadata)
        {
            item.SetMetadata(name, value);
        }

        return new ModelItem(item, "App", Path.GetTempPath());
    }
}
