using Microsoft.Build.Utilities;
using ModelBuild.Compiler;
using ModelBuild.Tasks;

namespace ModelBuild.Build.Tests;

/// <summary>What an item may say, without a build.</summary>
public sealed class ModelItemTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelbuild-item-").FullName;

    public ModelItemTests() => File.WriteAllText(Path.Combine(_folder, "net.onnx"), string.Empty);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("true")]
    [InlineData("False")]
    [InlineData("YES")] // MSBuild takes these three for booleans too
    [InlineData("on")]
    [InlineData("off")]
    public void ToOptions_WithDumpThatIsABoolean_Accepts(string dump) => Item("net.onnx", ("Dump", dump)).ToOptions([]);

    [Theory]
    [InlineData("ture", "Did you mean 'true'?")]
    [InlineData("1", "neither true nor false")]
    public void ToOptions_WithOtherDump_IsRefused(string dump, string text)
    {
        var exception = Assert.Throws<ItemException>(() => Item("net.onnx", ("Dump", dump)).ToOptions([]));

        Assert.Equal((DiagnosticCodes.BadDump, "Dump"), (exception.Code, exception.Metadata));
        Assert.Contains(text, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("+3")]
    [InlineData("1.5")]
    public void ToOptions_WithPassLimitThatIsNoCount_IsRefused(string limit)
    {
        var exception = Assert.Throws<ItemException>(() => Item("net.onnx", ("PassLimit", limit)).ToOptions([]));

        Assert.Equal((DiagnosticCodes.BadPassLimit, "PassLimit"), (exception.Code, exception.Metadata));
    }

    /// <summary>Relative to the project, wherever the process that runs the task happens to be.</summary>
    [Fact]
    public void ToOptions_WithLabels_FindsThemFromTheProjectsFolder() =>
        Assert.Equal(
            Path.Combine(_folder, "samples", "labels.npy"),
            Item("net.onnx", ("Labels", "samples/../samples/labels.npy"), ("MinAccuracy", "50%")).ToOptions([]).LabelsFile);

    [Theory]
    [InlineData("nett.onnx", "Did you mean 'net.onnx'?")]
    [InlineData("NET.ONNX", "Did you mean 'net.onnx'?")]
    [InlineData("../{0}/nett.onnx", "Did you mean '../{0}/net.onnx'?")]
    [InlineData("../{0}x/net.onnx", "Did you mean '../{0}/net.onnx'?")]
    public void ToOptions_WithMisspeltFile_SuggestsTheOneInTheSameFolder(string include, string suggestion)
    {
        string name = Path.GetFileName(_folder);
        var exception = Assert.Throws<ItemException>(
            () => Item(include.Replace("{0}", name, StringComparison.Ordinal)).ToOptions([]));

        Assert.Equal(DiagnosticCodes.ModelMissing, exception.Code);
        Assert.Contains(suggestion.Replace("{0}", name, StringComparison.Ordinal), exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NET", "differ only in case: 'App.Net', 'App.NET'")]
    [InlineData("Net", "make the same class 'App.Net'")]
    public void ThrowIfClassIsTaken_ByAnother_SaysHowTheNamesCompare(string other, string text)
    {
        ModelItem first = Item("net.onnx", ("ClassName", "Net"));
        ModelItem second = Item("net.onnx", ("ClassName", other), ("ProjectFile", Path.Combine(_folder, "more.props")));

        var exception = Assert.Throws<ItemException>(() => first.ThrowIfClassIsTaken([first, second]));

        Assert.Equal(DiagnosticCodes.DuplicateClass, exception.Code);
        Assert.Contains(text, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("'net.onnx' and 'net.onnx' (more.props) ", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A wildcard gives files in the order of the file system, which is no two machines' the same.</summary>
    [Fact]
    public void ToOptions_SamplesInAnyOrder_AreTakenByName() =>
        Assert.Equal(
            ["B.npy", "a.npy", "a/1.npy", "b.npy"],
            Item("net.onnx", ("Mode", "int8")).ToOptions(["b.npy", "a/1.npy", "B.npy", "a.npy"]).CalibrationFiles);

    private ModelItem Item(string include, params (string Name, string Value)[] metadata)
    {
        var item = new TaskItem("obj/a.inputs", new Dictionary<string, string>
        {
            ["ModelInclude"] = include,
            ["ModelFile"] = Path.GetFullPath(include, _folder),
            ["ProjectFile"] = Path.Combine(_folder, "a.csproj"),
            ["Mode"] = "fp16",
            ["Accessibility"] = "public",
        });
        Array.ForEach(metadata, m => item.SetMetadata(m.Name, m.Value));
        return new ModelItem(item, "App", _folder);
    }
}
