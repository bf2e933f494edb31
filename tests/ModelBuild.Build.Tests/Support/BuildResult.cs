using Microsoft.Build.Logging.StructuredLogger;

namespace ModelBuild.Build.Tests.Support;

/// <summary>What a build said and did, from its binary log.</summary>
internal sealed class BuildResult(int exitCode, string output, string binlog)
{
    private readonly Lazy<Microsoft.Build.Logging.StructuredLogger.Build> _log = new(() => BinaryLog.ReadBuild(binlog));

    public string Output => output;

    public BuildResult Succeeded()
    {
        Assert.True(exitCode == 0, output);
        return this;
    }

    public BuildResult Failed()
    {
        Assert.True(exitCode != 0, output);
        return this;
    }

    public IReadOnlyList<AbstractDiagnostic> Errors => [.. _log.Value.FindChildrenRecursive<Error>()];

    public IReadOnlyList<AbstractDiagnostic> Warnings => [.. _log.Value.FindChildrenRecursive<Warning>()];

    /// <summary>The models that were compiled, by the folder of their outputs, in the order of the items.</summary>
    public IReadOnlyList<string> CompiledModels => [.. Calls("CompileQuantizedModels")
        .SelectMany(task => task.FindChildrenRecursive<Parameter>(parameter => parameter.Name == "Models").First().Children.OfType<Item>())
        .Select(item => Path.GetFileNameWithoutExtension(item.Text))];

    public IReadOnlyList<Microsoft.Build.Logging.StructuredLogger.Task> Calls(string task) =>
        [.. _log.Value.FindChildrenRecursive<Microsoft.Build.Logging.StructuredLogger.Task>(candidate => candidate.Name == task)];

    public IReadOnlyList<string> Messages => [.. _log.Value.FindChildrenRecursive<Message>().Select(message => message.Text)];

    /// <summary>What an IDE hears about what the compiler is to read.</summary>
    public IReadOnlyList<string> AddedItems(string itemType) => [.. _log.Value.FindChildrenRecursive<AddItem>(add => add.Name == itemType)
        .SelectMany(add => add.Children.OfType<Item>())
        .Select(item => item.Text)];

    /// <summary>The source files that the binary log carries.</summary>
    public IReadOnlyList<string> EmbeddedFiles => [.. _log.Value.SourceFiles?.Select(file => file.FullPath) ?? []];
}
