using ModelBuild.Generator.Emit;

namespace ModelBuild.Generator.Tests;

/// <summary>Where a long plan is cut into methods.</summary>
public sealed class StepRangeTests
{
    [Fact]
    public void Split_ShortPlan_StaysWhole() =>
        Assert.Equal([new StepRange(0, 32, "m")], StepRange.Split(Names(("/m/a", 16), ("/m/b", 16))));

    [Fact]
    public void Split_ModulesOfReadableLength_AreMethods() => Assert.Equal(
        [new StepRange(0, 20, "layer1"), new StepRange(20, 45, "layer2"), new StepRange(45, 60, "layer3")],
        StepRange.Split(Names(("/layer1", 20), ("/layer2", 25), ("/layer3", 15))));

    [Fact]
    public void Split_LongModule_IsCutAtItsParts() => Assert.Equal(
        [new StepRange(0, 3, "stem"), new StepRange(3, 33, "body.0"), new StepRange(33, 63, "body.1"), new StepRange(63, 65, "head")],
        StepRange.Split(Names(("/stem", 3), ("/body/body.0", 30), ("/body/body.1", 30), ("/head", 2))));

    [Fact]
    public void Split_LongModuleAtTheStart_HasNothingBeforeIt() => Assert.Equal(
        [new StepRange(0, 30, "body.0"), new StepRange(30, 60, "body.1"), new StepRange(60, 62, "head")],
        StepRange.Split(Names(("/body/body.0", 30), ("/body/body.1", 30), ("/head", 2))));

    [Fact]
    public void Split_ShortNeighbours_ShareAMethod() => Assert.Equal(
        [new StepRange(0, 30, ""), new StepRange(30, 40, "d")],
        StepRange.Split(Names(("/a", 10), ("/b", 10), ("/c", 10), ("/d", 10))));

    [Fact]
    public void Split_OneStepBesideALongModule_IsAMethodOfItsOwn() => Assert.Equal(
        [new StepRange(0, 1, "a"), new StepRange(1, 33, "b"), new StepRange(33, 41, "b"), new StepRange(41, 42, "c")],
        StepRange.Split(Names(("/a", 1), ("/b", 40), ("/c", 1))));

    [Fact]
    public void Split_ManyShortNeighbours_ShareAsManyMethodsAsTheyFill() => Assert.Equal(
        [new StepRange(0, 30, ""), new StepRange(30, 60, ""), new StepRange(60, 90, ""), new StepRange(90, 100, "j")],
        StepRange.Split(Names([.. "abcdefghij".Select(name => ($"/{name}", 10))])));

    [Fact]
    public void Split_NamesWithoutModules_IsCutByNumber() => Assert.Equal(
        [new StepRange(0, 32, ""), new StepRange(32, 64, ""), new StepRange(64, 70, "")],
        StepRange.Split([.. Enumerable.Range(0, 70).Select(i => $"Conv_{i}")]));

    [Fact]
    public void Split_FusedStep_BelongsToItsFirstOperator() => Assert.Equal(
        [new StepRange(0, 32, "a"), new StepRange(32, 34, "b")],
        StepRange.Split([.. Names(("/a", 31)), "/a/Conv + /b/Relu", .. Names(("/b", 2))]));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Split_AnyNames_CoversEveryStepOnce(int seed)
    {
        var random = new Random(seed);
        string[] names =
            [.. Enumerable.Range(0, 500)
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => $"/{random.Next(3)}")) + "/Add")];

        IReadOnlyList<StepRange> ranges = StepRange.Split(names);

        Assert.Equal(Enumerable.Range(0, 500), ranges.SelectMany(r => Enumerable.Range(r.Start, r.End - r.Start)));
        Assert.All(ranges, r => Assert.InRange(r.End - r.Start, 1, 32));
    }

    private static string[] Names(params (string Module, int Count)[] modules) =>
        [.. modules.SelectMany(m => Enumerable.Range(0, m.Count).Select(i => $"{m.Module}/Add_{i}"))];
}
