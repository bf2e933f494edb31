using System.Diagnostics;

namespace Compress;

/// <summary>Builds the application with the models, and runs it.</summary>
internal static class Deployment
{
    /// <param name="models">The folder of the files.</param>
    /// <param name="isTrained">Whether the models are there, or the build makes them.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string models, bool isTrained)
    {
        string project = Path.Combine(Project.Folder, "Deployed", "Deployed.csproj");
        Console.WriteLine("Building the application with the models.");
        int built = DotNet("build", project, "-c", "Release", "-v", "quiet", "-nologo", "-clp:NoSummary;ErrorsOnly",
            $"-p:Models={models}", $"-p:IsTrained={(isTrained ? "true" : "false")}");
        return built != 0 ? built : DotNet(
            Path.Combine(Project.Folder, "Deployed", "bin", "Release", "net10.0", "Deployed.dll"), Project.DigitsFile);
    }

    private static int DotNet(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments);
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
