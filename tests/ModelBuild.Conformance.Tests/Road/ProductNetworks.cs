using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>A network for each form of a product with constant weights.</summary>
internal static class ProductNetworks
{
    public static Graph Make(string name)
    {
        var g = new TestGraph();
        return g.Finish(name switch
        {
            "gemm" => g.Gemm(g.Input(40), 24),
            "gemm without bias, clipped" => g.Relu6(g.Node("Gemm", [g.Input(40), g.Weights(24, 40)], ("transB", 1L))),
            "matmul of rank 3" => g.Node("Add", [g.Node("MatMul", [g.Input(5, 40), g.Weights(40, 24)]), g.Weights(24)]),
            "two products of one value" => Twice(g),
            "convolution" => g.Node("Relu", g.Conv(g.Input(4, 9, 9), 20, 3, stride: 2, pad: 1)),
            "padded convolution" => g.Relu6(g.Conv(g.Input(4, 9, 9), 20, 3, stride: 2, pad: 1)),
            "convolution of one dimension" => g.Conv(g.Input(8, 30), 12, 5, pad: 2),
            "convolution in groups" => g.Conv(g.Input(8, 9, 9), 12, 3, groups: 2),
            "depthwise convolution of many taps" => g.Conv(g.Input(6, 12, 12), 6, 5, groups: 6),
            "depthwise convolution" => g.Conv(g.Input(6, 12, 12), 6, 3, groups: 6),
            "gemm of few terms" => g.Gemm(g.Input(8), 24),
            "flattened" => g.Gemm(g.Node("Flatten", g.Node("MaxPool", g.Input(4, 8, 8), ("kernel_shape", (long[])[2, 2]))), 24),
            "residual" => Residual(g),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such network."),
        });
    }

    private static Value Twice(TestGraph g)
    {
        Value x = g.Node("Tanh", g.Input(40));
        return g.Node("Mul", [g.Gemm(x, 16), g.Gemm(x, 16)]);
    }

    private static Value Residual(TestGraph g)
    {
        Value x = g.Conv(g.Input(4, 8, 8), 16, 3, pad: 1);
        return g.Conv(g.Node("Relu", g.Node("Add", [x, g.Conv(g.Node("HardSwish", x), 16, 3, pad: 1)])), 8, 1);
    }
}
