using System.Diagnostics;

namespace Compress;

/// <summary>Starts this program once more to train, where LibTorch can be loaded.</summary>
internal static class TrainingHost
{
    /// <summary>How to start it; null where it cannot train, with why.</summary>
    public static (string[]? Command, string Reason) Find(bool usesDebian13)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Compress.exe" : "Compress");
        (int exit, string reason) = Try([program, "--probe"]);
        if (exit == 0)
        {
            return ([program], string.Empty);
        }

        if (usesDebian13)
        {
            string script = Path.Combine(Project.Folder, "..", "..", "tests", "eng", "debian13-host.sh");
            string[] hosted = ["bash", script, Path.Combine(AppContext.BaseDirectory, "debian13"), program];
            (exit, reason) = Try([.. hosted, "--probe"]);
            return exit == 0 ? (hosted, string.Empty) : (null, reason);
        }

        return (null, reason);
    }

    /// <summary>Runs a command that writes to this console, and gives its exit code.</summary>
    public static int Run(IEnumerable<string> command)
    {
        using Process process = Process.Start(new ProcessStartInfo(command.First(), command.Skip(1)))!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static (int Exit, string Reason) Try(string[] command)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        const StringSplitOptions Lines = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        string reason = error.Split('\n', Lines).LastOrDefault(string.Empty);
        _ = output.Result;
        return (process.ExitCode, reason);
    }
}
