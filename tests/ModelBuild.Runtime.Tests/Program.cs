using ModelBuild.Runtime.Tests.Kernels.Checks;

namespace ModelBuild.Runtime.Tests;

/// <summary>The test assembly is a program too: tests start it again as a processor with fewer instructions.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [CheckProgram.Command, .. string[] rest])
        {
            Console.Error.WriteLine($"Run the tests with 'dotnet test'; '{CheckProgram.Command}' checks the kernels.");
            return 64;
        }

        return CheckProgram.Run(rest, Console.Out);
    }
}
