using System.Globalization;
using System.Reflection;
using System.Text;
using ModelBuild.Generator.Emit;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

/// <summary>Dimensions as C#: the compiler's reading of their text is the judge.</summary>
public sealed class DimensionCodeTests
{
    private const int Expressions = 300;

    private static readonly Dimensions s_dimensions =
        new(new Dictionary<string, string> { ["a"] = "a", ["b"] = "b", ["sequence"] = "sequence" });

    private static readonly Dimension s_a = Dimension.Symbol("a");
    private static readonly Dimension s_b = Dimension.Symbol("b");

    [Fact]
    public void Code_RandomExpressions_EvaluateAsTheAlgebraDoes()
    {
        var random = new Random(11);
        Dimension[] dimensions = [.. Enumerable.Range(0, Expressions).Select(_ => DimensionTests.RandomExpression(random, 4).Dimension)];
        var source = new StringBuilder("#pragma warning disable CS1591\npublic static class Code\n{\n");
        for (int i = 0; i < Expressions; i++)
        {
            string signature = i.ToString(CultureInfo.InvariantCulture) + "(int a, int b, int sequence)";
            source.Append($"public static long Text{signature} => {dimensions[i]};\n");
            source.Append($"public static long Int{signature} => {s_dimensions.Int32(dimensions[i])};\n");
            source.Append($"public static long Long{signature} => {s_dimensions.Int64(dimensions[i])};\n");
        }

        Type code = Compilations.Load(Compilations.Emit(Compilations.Create(source.Append("}\n").ToString()))).GetType("Code")!;

        for (int i = 0; i < Expressions; i++)
        {
            Dictionary<string, long> values = DimensionTests.RandomValues(random);
            foreach (string form in new[] { "Text", "Int", "Long" })
            {
                MethodInfo method = code.GetMethod(form + i.ToString(CultureInfo.InvariantCulture))!;
                long value = (long)method.Invoke(null, [(int)values["a"], (int)values["b"], (int)values["sequence"]])!;

                Assert.True(dimensions[i].Evaluate(values) == value, $"{form} of {dimensions[i]}");
            }
        }
    }

    [Fact]
    public void Int64_LargeSymbols_DoNotOverflowAsInts()
    {
        Dimension[] dimensions =
        [
            s_a * s_b,
            (s_a * s_b) + 1,
            s_a + s_b,
            s_a + 1,
            s_a * 3,
            s_b - (s_a * s_b),
            s_a.FloorDivide(2) * s_b,
            (s_a + 1).FloorDivide(2) * s_b,
        ];
        string methods = string.Concat(dimensions.Select((d, i) =>
            $"public static long F{i.ToString(CultureInfo.InvariantCulture)}(int a, int b) => {s_dimensions.Int64(d)};\n"));

        Type code = Compilations.Load(Compilations.Emit(Compilations.Create(
            $"#pragma warning disable CS1591\npublic static class Code\n{{\n{methods}}}\n"))).GetType("Code")!;

        for (int i = 0; i < dimensions.Length; i++)
        {
            long expected = dimensions[i].Evaluate(new Dictionary<string, long> { ["a"] = int.MaxValue, ["b"] = int.MaxValue });
            Assert.Equal(
                expected, code.GetMethod("F" + i.ToString(CultureInfo.InvariantCulture))!.Invoke(null, [int.MaxValue, int.MaxValue]));
        }
    }

    [Theory]
    [InlineData("7", "7", "7")]
    [InlineData("a", "a", "a")]
    [InlineData("a*784", "checked(784 * a)", "784L * a")]
    [InlineData("a*b", "checked(a * b)", "(long)a * b")]
    [InlineData("a*784+64", "checked(784 * a + 64)", "784L * a + 64")]
    [InlineData("a-1", "checked(a - 1)", "(long)a - 1")]
    [InlineData("(a+1)/2", "checked((a + 1) / 2)", "((long)a + 1) / 2")]
    [InlineData("(a+1)/2*b*3", "checked(3 * ((a + 1) / 2) * b)", "3L * (((long)a + 1) / 2) * b")]
    public void Code_Expression_ReadsWell(string text, string int32, string int64)
    {
        var dimension = Dimension.Parse(text);

        Assert.Equal(int32, s_dimensions.Int32(dimension));
        Assert.Equal(int64, s_dimensions.Int64(dimension));
    }

    [Theory]
    [InlineData("a*2529600", "2,529,600 × a")]
    [InlineData("a*b*1024+64", "1,024 × a × b + 64")]
    [InlineData("a*2000-1500", "2,000 × a - 1,500")]
    [InlineData("0", "0")]
    public void Text_Dimension_IsForPeople(string text, string expected) => Assert.Equal(expected, Dimensions.Text(Dimension.Parse(text)));
}
