using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Convolution along one to three axes. Import has made transposed ones of it too.</summary>
internal static class Convolution
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All => [("Conv", Convolve)];

    private static Tensor Convolve(NodeCall call)
    {
        Tensor weights = call[1];
        SpatialWindow window = SpatialWindow.Of(
            call.Node, Shape.Of(call[0].shape), weights.shape[2..], InferenceContext.Evaluation);
        (Tensor x, long[] padding) = Windows.Pad(call[0], window, 0);
        return Apply(
            x, weights, call.Optional(2), Windows.Longs(window.Strides), padding, Windows.Longs(window.Dilations),
            call.Node.Int("group", 1));
    }

    /// <summary>A convolution along as many axes as the weights have.</summary>
    public static Tensor Apply(
        Tensor x, Tensor weights, Tensor? bias, long[] strides, long[] padding, long[] dilations, long groups) => strides.Length switch
    {
        1 => functional.conv1d(x, weights, bias, strides[0], padding[0], dilations[0], groups),
        2 => functional.conv2d(x, weights, bias, strides, padding, dilations, groups),
        _ => functional.conv3d(x, weights, bias, strides, padding, dilations, groups),
    };
}
