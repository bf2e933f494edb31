using ModelBuild.Compiler.Tests.Execution;

namespace ModelBuild.Compiler.Tests;

/// <summary>The test assembly is a program too: tests start it again as a processor with fewer instructions.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [PlanHashes.Command])
        {
            Console.Error.WriteLine($"Run the tests with 'dotnet test'; '{PlanHashes.Command}' prints what the compiler makes of some networks.");
            return 64;
        }

        foreach (string line in PlanHashes.Make())
        {
            Console.WriteLine(line);
        }

        return 0;
    }
}
