using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>A Clip of codes limits the reals that have these codes, which the zero point moves.</summary>
public sealed class RaiseClipsTests
{
    [Fact]
    public void Run_ZeroPointIsNotZero_LimitsTheSameCodes()
    {
        var test = new PassTest();
        Value scale = test.Constant("scale", 0.125f);
        Value zero = test.Constant("zero", Tensor.FromInt64s(DataType.Int8, [5]));
        Value codes = test.Node("QuantizeLinear", "codes", [test.Input("x", 64), scale, zero]);
        Value clipped = test.Node(
            "Clip", "clipped",
            [
                codes, test.Constant("low", Tensor.FromInt64s(DataType.Int8, [-7])),
                test.Constant("high", Tensor.FromInt64s(DataType.Int8, [7])),
            ]);
        test.Output(test.Node("DequantizeLinear", "y", [clipped, scale, zero]));

        test.RunAndCompare(new RaiseClips());

        Assert.Equal("Clip QuantizeLinear DequantizeLinear", test.Operators);
    }
}
