using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>What the catalogues of models are written with.</summary>
internal static class ModelParts
{
    /// <summary>The file of a model of one version of ONNX's operators.</summary>
    public static byte[] Model(long opset, Func<OnnxGraph, OnnxGraph> build) => build(new OnnxGraph()).ToModel(opset);

    /// <summary>Numbers between −1 and 1.</summary>
    public static Tensor Values(int seed, params long[] shape)
    {
        var random = new Random(seed);
        return Tensor.Of(
            [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (random.NextSingle() * 2) - 1)], shape);
    }
}
