using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Build.Tests.Support;

/// <summary>The models that most tests build with.</summary>
internal static class OnnxFile
{
    /// <summary>
    /// A dense layer with ReLU: <c>y [batch, outputs] = max(0, x [batch, inputs] · weights [inputs, outputs] + bias)</c>.
    /// </summary>
    public static byte[] Dense(float[,] weights, float[] bias) => new OnnxGraph()
        .Input("x", "batch", weights.GetLength(0))
        .Output("y", "batch", weights.GetLength(1))
        .Constant("w", [weights.GetLength(0), weights.GetLength(1)], [.. weights.Cast<float>()])
        .Constant("b", [bias.Length], bias)
        .Node("Gemm", "dense", ["x", "w", "b"], ["z"])
        .Node("Relu", "relu", ["z"], ["y"])
        .ToModel();

    /// <summary>A dense layer with its weights in another file.</summary>
    public static byte[] DenseWithExternalWeights(int inputs, int outputs, string file) => new OnnxGraph()
        .Input("x", "batch", inputs)
        .Output("y", "batch", outputs)
        .External("w", DataType.Float32, [inputs, outputs], ("location", file))
        .Node("MatMul", "dense", ["x", "w"], ["y"])
        .ToModel();
}
