using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Quantization;

public sealed class ByteCodesTests
{
    [Fact]
    public void Of_BytesMovedByAnIntegerAndScaled_AreTheCodes()
    {
        var g = new TestGraph();
        Value moved = g.Node("Sub", [Bytes(g), g.Constant(Tensor.Scalar(100))]);

        QuantizationParameters? codes = ByteCodes.Of(g.Node("Mul", [moved, g.Constant(Tensor.Scalar(0.02f))]));

        Assert.Equal(0.02f, codes!.Scale, 1e-6f);
        Assert.Equal(100, codes.ZeroPoint);
    }

    [Fact]
    public void Of_BytesMovedByHalfOfOne_AreNone()
    {
        var g = new TestGraph();
        Assert.Null(ByteCodes.Of(g.Node("Sub", [Bytes(g), g.Constant(Tensor.Scalar(100.5f))])));
    }

    /// <summary>Every byte is the nearest code, and what it stands for is up to a quarter of a step beside it.</summary>
    [Fact]
    public void Of_BytesOnACurve_AreNoneThoughEachIsItsNearestCode()
    {
        const float Power = 1.003f;
        double scale = Math.Pow(255, Power) / 255;
        double[] beside = [.. Enumerable.Range(0, 256).Select(b => Math.Abs((Math.Pow(b, Power) / scale) - b))];
        Assert.InRange(beside.Max(), 0.1, 0.4);
        var g = new TestGraph();

        Assert.Null(ByteCodes.Of(g.Node("Pow", [Bytes(g), g.Constant(Tensor.Scalar(Power))])));
    }

    private static Value Bytes(TestGraph g)
    {
        Value image = g.Graph.NewValue("image", DataType.UInt8, Shape.Of(1, 2, 4, 4));
        g.Graph.Inputs.Add(image);
        return g.Node("Cast", image, ("to", (long)DataType.Float32));
    }
}
