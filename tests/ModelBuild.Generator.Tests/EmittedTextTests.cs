using ModelBuild.Generator.Emit;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

public sealed class EmittedTextTests
{
    [Theory]
    [InlineData("LeNet")]
    [InlineData("Encoder")]
    [InlineData("Outline")]
    [InlineData("Awkward")]
    public void Emit_Plan_MatchesSnapshot(string plan) =>
        Snapshot.Matches(plan, ModelEmitter.Emit(PlanReader.Read(Snapshot.ReadPlan(plan)), "1.2.3.4"));
}
