using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>What people are told of operators that run in float: the cause, not what follows from it.</summary>
public sealed class FloatReasonTests
{
    /// <summary>None of its tensors have codes, since a deviation divides: that is why, wherever in it an operator stands.</summary>
    [Fact]
    public void Of_PartsOfANormalization_IsTheNormalization()
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", [g.Input(3, 4, 4)]);
        Value axes = g.Constant(Tensor.Of((long[])[2, 3], 2));
        Value mean = g.Node("ReduceMean", [x, axes]);
        Value centered = g.Node("Sub", [x, mean]);
        Value square = g.Node("Mul", [centered, centered]);
        Value variance = g.Node("ReduceMean", [square, axes]);
        Value deviation = g.Node("Sqrt", [g.Node("Add", [variance, g.Constant(Tensor.Scalar(1e-5f))])]);
        Value y = g.Node("Div", [centered, deviation]);
        g.Finish(g.Node("Mul", [y, g.Constant(Tensor.Scalar(2f))]));

        Assert.All(
            new[] { mean, centered, square, variance, deviation },
            v => Assert.StartsWith("it belongs to a normalization", FloatReason.Of(v.Producer!), StringComparison.Ordinal));
        Assert.Equal("there is no integer kernel for Div of two computed tensors", FloatReason.Of(y.Producer!));
    }

    /// <summary>What else reads a tensor wants its codes.</summary>
    [Fact]
    public void Of_OperatorWhoseOutputIsReadBesides_IsNotTheNormalization()
    {
        var g = new TestGraph();
        Value x = g.Node("Mul", [g.Input(3, 4), g.Constant(Tensor.Scalar(2f))]);
        Value y = g.Node("Div", [x, g.Node("ReduceSum", [g.Node("Abs", [x])])]);
        g.Finish(g.Node("Concat", [x, y], ("axis", 1L)));

        Assert.StartsWith("there are no codes of", FloatReason.Of(x.Producer!), StringComparison.Ordinal);
    }

    /// <summary>Transposes and shapes may be the compiler's own: the model has the tensor before them.</summary>
    [Fact]
    public void Of_OperatorBehindATranspose_NamesTheTensorBeforeIt()
    {
        var g = new TestGraph();
        Value x = g.Node("LogSoftmax", [g.Input(3, 4)]);
        Value turned = g.Node("Transpose", [x], ("perm", new long[] { 0, 2, 1 }));
        Value y = g.Node("Mul", [turned, g.Constant(Tensor.Scalar(2f))]);
        g.Finish(y);

        Assert.Equal($"there are no codes of '{x.Name}', which it reads", FloatReason.Of(y.Producer!));
    }

    /// <summary>A stack of matrices has no integer product, whether or not there are codes of what it multiplies.</summary>
    [Fact]
    public void Of_ProductWithAStackOfWeights_IsTheStack()
    {
        var g = new TestGraph();
        Value y = g.Node("MatMul", [g.Input(1, 5, 6), g.Constant(Tensor.Of(new float[72], 3, 6, 4))]);
        g.Finish(y);

        Assert.Equal("its weights are not one matrix", FloatReason.Of(y.Producer!));
    }

    [Fact]
    public void Of_ProductWithWeightsOnTheLeft_IsTheirSide()
    {
        var g = new TestGraph();
        Value y = g.Node("MatMul", [g.Constant(Tensor.Of(new float[24], 4, 6)), g.Input(6, 5)]);
        g.Finish(y);

        Assert.StartsWith("its weights are on the left", FloatReason.Of(y.Producer!), StringComparison.Ordinal);
    }
}
