using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace ModelBuild.Training.Tests;

/// <summary>
/// The program of the checks: started as it is where LibTorch's binding can be loaded, on Debian 13's C++ library where the machine's is
/// older (tests/eng/debian13-host.sh fetches it once, into the build output).
/// </summary>
internal static class CheckProgram
{
    private static readonly string s_program = Path.Combine(
        Repository.Root, "tests", "ModelBuild.Training.Checks", "bin", Repository.Configuration, "net10.0",
        OperatingSystem.IsWindows() ? "ModelBuild.Training.Checks.exe" : "ModelBuild.Training.Checks");

    private static readonly Lazy<(string[]? Command, string Reason)> s_command = new(FindCommand);

    private static readonly Lazy<IReadOnlyDictionary<string, string?>> s_results = new(RunAll);

    /// <summary>Why nothing can run; null where it can.</summary>
    public static string? ReasonToSkip => s_command.Value.Command is null ? s_command.Value.Reason : null;

    /// <summary>What was wrong with each check, by name; null where nothing was. All run at the first call.</summary>
    public static IReadOnlyDictionary<string, string?> Results => s_results.Value;

    private static (string[]? Command, string Reason) FindCommand()
    {
        var reasons = new StringBuilder();
        if (Works([s_program]))
        {
            return ([s_program], string.Empty);
        }

        if (OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64)
        {
            string[] hosted =
            [
                "bash", Path.Combine(Repository.Root, "tests", "eng", "debian13-host.sh"),
                Path.Combine(Path.GetDirectoryName(s_program)!, "debian13"), s_program,
            ];
            if (Works(hosted))
            {
                return (hosted, string.Empty);
            }
        }

        return (null, $"LibTorch cannot be loaded on this machine: {reasons}");

        bool Works(string[] command)
        {
            (int exit, string output, string error) = Run([.. command, "--probe"]);
            string last = error.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(string.Empty);
            reasons.Append(exit == 0 ? string.Empty : $"{Path.GetFileName(command[0])} ended with {exit}, '{last.Trim()}'. ");
            return exit == 0 && output.Trim() == "1";
        }
    }

    private static Dictionary<string, string?> RunAll()
    {
        (int exit, string output, string error) = Run(s_command.Value.Command!);
        var results = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (string[] fields in output.Split('\n').Select(line => line.TrimEnd('\r').Split('\t')).Where(f => f.Length == 3))
        {
            results[fields[1]] = fields[0] == "PASS" ? null : Encoding.UTF8.GetString(Convert.FromBase64String(fields[2]));
        }

        foreach (string name in Checks.CheckList.Names.Where(n => !results.ContainsKey(n)))
        {
            results[name] = $"It did not run: the program ended with {exit}. {error}";
        }

        return results;
    }

    private static (int Exit, string Output, string Error) Run(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, string.Empty, e.Message);
        }
    }
}
