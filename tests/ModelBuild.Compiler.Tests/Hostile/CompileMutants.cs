using System.Globalization;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Hostile;

/// <summary>
/// Compiles mutants in a process of its own, whose memory is limited from outside: one line for each that does not end as it should.
/// </summary>
internal static class CompileMutants
{
    public const string Command = "compile-mutants";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <param name="from">Index of the first mutant.</param>
    /// <param name="number">How many.</param>
    /// <returns>0 where all ended in success or in findings.</returns>
    public static int Run(string from, string number, TextWriter output)
    {
        int first = int.Parse(from, CultureInfo.InvariantCulture);
        int count = int.Parse(number, CultureInfo.InvariantCulture);
        var mutants = new Mutants(HostileSeeds.All());
        int failed = 0;
        using var folder = new TemporaryFolder();
        folder.Write("data.bin", new byte[64]);
        for (int index = first; index < first + count; index++)
        {
            string path = folder.Write("model.onnx", mutants.Make(index));
            var mode = (ModelMode)(index / mutants.Count % 3);
            if (Compile(path, mode, index, output) is { } problem)
            {
                failed++;
                output.WriteLine($"mutant {index} ({mode}): {problem}");
            }
        }

        return failed == 0 ? 0 : 1;
    }

    private static string? Compile(string path, ModelMode mode, int index, TextWriter output)
    {
        // Of this process: how busy the machine is besides must not matter.
        TimeSpan end = Environment.CpuUsage.TotalTime + s_limit;
        using var watchdog = new Timer(
            _ =>
            {
                if (Environment.CpuUsage.TotalTime > end)
                {
                    output.WriteLine($"mutant {index} ({mode}): does not end");
                    Environment.Exit(2);
                }
            },
            null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        try
        {
            string[] samples = mode.IsCalibrated() ? [Samples(path)] : [];
            using CompileResult result = ModelCompiler.Compile(CompiledFile.Options(path, mode, samples));
            result.WriteWeights(Stream.Null);
            result.WriteOnnx(Stream.Null);
            return null;
        }
        catch (CompilationException e)
        {
            Finding? odd = e.Findings.FirstOrDefault(
                f => !f.Code.StartsWith("MODELB", StringComparison.Ordinal) || f.Code.StartsWith("MODELB9", StringComparison.Ordinal));
            return e.Findings.Count is 0 or > 1000 ? $"{e.Findings.Count} findings" : odd is null ? null : $"{odd.Code} {odd.Message}";
        }
        catch (Exception e)
        {
            return e.ToString();
        }
    }

    /// <summary>Something to calibrate with, for models that float can compile; others end here as they should.</summary>
    private static string Samples(string path)
    {
        using CompiledModel model = ModelCompiler.CompileModel(CompiledFile.Options(path, ModelMode.Fp32, []));
        string file = Path.ChangeExtension(path, ".npz");
        File.WriteAllBytes(file, NumpyFile.Npz(ProbeInputs.For(model.Portable)));
        return file;
    }
}
