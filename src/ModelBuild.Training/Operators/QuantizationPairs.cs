using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Training.Networks;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>
/// QuantizeLinear and DequantizeLinear. Codes are held as floats, so that gradients pass: rounding has the gradient of the identity
/// (straight-through), and what is clamped has none.
/// </summary>
internal static class QuantizationPairs
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("QuantizeLinear", call => Codes(
            call[0], Spread(call, 1, call[0].shape)!, Spread(call, 2, call[0].shape), call.Node.Output.Type)),
        ("DequantizeLinear", call =>
        {
            Tensor scale = Spread(call, 1, call[0].shape)!;
            Tensor codes = call[0].to(scale.dtype);
            return Spread(call, 2, call[0].shape) is { } zero ? (codes - zero) * scale : codes * scale;
        }),
    ];

    /// <summary>Smallest and largest code of a type; the 4-bit ones have no tensors of their own in LibTorch.</summary>
    public static (double Low, double High) Range(DataType type) => type switch
    {
        DataType.Int4 => (-8, 7),
        DataType.UInt4 => (0, 15),
        _ => QuantizationInputs.Range(type),
    };

    /// <summary>The codes of reals, as floats.</summary>
    public static Tensor Codes(Tensor x, Tensor scale, Tensor? zeroPoint, DataType type)
    {
        (double low, double high) = Range(type);
        Tensor rounded = Rounded(x / scale);
        return (zeroPoint is null ? rounded : rounded.Plus(zeroPoint)).clamp(Scalars.Of(low), Scalars.Of(high));
    }

    /// <summary>Rounds half to even; the gradient is that of the identity.</summary>
    public static Tensor Rounded(Tensor x)
    {
        Tensor plain = x.detach();
        return x.Plus(plain.round() - plain);
    }

    /// <summary>
    /// A scale or zero point in a shape that broadcasts to the tensor's: one for all, one for each index along <c>axis</c>, or one for each
    /// block along it.
    /// </summary>
    public static Tensor Spread(Node node, Tensor parameter, long[] shape)
    {
        if (parameter.numel() == 1)
        {
            return parameter.reshape([]);
        }

        int axis = (int)NodeCall.Axis(node.Int("axis", 1), shape.Length);
        long block = node.Int("block_size");
        return block == 0
            ? parameter.reshape([.. shape.Select((d, i) => i == axis ? d : 1)])
            : parameter.repeat_interleave(block, axis).narrow(axis, 0, shape[axis]);
    }

    private static Tensor? Spread(NodeCall call, int input, long[] shape) => call.Optional(input) is not { } parameter ? null
        : Spread(call.Node, parameter.is_floating_point() ? parameter : parameter.to(torch.ScalarType.Float32), shape);
}
