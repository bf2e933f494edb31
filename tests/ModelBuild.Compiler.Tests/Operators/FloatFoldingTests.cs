using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>Constants are folded to what the run would compute.</summary>
public sealed class FloatFoldingTests
{
    [Theory]
    [InlineData("Relu")]
    [InlineData("LeakyRelu")]
    [InlineData("Elu")]
    [InlineData("Celu")]
    [InlineData("Selu")]
    [InlineData("Softplus")]
    [InlineData("HardSigmoid")]
    [InlineData("HardSwish")]
    [InlineData("Sigmoid")]
    [InlineData("Tanh")]
    [InlineData("Abs")]
    [InlineData("Sign")]
    public void Evaluate_FunctionOfNotANumber_IsNone(string type)
    {
        var test = new PassTest();
        Tensor x = Tensor.Of([float.NaN, 1], 2);
        Value output = test.Node(type, "y", [test.Constant("x", x)]);

        float[] y = NodeEvaluator.Evaluate(output.Producer!, [x])![0].ToFloats();

        Assert.Equal([true, false], y.Select(float.IsNaN));
    }

    /// <summary>ONNX defines these by comparisons, none of which holds.</summary>
    [Theory]
    [InlineData("ThresholdedRelu")]
    [InlineData("Shrink")]
    public void Evaluate_ThresholdOfNotANumber_IsZero(string type)
    {
        var test = new PassTest();
        Tensor x = Tensor.Of([float.NaN, 3], 2);
        Value output = test.Node(type, "y", [test.Constant("x", x)]);

        Assert.Equal([0, 3], NodeEvaluator.Evaluate(output.Producer!, [x])![0].ToFloats());
    }
}
