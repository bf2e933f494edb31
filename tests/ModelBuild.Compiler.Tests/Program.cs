using ModelBuild.Compiler.Tests.Execution;
using ModelBuild.Compiler.Tests.Growth;
using ModelBuild.Compiler.Tests.Hostile;

namespace ModelBuild.Compiler.Tests;

/// <summary>
/// The test assembly is a program too: tests start it again as a processor with fewer instructions, or where memory or the process itself
/// is at risk.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case [PlanHashes.Command, var without]:
                Array.ForEach(PlanHashes.Make(without: without), Console.WriteLine);
                return 0;
            case [PeakMemory.Command, var model, var mode]:
                return PeakMemory.Run(model, mode, Console.Out);
            case [LargeGraph.Command, var nodes, var mode]:
                return LargeGraph.Run(nodes, mode, Console.Out);
            case [CompileMutants.Command, var first, var count]:
                return CompileMutants.Run(first, count, Console.Out);
            default:
                Console.Error.WriteLine(
                    $"Run the tests with 'dotnet test'. '{PlanHashes.Command} WITHOUT' prints what the compiler makes of some networks, "
                    + $"'{PeakMemory.Command} MODEL MODE' the memory that compiling a model takes, "
                    + $"'{LargeGraph.Command} NODES MODE' the time that compiling a graph of so many small nodes takes, "
                    + $"'{CompileMutants.Command} FIRST COUNT' what it makes of damaged files.");
                return 64;
        }
    }
}
