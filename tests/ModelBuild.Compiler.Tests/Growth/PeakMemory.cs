using System.Diagnostics;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Growth;

/// <summary>Compiles one model in a process of its own and says what that took at its peak.</summary>
internal static class PeakMemory
{
    public const string Command = "peak-memory";

    /// <summary>Writes how many bytes more than before the compile the process has had at most, the model's mapped file included.</summary>
    public static int Run(string model, string mode, TextWriter output)
    {
        using var process = Process.GetCurrentProcess();
        long before = process.WorkingSet64;
        using (CompileResult result = ModelCompiler.Compile(CompiledFile.Options(model, Enum.Parse<ModelMode>(mode), [])))
        {
            result.WriteWeights(Stream.Null);
            result.WriteOnnx(Stream.Null);
        }

        process.Refresh();
        output.WriteLine(process.PeakWorkingSet64 - before);
        return 0;
    }
}
