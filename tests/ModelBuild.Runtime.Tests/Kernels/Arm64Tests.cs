using System.Diagnostics;
using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;
using ModelBuild.Runtime.Tests.Kernels.Checks;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>The Arm64 tiers, run by an emulator: float results within their bound, integer results those of this processor.</summary>
public sealed class Arm64Tests
{
    [Arm64Fact]
    public async Task Kernels_OnArm64_GiveTheSameIntegers()
    {
        Arm64Emulator emulator = Arm64Emulator.Find()!;
        string project = Path.Combine(Repository.Root, "tests", "ModelBuild.Runtime.Arm64Check", "ModelBuild.Runtime.Arm64Check.csproj");
        string output = Path.Combine(Repository.Root, "artifacts", "arm64-check");
        (int exitCode, string text) = await RunAsync(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                "build", project, "--configuration", "Release", "--output", output, "-nodeReuse:false",
                $"-property:RuntimeAssembly={typeof(Processor).Assembly.Location}",
            ],
            []);
        Assert.True(exitCode == 0, text);

        // A kernel that fails fails again, since everything that it reads is the same. The emulator translates code of which .NET's
        // threads rewrite parts meanwhile, and has died of that outside the kernels: so no thread recompiles, and if it dies all the same
        // it gets a second try.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            (exitCode, text) = await RunAsync(
                emulator.Program,
                ["-cpu", "max", "-U", "LD_LIBRARY_PATH", Path.Combine(output, "ModelBuild.Runtime.Arm64Check"), "tiers=AdvSimd,AdvSimdDp"],
                new()
                {
                    ["QEMU_LD_PREFIX"] = emulator.Libraries,
                    ["LD_LIBRARY_PATH"] = emulator.OwnLibraries,
                    ["DOTNET_TieredCompilation"] = "0",
                    ["DOTNET_gcConcurrent"] = "0",
                });
            if (exitCode is 0 or CheckProgram.Failed)
            {
                break;
            }
        }

        Assert.True(exitCode == 0, text);

        var checks = new KernelChecks(KernelTable.For(Tier.Scalar));
        checks.CheckSample();
        Assert.Equal(
            [$"Elementwise {ElementwiseChecks.Run()}", $"AdvSimd {checks.Hash}", $"AdvSimdDp {checks.Hash}"],
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        // A build started from a test must not inherit how the tests themselves are being built.
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("MSBUILD_EXE_PATH");

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + await error);
    }
}
