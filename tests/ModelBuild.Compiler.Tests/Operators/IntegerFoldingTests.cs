using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>Constants that are integers are folded as integers: float64 does not hold all of them.</summary>
public sealed class IntegerFoldingTests
{
    private const long Odd = (1L << 53) + 1;

    [Theory]
    [InlineData("Neg", Odd, -Odd)]
    [InlineData("Neg", long.MinValue, long.MinValue)]
    [InlineData("Abs", -Odd, Odd)]
    [InlineData("Abs", long.MinValue, long.MinValue)]
    [InlineData("Relu", Odd, Odd)]
    [InlineData("Relu", -Odd, 0)]
    [InlineData("Sign", -Odd, -1)]
    public void Evaluate_FunctionOfLargeInteger_IsExact(string type, long x, long expected) =>
        Assert.Equal(expected, Evaluate(type, Tensor.Of([x], 1)).ToInt64s()[0]);

    [Theory]
    [InlineData(long.MinValue, -1, long.MinValue)]
    [InlineData(Odd, -1, -Odd)]
    [InlineData(-7, 2, -3)]
    public void Evaluate_Quotient_Wraps(long a, long b, long expected) =>
        Assert.Equal(expected, Evaluate("Div", Tensor.Of([a], 1), Tensor.Of([b], 1)).ToInt64s()[0]);

    [Theory]
    [InlineData("Div", (ulong.MaxValue - 1) / 3)]
    [InlineData("Max", ulong.MaxValue - 1)]
    [InlineData("Min", 3)]
    [InlineData("Mod", (ulong.MaxValue - 1) % 3)]
    [InlineData("Greater", 1)]
    [InlineData("Less", 0)]
    public void Evaluate_UnsignedBeyondInt64_IsNotNegative(string type, ulong expected)
    {
        Tensor result = Evaluate(type, Unsigned(ulong.MaxValue - 1), Unsigned(3));

        Assert.Equal(expected, result.Type == DataType.UInt64 ? result.Span<ulong>()[0] : (ulong)result.ToInt64s()[0]);
    }

    [Fact]
    public void Evaluate_SequenceOfLargeIntegers_IsExact() => Assert.Equal(
        [Odd, Odd + 2, Odd + 4], Evaluate("Range", Tensor.Of([Odd], []), Tensor.Of([Odd + 5], []), Tensor.Of([2L], [])).ToInt64s());

    [Fact]
    public void Infer_SequenceByZero_IsRefused()
    {
        var test = new PassTest();
        Value zero = test.Constant("zero", Tensor.Of([0L], []));

        var e = Assert.Throws<CompilationException>(() => test.Node("Range", "y", [zero, test.Constant("one", Tensor.Of([1L], [])), zero]));

        Assert.Equal(DiagnosticCodes.MalformedGraph, Assert.Single(e.Findings).Code);
    }

    private static Tensor Unsigned(ulong value) => Tensor.From(DataType.UInt64, (ReadOnlySpan<ulong>)[value], 1);

    private static Tensor Evaluate(string type, params Tensor[] inputs)
    {
        var test = new PassTest();
        Value output = test.Node(type, "y", [.. inputs.Select((t, i) => test.Constant($"c{i}", t))]);
        return NodeEvaluator.Evaluate(output.Producer!, inputs)![0];
    }
}
