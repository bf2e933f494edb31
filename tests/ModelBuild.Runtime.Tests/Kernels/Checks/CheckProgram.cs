using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels.Checks;

/// <summary>
/// The kernel checks as a program: for processors whose instructions were switched off, and for processors that are emulated.
/// </summary>
internal static class CheckProgram
{
    /// <summary>Argument that tells a test program to check kernels rather than to run tests.</summary>
    public const string Command = "check-kernels";

    /// <summary>Argument that forbids machine code, as an application's own switch does.</summary>
    public const string WithoutMachineCode = "no-machine-code";

    /// <summary>Exit code where a kernel gives what it must not.</summary>
    public const int Failed = 1;

    /// <summary>
    /// Checks the elementwise kernels and prints a line <c>Elementwise hash</c>: the hash of all their results. Then checks the tiers that
    /// are named, or the best one, and prints a line <c>tier hash</c> for each: the hash of all integer results.
    /// </summary>
    /// <param name="arguments"><c>tiers=A,B</c>: tiers to check; <see cref="WithoutMachineCode"/>.</param>
    /// <param name="output">Where the lines go.</param>
    /// <returns>Zero if all is well, or <see cref="Failed"/>.</returns>
    public static int Run(IEnumerable<string> arguments, TextWriter output)
    {
        if (arguments.Contains(WithoutMachineCode))
        {
            AppContext.SetSwitch(ExecutableMemory.Switch, false);
        }

        Tier[] tiers = [Processor.BestTier];
        foreach (string argument in arguments.Where(a => a != WithoutMachineCode))
        {
            tiers = [.. argument["tiers=".Length..].Split(',').Select(Enum.Parse<Tier>)];
        }

        string subject = "Elementwise";
        try
        {
            output.WriteLine($"{subject} {ElementwiseChecks.Run()}");
            foreach (Tier tier in tiers)
            {
                subject = tier.ToString();
                var checks = new KernelChecks(KernelTable.For(tier));
                checks.CheckSample();
                output.WriteLine($"{subject} {checks.Hash}");
            }
        }
        catch (CheckFailedException exception)
        {
            output.WriteLine($"{subject}: {exception.Message}");
            return Failed;
        }

        return 0;
    }
}
