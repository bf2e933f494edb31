using System.Globalization;
using ModelBuild.Generator.Emit;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

public sealed class EmittedTextTests
{
    public static TheoryData<string> Plans => [.. TestPlans.Names];

    [Theory]
    [MemberData(nameof(Plans))]
    public void Emit_Plan_MatchesSnapshot(string plan) => Snapshot.Matches(plan, ModelEmitter.Emit(TestPlans.Read(plan), "1.2.3.4"));

    [Theory]
    [MemberData(nameof(Plans))]
    public void Emit_Plan_HasLinuxLineEndsAndNoTrailingSpaces(string plan)
    {
        string text = ModelEmitter.Emit(TestPlans.Read(plan), "1.2.3.4");

        Assert.DoesNotContain('\r', text);
        Assert.DoesNotContain(" \n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\n\n\n", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PlanType.F32, 8)]
    [InlineData(PlanType.S32, 16)]
    internal void Emit_TensorOfOtherLengthOrTypeAtTheSameOffset_IsNoAliasOfTheFirst(PlanType type, int columns)
    {
        ExecutionPlan chain = TestPlans.Chain(2);
        PlanTensor other = chain.Tensors[2] with { Name = "other", Type = type, Shape = new([Dimension.Symbol("batch"), columns]) };
        PlanStep last = chain.Steps[1];
        PlanCall call = last.Call with
        {
            Arguments = new(last.Call.Arguments.Select(a => a.Name == "left" ? a with { Value = new TensorArgument(3) } : a)),
        };
        ExecutionPlan plan =
            chain with { Tensors = new([.. chain.Tensors, other]), Steps = new([chain.Steps[0], last with { Call = call }]) };

        Assert.Contains("var other = context.Span<", ModelEmitter.Emit(plan, "1.2.3.4"), StringComparison.Ordinal);
    }

    [Fact]
    public void Emit_OtherCulture_GivesSameText()
    {
        ExecutionPlan plan = TestPlans.Read("Awkward");
        string expected = ModelEmitter.Emit(plan, "1.2.3.4");
        CultureInfo before = CultureInfo.CurrentCulture;
        var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        strange.NumberFormat.NegativeSign = "~";
        strange.NumberFormat.NumberDecimalSeparator = ",";
        strange.NumberFormat.NumberGroupSeparator = "'";
        try
        {
            CultureInfo.CurrentCulture = strange;
            Assert.Equal(expected, ModelEmitter.Emit(PlanReader.Read(PlanWriter.Write(plan)), "1.2.3.4"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("/m/Relu_1", "m_Relu_1")]
    [InlineData("input.1", "input_1")]
    [InlineData("123", "_123")]
    [InlineData("0", "_0")]
    [InlineData("größe", "größe")]
    [InlineData("//", null)]
    [InlineData("", null)]
    public void Clean_NameOfModel_IsIdentifier(string name, string? expected) => Assert.Equal(expected, CSharp.Clean(name));

    [Theory]
    [InlineData(0.1f, "0.1f")]
    [InlineData(1f, "1f")]
    [InlineData(-2.5e-30f, "-2.5E-30f")]
    [InlineData(float.PositiveInfinity, "float.PositiveInfinity")]
    [InlineData(float.NegativeInfinity, "float.NegativeInfinity")]
    [InlineData(float.NaN, "float.NaN")]
    public void Literal_Float_IsItsShortestForm(float value, string expected) => Assert.Equal(expected, CSharp.Literal(value));
}
