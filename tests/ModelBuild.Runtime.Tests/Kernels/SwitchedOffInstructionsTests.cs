using System.Diagnostics;
using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;
using ModelBuild.Runtime.Tests.Kernels.Checks;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// Processes in which the runtime was told to do without instructions. They take another tier by themselves, and their integer results
/// are those of this process's scalar tier. The elementwise kernels give the same bits everywhere, float32 too.
/// </summary>
public sealed class SwitchedOffInstructionsTests
{
    private static readonly Lazy<string> ScalarHash = new(() =>
    {
        var checks = new KernelChecks(KernelTable.For(Tier.Scalar));
        checks.CheckSample();
        return checks.Hash;
    });

    private static readonly Lazy<string> ElementwiseHash = new(ElementwiseChecks.Run);

    [SwitchTheory]
    [InlineData("")]
    [InlineData("MachineCode")]
    [InlineData("MachineCode EnableAVX512")]
    [InlineData("MachineCode EnableAVXVNNI")]
    [InlineData("MachineCode EnableAVX512 EnableAVXVNNI")]
    [InlineData("MachineCode EnableAVX2")]
    [InlineData("MachineCode EnableSSE42")]
    [InlineData("EnableAVX512")]
    [InlineData("EnableAVXVNNI")]
    [InlineData("EnableAVX512 EnableAVXVNNI")]
    [InlineData("EnableAVX2")]
    [InlineData("EnableSSE42")]
    [InlineData("EnableHWIntrinsic")]
    public async Task Kernels_InstructionsSwitchedOff_GiveTheSameIntegers(string switches)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(SwitchedOffInstructionsTests).Assembly.Location);
        start.ArgumentList.Add(CheckProgram.Command);
        foreach (string name in switches.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name == CpuFeatures.MachineCode)
            {
                start.ArgumentList.Add(CheckProgram.WithoutMachineCode);
            }

            start.Environment[$"DOTNET_{name}"] = "0";
        }

        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();

        Assert.True(child.ExitCode == 0, output + await error);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal($"Elementwise {ElementwiseHash.Value}", lines[0]);
        Assert.Equal($"{CpuFeatures.BestTier(switches) ?? Processor.BestTier} {ScalarHash.Value}", lines[1]);
    }
}
