using System.Diagnostics;
using System.Globalization;

namespace ModelBuild.Compiler.Tests.Support;

/// <summary>The test assembly as a program (<see cref="Program"/>), for what must not pull the test run down with it.</summary>
internal static class ChildProcess
{
    /// <param name="arguments">A command and its arguments.</param>
    /// <param name="memoryLimit">
    /// How many bytes the garbage collector may use; whoever asks for more gets an OutOfMemoryException. Null for no limit.
    /// </param>
    /// <returns>Exit code, and what it wrote.</returns>
    public static async Task<(int ExitCode, string Output)> Run(IEnumerable<string> arguments, long? memoryLimit = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (memoryLimit is { } limit)
        {
            start.Environment["DOTNET_GCHeapHardLimit"] = limit.ToString("X", CultureInfo.InvariantCulture);
        }

        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return (child.ExitCode, output + await error);
    }
}
