namespace ModelBuild.Cli.Tests.Support;

/// <summary>A test that opens a pipe of its own process by a path.</summary>
internal sealed class PipeFactAttribute : FactAttribute
{
    public PipeFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "Only Linux has the pipes of a process as files.";
}
