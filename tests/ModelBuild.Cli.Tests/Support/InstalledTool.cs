using System.Diagnostics;

namespace ModelBuild.Cli.Tests.Support;

/// <summary>Packs the tool from what was built with the tests, and installs it into a folder of its own.</summary>
public sealed class InstalledTool : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(15);

    private readonly TemporaryFolder _folder = new();

    public InstalledTool()
    {
        string feed = Path.Combine(_folder.Path, "feed");

        // No cache can hold another package under a version that nobody has had.
        string version = $"0.1.0-test.{Guid.NewGuid():N}";
        _folder.Write("nuget.config", """
            <configuration>
              <config>
                <add key="globalPackagesFolder" value="packages" />
              </config>
              <packageSources>
                <clear />
                <add key="feed" value="feed" />
              </packageSources>
            </configuration>
            """u8);
        DotNetRun(
            Repository.Root, "pack", "src/ModelBuild.Cli", "--no-build", "-c", Repository.Configuration, "-o", feed,
            $"-p:PackageVersion={version}",
            $"-p:NuspecOutputPath={Path.Combine(_folder.Path, "nuspec")}{Path.DirectorySeparatorChar}");
        string tools = Path.Combine(_folder.Path, "tools");
        DotNetRun(_folder.Path, "tool", "install", "ModelBuild.Cli", "--version", version, "--tool-path", tools);

        static void DotNetRun(string folder, params string[] arguments)
        {
            (int exitCode, string output) = DotNet.Run(folder, arguments);
            Assert.True(exitCode == 0, output);
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Starts the tool. Nothing it writes goes to a terminal.</summary>
    internal ToolCall Run(params string[] arguments)
    {
        string program = Path.Combine(_folder.Path, "tools", OperatingSystem.IsWindows() ? "modelbuild.exe" : "modelbuild");
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_timeout))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"modelbuild {string.Join(' ', arguments)} did not end within {s_timeout}.");
        }

        return new ToolCall(process.ExitCode, output.Result, error.Result);
    }
}
