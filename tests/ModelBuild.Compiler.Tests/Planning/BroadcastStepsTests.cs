using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Planning;

/// <summary>Operands that are repeated by turns, so that no two neighbouring dimensions are one loop.</summary>
public sealed class BroadcastStepsTests
{
    [Theory]
    [InlineData("Add", 5)]
    [InlineData("Sub", 6)]
    [InlineData("Mul", 8)]
    [InlineData("Div", 7)]
    public void Arithmetic_DimensionsThatAlternate_MeetAsOnnxSays(string type, int rank)
    {
        var test = new PassTest();
        Value x = test.Input("x", Alternating(rank, even: true));
        Value y = test.Input("y", Alternating(rank, even: false));
        test.Output(test.Node(type, "z", [x, y]));
        StepTest.Compare(test.Graph, Values(x, y));
    }

    [Fact]
    public void MatMul_LeadingDimensionsThatAlternate_MeetAsOnnxSays()
    {
        var test = new PassTest();
        Value x = test.Input("x", [.. Alternating(6, even: true), 2, 3]);
        Value y = test.Input("y", [.. Alternating(6, even: false), 3, 4]);
        test.Output(test.Node("MatMul", "z", [x, y]));
        StepTest.Compare(test.Graph, Values(x, y));
    }

    /// <summary>2 and 3 by turns, with 1 at every other place.</summary>
    private static object[] Alternating(int rank, bool even) =>
        [.. Enumerable.Range(0, rank).Select(i => (object)((i % 2 == 0) == even ? 2 + (i / 2 % 2) : 1))];

    private static Dictionary<string, Tensor> Values(params Value[] inputs) => inputs.ToDictionary(
        v => v.Name,
        v =>
        {
            long[] shape = [.. v.KnownShape.Select(d => d.Value)];
            return Tensor.FromDoubles(
                DataType.Float32, [.. Enumerable.Range(1, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => i * 0.5)], shape);
        });
}
