using System.Globalization;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

public sealed class DimensionTests
{
    private static readonly string[] s_symbols = ["a", "b", "sequence"];

    private static readonly Dimension s_a = Dimension.Symbol("a");
    private static readonly Dimension s_b = Dimension.Symbol("b");

    public static TheoryData<int> Seeds { get; } = [.. Enumerable.Range(0, 200)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Evaluate_RandomExpression_EqualsDirectEvaluation(int seed)
    {
        var random = new Random(seed);
        (Dimension dimension, Func<IReadOnlyDictionary<string, long>, long> evaluate) = RandomExpression(random, 4);
        for (int i = 0; i < 20; i++)
        {
            Dictionary<string, long> values = RandomValues(random);

            Assert.Equal(evaluate(values), dimension.Evaluate(values));
        }
    }

    /// <summary>A size is never below what is called its least; where quotients may be negative, nothing bounds their products.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Least_RandomProductsOfQuotients_IsNeverPassed(int seed)
    {
        var random = new Random(seed);
        Dimension dimension = Factor() * Factor() + (Factor() * random.Next(-1, 3));
        if (dimension.Least is { } least)
        {
            for (int i = 0; i < 60; i++)
            {
                Dictionary<string, long> values = s_symbols.ToDictionary(s => s, _ => 1 + (long)(random.Next(8) * random.Next(4)));

                Assert.True(dimension.Evaluate(values) >= least, $"{dimension} is below {least}");
            }

            Assert.Equal(least, dimension.Evaluate(s_symbols.ToDictionary(s => s, _ => 1L)));
        }

        Dimension Factor() => (Dimension.Symbol(s_symbols[random.Next(3)]) + random.Next(-4, 2)).FloorDivide(random.Next(1, 4));
    }

    /// <summary>An interpreted plan evaluates all of its sizes in every run.</summary>
    [Fact]
    public void Evaluate_SumOfProductsAndQuotients_AllocatesNothing()
    {
        Dimension dimension = (s_a * s_b * 3) + (s_a + 7).FloorDivide(2) + 5;
        var values = new Dictionary<string, long> { ["a"] = 4, ["b"] = 9 };

        Assert.Equal(0, Allocations.Of(() => dimension.Evaluate(values)));
        Assert.Equal(118, dimension.Evaluate(values));
    }

    [Fact]
    public void Evaluate_ValueThatIsTooLargeOrUnknown_Throws()
    {
        Assert.Throws<OverflowException>(
            () => (s_a * s_b).Evaluate(new Dictionary<string, long> { ["a"] = 1L << 40, ["b"] = 1L << 40 }));
        Assert.Throws<OverflowException>(
            () => (s_a + s_b).Evaluate(new Dictionary<string, long> { ["a"] = long.MaxValue, ["b"] = 1 }));
        Assert.Throws<InvalidOperationException>(() => (s_a + s_b).Evaluate(new Dictionary<string, long> { ["a"] = 1 }));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Parse_TextOfRandomExpression_IsEqual(int seed)
    {
        (Dimension dimension, _) = RandomExpression(new Random(seed), 4);

        Dimension parsed = Dimension.Parse(dimension.ToString());

        Assert.Equal(dimension, parsed);
        Assert.Equal(dimension.GetHashCode(), parsed.GetHashCode());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Substitute_SomeSymbols_LeavesTheOthers(int seed)
    {
        var random = new Random(seed);
        (Dimension dimension, Func<IReadOnlyDictionary<string, long>, long> evaluate) = RandomExpression(random, 4);
        Dictionary<string, long> values = RandomValues(random);

        Dimension partly = dimension.Substitute(new Dictionary<string, long> { ["a"] = values["a"] });

        Assert.DoesNotContain("a", partly.Symbols);
        Assert.Equal(evaluate(values), partly.Evaluate(values));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void IsPositive_RandomExpression_IsNeverWrong(int seed)
    {
        var random = new Random(seed);
        (Dimension dimension, _) = RandomExpression(random, 3);
        if (dimension.IsPositive)
        {
            for (int i = 0; i < 50; i++)
            {
                Assert.True(dimension.Evaluate(RandomValues(random)) > 0, dimension.ToString());
            }
        }
    }

    [Fact]
    public void Equals_SameFunctionWrittenDifferently_IsTrue()
    {
        Assert.Equal((s_a * 2) + s_b, s_b + s_a + s_a);
        Assert.Equal((s_a * s_a) - (s_b * s_b), (s_a + s_b) * (s_a - s_b));
        Assert.Equal(s_a, ((s_a * 4) + 3).FloorDivide(4));
        Assert.Equal(s_a + 2, ((s_a * 3) + 6).FloorDivide(3));
        Assert.Equal(Dimension.Zero, s_a - s_a);
        Assert.Equal(s_a.CeilingDivide(2), (s_a + 1).FloorDivide(2));
    }

    /// <summary>Halved and halved again is a quarter, whatever is added on the way: pools behind each other meet one of both.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void FloorDivide_QuotientOfAQuotient_IsOneQuotient(int seed)
    {
        var random = new Random(seed);
        Dimension sum = s_a + (s_b * random.Next(2)) + random.Next(-20, 20);
        (long first, long second, long between) = (random.Next(2, 6), random.Next(2, 6), random.Next(-5, 6));

        Dimension twice = (sum.FloorDivide(first) + between).FloorDivide(second);

        Assert.Equal((sum + (between * first)).FloorDivide(first * second), twice);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void SplitFactor_AnySum_IsTheGreatestCommonFactorOfItsCoefficients(int seed)
    {
        var random = new Random(seed);
        int common = random.Next(1, 9);
        int[] coefficients = [.. Enumerable.Range(0, 3).Select(_ => common * random.Next(-12, 13))];
        Dimension sum = (s_a * coefficients[0]) + (s_b * coefficients[1]) + coefficients[2];
        long expected = coefficients.Aggregate(0, (a, b) => (int)System.Numerics.BigInteger.GreatestCommonDivisor(a, b));

        (Dimension unit, long factor) = sum.SplitFactor();

        Assert.Equal(Math.Max(expected, 1), factor);
        Assert.Equal(sum, unit * factor);
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("7", true)]
    [InlineData("a*6+4", false)]
    public void IsConstant_Text_TellsWhetherSymbolsAreLeft(string text, bool expected) =>
        Assert.Equal(expected, Dimension.Parse(text).IsConstant);

    [Theory]
    [InlineData("a*6", "a", "6")]
    [InlineData("a*b*6", "a*2", "b*3")]
    [InlineData("a*6+b*4", "2", "a*3+b*2")]
    [InlineData("a*6+4", "4", null)]
    [InlineData("a+1", "a", null)]
    [InlineData("a+1", "a+1", "1")]
    [InlineData("a*2+2", "a+1", "2")]
    [InlineData("a*2+3", "a+1", null)]
    [InlineData("(a+3)/4*2+2", "(a+3)/4+1", "2")]
    [InlineData("a*b+a+b+1", "b+1", "a+1")]
    [InlineData("a*b+a*2+b*3+6", "a+3", "b+2")]
    [InlineData("a*a-1", "a+1", "a-1")]
    [InlineData("a*a-b*b", "a-b", "a+b")]
    [InlineData("a*a+b*b", "a-b", null)]
    [InlineData("a*9223372036854775807+1", "a+2", null)]
    [InlineData("a", "0", null)]
    public void DivideExactly_Quotient_IsExactOrNull(string dividend, string divisor, string? quotient) =>
        Assert.Equal(quotient, Dimension.Parse(dividend).DivideExactly(Dimension.Parse(divisor))?.ToString());

    [Theory]
    [InlineData("a", true)]
    [InlineData("a/2", false)]
    [InlineData("(a+1)/2", true)]
    [InlineData("a-1", false)]
    [InlineData("a*2-1", true)]
    [InlineData("0", false)]
    public void IsPositive_KnownCases_AreRight(string text, bool expected) => Assert.Equal(expected, Dimension.Parse(text).IsPositive);

    [Fact]
    public void IsPositive_SymbolThatDataBinds_MayBeZeroOrNegative()
    {
        Dimension count = Dimension.Found("n", isPosition: false);
        Dimension place = Dimension.Found("p", isPosition: true);

        Assert.False(count.IsPositive);
        Assert.True(count.IsNotNegative);
        Assert.True((count + 1).IsPositive);
        Assert.True(((count * s_a) + s_a).IsPositive);
        Assert.False((count * s_a).Substitute(new Dictionary<string, long> { ["a"] = 3 }).IsPositive);
        Assert.False((count + 1).FloorDivide(2).IsPositive);
        Assert.True((count + 2).FloorDivide(2).IsPositive);
        Assert.False((place + 5).IsPositive);
        Assert.False((place + 5).IsNotNegative);
    }

    [Fact]
    public void IsPositive_ProductOfWhatMayBeNegative_IsNot() =>
        Assert.False(((s_a - 5).FloorDivide(2) * (s_b - 5).FloorDivide(2)).IsPositive);

    [Fact]
    public void ToString_ProductOfQuotients_HasTheBracketsOfCSharp() =>
        Assert.Equal("(a+1)/2*((b+1)/2)*3", ((s_a + 1).FloorDivide(2) * (s_b + 1).FloorDivide(2) * 3).ToString());

    [Fact]
    public void ToString_QuotientOfNegative_DividesNothingNegative()
    {
        // C# rounds towards zero and the algebra rounds down; they agree where nothing negative is divided.
        Dimension quotient = (7 - s_a).FloorDivide(2);

        Assert.Equal(-2, quotient.Evaluate(new Dictionary<string, long> { ["a"] = 10 }));
        Assert.DoesNotContain("-a)", quotient.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("(-", quotient.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("a+")]
    [InlineData("a*")]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("a/0")]
    [InlineData("a/b")]
    [InlineData("b*a/2*")]
    [InlineData("1.5")]
    [InlineData("a b")]
    [InlineData("9223372036854775808")]
    [InlineData("9223372036854775807*2")]
    [InlineData("9223372036854775807+1")]
    [InlineData("((((((((((((((((((a))))))))))))))))))")]
    public void Parse_NotADimension_ThrowsFormatException(string text) => Assert.Throws<FormatException>(() => Dimension.Parse(text));

    [Fact]
    public void Parse_ProductThatExplodes_ThrowsFormatException()
    {
        string factor = "(" + string.Join("+", Enumerable.Range(0, 40).Select(i => "s" + i.ToString(CultureInfo.InvariantCulture))) + ")";

        Assert.Throws<FormatException>(() => Dimension.Parse(string.Join("*", Enumerable.Repeat(factor, 30))));
    }

    [Fact]
    public void Add_Overflow_Throws() => Assert.Throws<OverflowException>(() => Dimension.Constant(long.MaxValue) + 1);

    /// <summary>An expression as a dimension, and the same as a plain function.</summary>
    internal static (Dimension Dimension, Func<IReadOnlyDictionary<string, long>, long> Evaluate) RandomExpression(Random random, int depth)
    {
        if (depth == 0 || random.Next(5) == 0)
        {
            long constant = random.Next(-9, 10);
            string symbol = s_symbols[random.Next(s_symbols.Length)];
            return random.Next(2) == 0
                ? (Dimension.Constant(constant), _ => constant)
                : (Dimension.Symbol(symbol), values => values[symbol]);
        }

        var (left, evaluateLeft) = RandomExpression(random, depth - 1);
        var (right, evaluateRight) = RandomExpression(random, depth - 1);
        long divisor = random.Next(1, 8);
        return random.Next(5) switch
        {
            0 => (left + right, v => evaluateLeft(v) + evaluateRight(v)),
            1 => (left - right, v => evaluateLeft(v) - evaluateRight(v)),
            2 => (left * right, v => evaluateLeft(v) * evaluateRight(v)),
            3 => (left.FloorDivide(divisor), v => (long)Math.Floor((decimal)evaluateLeft(v) / divisor)),
            _ => (left.CeilingDivide(divisor), v => (long)Math.Ceiling((decimal)evaluateLeft(v) / divisor)),
        };
    }

    internal static Dictionary<string, long> RandomValues(Random random) => s_symbols.ToDictionary(s => s, _ => (long)random.Next(1, 30));
}
