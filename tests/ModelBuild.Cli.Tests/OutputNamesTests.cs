using ModelBuild.Cli.Data;

namespace ModelBuild.Cli.Tests;

public sealed class OutputNamesTests
{
    /// <summary>A name that can be a file's stays as it is, also where one that cannot stands before it.</summary>
    [Fact]
    public void Of_NamesThatBecomeEqual_OnlyThoseThatWereChangedAreNumbered() =>
        Assert.Equal(["sum_1_2.npy", "sum_1.npy", "SUM_1_3.npy"], OutputNames.Of(["sum:1", "sum_1", "SUM/1"]));
}
