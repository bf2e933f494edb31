using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using ModelBuild.Build.Tests.Support;
using ModelBuild.Tasks;

namespace ModelBuild.Build.Tests;

/// <summary>The task by itself: what a log of a build does not show.</summary>
public sealed class CompileTaskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelbuild-task-").FullName;

    private readonly RecordingEngine _engine = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Execute_Cancelled_EndsWithoutAWordAndWritesNothing()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a.onnx"), OnnxFile.Dense(new float[4, 3], new float[3]));
        CompileQuantizedModels task = Task("a.onnx");
        task.Cancel();

        Assert.False(task.Execute());
        Assert.Empty(_engine.Errors);
        Assert.False(Directory.Exists(Path.Combine(_folder, "obj")));
    }

    [Fact]
    public void Execute_WithFindings_LinksToTheirPages()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a.onnx"), OnnxFile.Dense(new[,] { { 1e6f, 1 }, { 1, 1 } }, new float[2]));

        Assert.False(Task("a.onnx", "b.onnx").Execute());
        Assert.Equal(
            ["MODELB0001", new Uri(Path.Combine(_folder, "pages", "MODELB0001.md")).AbsoluteUri],
            [Assert.Single(_engine.Errors).Code, _engine.Errors[0].HelpLink]);
        Assert.Equal(
            ["MODELB2005", new Uri(Path.Combine(_folder, "pages", "MODELB2005.md")).AbsoluteUri],
            [Assert.Single(_engine.Warnings).Code, _engine.Warnings[0].HelpLink]);
    }

    /// <summary>As a wildcard makes them: two items, one line, one thing to say.</summary>
    [Fact]
    public void Execute_WithTwoItemsOfOneClass_SaysItOnce()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a.onnx"), OnnxFile.Dense(new float[4, 3], new float[3]));

        Assert.False(Task("a.onnx", "a.onnx").Execute());
        Assert.Equal("MODELB0004", Assert.Single(_engine.Errors).Code);
    }

    /// <summary>A defect of ours: it has a code as well, and the other models are heard.</summary>
    [Fact]
    public void Execute_WithAFaultInside_SaysSoAndGoesOn()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a.onnx"), OnnxFile.Dense(new float[4, 3], new float[3]));
        CompileQuantizedModels task = Task("a.onnx", "b.onnx");
        task.Models[0].RemoveMetadata("BlobFile");

        Assert.False(task.Execute());
        Assert.Equal(["MODELB9001", "MODELB0001"], _engine.Errors.Select(error => error.Code));
        Assert.Contains("'a.onnx'", _engine.Errors[0].Message, StringComparison.Ordinal);
    }

    private CompileQuantizedModels Task(params string[] files)
    {
        ITaskItem[] models = [.. files.Select(Item)];
        return new CompileQuantizedModels
        {
            BuildEngine = _engine,
            Models = models,
            AllModels = models,
            RootNamespace = "App",
            ProjectDirectory = _folder,
            HelpDirectory = Path.Combine(_folder, "pages"),
        };
    }

    private TaskItem Item(string file)
    {
        string name = Path.Combine(_folder, "obj", file, Path.GetFileNameWithoutExtension(file));
        return new TaskItem(name + ".inputs", new Dictionary<string, string>
        {
            ["ModelBuildId"] = file,
            ["ModelInclude"] = file,
            ["ModelFile"] = Path.Combine(_folder, file),
            ["ProjectFile"] = Path.Combine(_folder, "a.csproj"),
            ["PlanFile"] = name + ".plan",
            ["BlobFile"] = name + ".weights",
            ["OnnxFile"] = name + ".fp16.onnx",
            ["ExternalFileList"] = name + ".external",
            ["WarningsFile"] = name + ".warnings",
            ["SummaryFile"] = name + ".summary",
            ["ResourceName"] = file + ".weights",
            ["Mode"] = "fp16",
            ["Accessibility"] = "public",
        });
    }

    /// <summary>Takes down what a task says.</summary>
    private sealed class RecordingEngine : IBuildEngine
    {
        public List<BuildErrorEventArgs> Errors { get; } = [];

        public List<BuildWarningEventArgs> Warnings { get; } = [];

        public bool ContinueOnError => false;

        public int LineNumberOfTaskNode => 0;

        public int ColumnNumberOfTaskNode => 0;

        public string ProjectFileOfTaskNode => string.Empty;

        public bool BuildProjectFile(
            string projectFileName, string[] targetNames, System.Collections.IDictionary globalProperties,
            System.Collections.IDictionary targetOutputs) => throw new NotSupportedException();

        public void LogCustomEvent(CustomBuildEventArgs e)
        {
        }

        public void LogErrorEvent(BuildErrorEventArgs e) => Errors.Add(e);

        public void LogMessageEvent(BuildMessageEventArgs e)
        {
        }

        public void LogWarningEvent(BuildWarningEventArgs e) => Warnings.Add(e);
    }
}
