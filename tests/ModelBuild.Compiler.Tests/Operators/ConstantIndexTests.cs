using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>Constant indices that point outside a tensor would make every call of the class fail: they are refused at build.</summary>
public sealed class ConstantIndexTests
{
    [Theory]
    [InlineData("Gather", 3, false)]
    [InlineData("Gather", 4, true)]
    [InlineData("Gather", -5, true)]
    [InlineData("GatherElements", 3, false)]
    [InlineData("GatherElements", 4, true)]
    [InlineData("GatherND", -4, false)]
    [InlineData("GatherND", 4, true)]
    [InlineData("ScatterElements", -4, false)]
    [InlineData("ScatterElements", -5, true)]
    [InlineData("ScatterND", 3, false)]
    [InlineData("ScatterND", 7, true)]
    public void Infer_ConstantIndex_MustPointIntoTheTensor(string type, long index, bool isRefused)
    {
        var test = new PassTest();
        long[] dimensions = type.EndsWith("ND", StringComparison.Ordinal) ? [1, 1] : [1];
        Value indices = test.Constant("indices", Tensor.Of([index], dimensions));
        Value x = test.Input("x", 4);
        Value?[] inputs = type.StartsWith("Scatter", StringComparison.Ordinal) ? [x, indices, test.Input("updates", 1)] : [x, indices];

        if (isRefused)
        {
            var e = Assert.Throws<CompilationException>(() => test.Node(type, "y", inputs));
            Assert.Equal(DiagnosticCodes.MalformedGraph, Assert.Single(e.Findings).Code);
        }
        else
        {
            Assert.NotNull(test.Node(type, "y", inputs).Shape);
        }
    }

    /// <summary>Along all axes but one there are no more elements to choose for than there are; how many along that one is free.</summary>
    [Theory]
    [InlineData(0, 9, 4, 5, false)]
    [InlineData(0, 1, 2, 3, false)]
    [InlineData(0, 3, 5, 5, true)]
    [InlineData(0, 3, 4, 6, true)]
    [InlineData(1, 3, 9, 5, false)]
    [InlineData(1, 4, 4, 5, true)]
    [InlineData(2, 3, 4, 9, false)]
    [InlineData(2, 3, 5, 5, true)]
    [InlineData(-1, 4, 4, 5, true)]
    public void Infer_ShapeOfIndices_HasToBeWithinTheTensor(long axis, long first, long second, long third, bool isRefused)
    {
        var test = new PassTest();
        Value indices = test.Constant("indices", Tensor.Of(new long[first * second * third], first, second, third));
        Value Gather() => test.Node("GatherElements", "y", [test.Input("x", 3, 4, 5), indices], ("axis", axis));

        if (isRefused)
        {
            var e = Assert.Throws<CompilationException>(Gather);
            Assert.Equal(DiagnosticCodes.MalformedGraph, Assert.Single(e.Findings).Code);
        }
        else
        {
            Assert.Equal($"[{first},{second},{third}]", Gather().KnownShape.ToString());
        }
    }
}
