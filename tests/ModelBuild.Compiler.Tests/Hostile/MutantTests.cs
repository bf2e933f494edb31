using System.Globalization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Hostile;

/// <summary>
/// Damaged and hostile files through the whole compile, in processes whose memory is limited: each ends within ten seconds, in success or
/// in findings that are not MODELB9xxx. <c>MODELBUILD_MUTANTS</c> sets how many; <c>dotnet ModelBuild.Compiler.Tests.dll compile-mutants
/// FIRST COUNT</c> looks at any of them alone.
/// </summary>
public sealed class MutantTests
{
    private const long MemoryLimit = 1L << 30;

    private const int Processes = 2;

    private static readonly int s_count = int.TryParse(
        Environment.GetEnvironmentVariable(
            "MODELBUILD_MUTANTS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 3000;

    [Fact]
    public void Seeds_AreValidModels()
    {
        byte[][] seeds = [.. HostileSeeds.All()];

        Assert.InRange(seeds.Length, 100, 1000);
        Assert.All(seeds, seed => Assert.Equal(seed, MessageTree.Read(seed).ToBytes()));
    }

    [Fact]
    public async Task Compile_Mutants_SucceedOrAreReported()
    {
        int share = s_count / Processes;
        (int ExitCode, string Output)[] results = await Task.WhenAll(Enumerable.Range(0, Processes).Select(i => ChildProcess.Run(
            [CompileMutants.Command, (i * share).ToString(CultureInfo.InvariantCulture), share.ToString(CultureInfo.InvariantCulture)],
            MemoryLimit)));

        Assert.All(results, r => Assert.True(r.ExitCode == 0, r.Output));
    }
}
