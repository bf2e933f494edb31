using Microsoft.Build.Utilities;
using ModelBuild.Tasks;

namespace ModelBuild.Build.Tests;

/// <summary>The line an error points at, for every way in which a project can say what an item is.</summary>
public sealed class ItemPositionTests : IDisposable
{
    private const string Project = """
        <Project>
          <ItemGroup>
            <QuantizedModel Include="models/*.onnx" />
            <QuantizedModel Include="models/a.onnx" Mode="fp32" ClassName="A32" />
            <QuantizedModel Include="models/a.onnx"
                            ClassName="A8"
                            Mode="int8" />
            <QuantizedModel Include="models/b.onnx;models/c.onnx">
              <Mode>int8</Mode>
            </QuantizedModel>
            <QuantizedModel Update="models/d.onnx" Mode="fp32" />
            <QuantizedModel Include="$(Somewhere)elsewhere.onnx" />
            <QuantizedModel Include="left/net.onnx" Namespace="Left" />
            <QuantizedModel Include="right/net.onnx" Namespace="$(Right)" />
            <QuantizedModel Include="deep/**/net?.onnx" />
            <QuantizedModel Include="$(Root)/more/*.onnx" Mode="fp32" />
          </ItemGroup>
        </Project>
        """;

    private readonly string _file = Path.GetTempFileName();

    public ItemPositionTests() => File.WriteAllText(_file, Project);

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("models/a.onnx", "fp32", "A32", "Include", 4, 21)]
    [InlineData("models/a.onnx", "fp32", "A32", "Mode", 4, 45)]
    [InlineData("models/a.onnx", "int8", "A8", "Mode", 7, 21)]
    [InlineData("models/a.onnx", "fp16", "", "Include", 3, 21)]
    [InlineData("models/b.onnx", "int8", "", "Include", 8, 21)]
    [InlineData("models/c.onnx", "int8", "", "Mode", 9, 8)]
    [InlineData("models/d.onnx", "fp32", "", "Mode", 11, 44)]
    [InlineData("models/e.onnx", "fp16", "", "Calibration", 3, 21)]
    [InlineData("/somewhere/elsewhere.onnx", "fp16", "", "Include", 12, 21)]
    [InlineData("left/net.onnx", "fp16", "", "Include", 13, 21)]
    [InlineData("right/net.onnx", "fp16", "", "Include", 14, 21)]
    [InlineData("right\\net.onnx", "fp16", "", "Namespace", 14, 46)]
    [InlineData("deep/er/net1.onnx", "fp16", "", "Include", 15, 21)]
    [InlineData("deep/er/and/deeper/net1.onnx", "fp16", "", "Include", 15, 21)]
    [InlineData("/root/more/f.onnx", "fp32", "", "Include", 16, 21)]
    [InlineData("other/net.onnx", "fp16", "", "Include", 0, 0)]
    [InlineData("models/deep/a.onnx", "fp16", "", "Include", 0, 0)]
    public void Find_OfItem_PointsAtTheAttributeThatSaysSo(
        string include, string mode, string className, string attribute, int line, int column)
    {
        ItemPosition position = ItemPosition.Find(Item(include, mode, className), attribute);

        Assert.Equal(new ItemPosition(_file, line, column), position);
    }

    [Fact]
    public void Find_WithoutElement_NamesTheFileOnly()
    {
        File.WriteAllText(_file, "<Project />");
        Assert.Equal(new ItemPosition(_file, 0, 0), ItemPosition.Find(Item("a.onnx", "fp16", string.Empty), "Include"));

        File.WriteAllText(_file, "not XML");
        Assert.Equal(new ItemPosition(_file, 0, 0), ItemPosition.Find(Item("a.onnx", "fp16", string.Empty), "Include"));
    }

    private ModelItem Item(string include, string mode, string className) => new(
        new TaskItem("obj/a.inputs", new Dictionary<string, string>
        {
            ["ModelInclude"] = include,
            ["ModelFile"] = Path.GetFullPath(include, Path.GetTempPath()),
            ["ProjectFile"] = _file,
            ["Mode"] = mode,
            ["ClassName"] = className,
        }),
        "App",
        Path.GetTempPath());
}
