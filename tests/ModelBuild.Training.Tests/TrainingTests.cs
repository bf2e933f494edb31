namespace ModelBuild.Training.Tests;

/// <summary>
/// The checks of ModelBuild.Training.Checks, a row for each: they run in a program of their own (<see cref="CheckProgram"/>).
/// </summary>
public sealed class TrainingTests
{
    public static TheoryData<string> Checks => [.. ModelBuild.Training.Checks.CheckList.Names];

    [CheckTheory]
    [MemberData(nameof(Checks))]
    public void Training_OfCheck_Holds(string name) => Assert.True(CheckProgram.Results[name] is null, CheckProgram.Results[name]);
}
