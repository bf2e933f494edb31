using ModelBuild.Compiler.Names;
using ModelBuild.Tasks;

namespace ModelBuild.Build.Tests;

/// <summary>The small decisions of the task: names, suggestions, patterns.</summary>
public sealed class TaskNamesTests
{
    [Theory]
    [InlineData("lenet", "Lenet")]
    [InlineData("fashion-mnist", "FashionMnist")]
    [InlineData("resnet_folded", "ResnetFolded")]
    [InlineData("MobileNetV2", "MobileNetV2")]
    [InlineData("ort.u8s8_pc.lenet", "OrtU8s8PcLenet")]
    [InlineData("my model (1)", "MyModel1")]
    [InlineData("3d-net", "_3dNet")]
    [InlineData("модель", "Модель")]
    [InlineData("---", "_")]
    public void ClassFromFile_OfFileName_IsPascalCaseIdentifier(string file, string expected)
    {
        Assert.Equal(expected, CSharpNames.ClassFromFile(file));
        Assert.True(CSharpNames.IsIdentifier(expected));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("Fashion.Models", "Fashion.Models")]
    [InlineData("my-app", "my_app")]
    [InlineData("9lives.class", "_9lives._class")]
    public void NamespaceFromProject_OfRootNamespace_IsValid(string rootNamespace, string expected) =>
        Assert.Equal(expected, CSharpNames.NamespaceFromProject(rootNamespace));

    [Theory]
    [InlineData("Net", true)]
    [InlineData("_net1", true)]
    [InlineData("1net", false)]
    [InlineData("net-1", false)]
    [InlineData("class", false)]
    [InlineData("", false)]
    public void IsIdentifier_OfName_FollowsCSharp(string name, bool expected) => Assert.Equal(expected, CSharpNames.IsIdentifier(name));

    [Theory]
    [InlineData("Net", true)]
    [InlineData("where", true)]
    [InlineData("class", false)]
    [InlineData("extension", false)]
    [InlineData("file", false)]
    [InlineData("record", false)]
    [InlineData("required", false)]
    [InlineData("scoped", false)]
    [InlineData("var", false)]
    public void IsClass_OfName_FollowsCSharp(string name, bool expected) => Assert.Equal(expected, CSharpNames.IsClass(name));

    [Theory]
    [InlineData("int-8", " Did you mean 'int8'?")]
    [InlineData("INT8x", " Did you mean 'int8'?")]
    [InlineData("fp61", " Did you mean 'fp16'?")]
    [InlineData("quantized", "")]
    public void Suggestion_ForWord_IsTheClosestOrNone(string word, string expected) =>
        Assert.Equal(expected, Suggestion.For(word, ["fp32", "fp16", "int8"]));

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    [InlineData("unit8", "uint8", 1)]
    [InlineData("ca", "abc", 3)]
    public void Distance_BetweenWords_CountsSlipsOfThePen(string left, string right, int expected)
    {
        Assert.Equal(expected, Suggestion.Distance(left, right));
        Assert.Equal(expected, Suggestion.Distance(right, left));
    }

    [Theory]
    [InlineData("calibration/*.npy", "calibration/a.npy", true)]
    [InlineData("calibration/*.npy", "calibration/a.npz", false)]
    [InlineData("calibration/*.npy", "other/a.npy", false)]
    [InlineData("**/*.npz", "deep/down/a.npz", true)]
    [InlineData("../shared/sample?.npy", "../shared/sample1.npy", true)]
    [InlineData("calibration\\**", "calibration/x/a.npy", true)]
    [InlineData("calibration/*/a.npy", "calibration/x/a.npy", true)]
    [InlineData("calibration/*/a.npy", "calibration/x/y/a.npy", false)]
    [InlineData("calibration/*.npy", "calibration/x/a.npy", false)]
    [InlineData("calibration/**/a.npy", "calibration/a.npy", true)]
    [InlineData("calibration/a.n?y", "calibration/a.npy", true)]
    [InlineData("calibration/a.+?", "calibration/a.npy", false)]
    [InlineData("*.npy", "a.npy", true)]
    [InlineData("*.npy", "calibration/a.npy", false)]
    [InlineData("*/a.npy", "calibration/a.npy", true)]
    [InlineData("?.np?", "../a.npy", false)]
    public void CalibrationPattern_WithWildcard_CoversWhatItFinds(string pattern, string file, bool expected)
    {
        string project = Path.Combine(Path.GetTempPath(), "project");
        Assert.Equal(expected, CalibrationPattern.Covers(pattern, project, Path.GetFullPath(file, project)));
    }
}
