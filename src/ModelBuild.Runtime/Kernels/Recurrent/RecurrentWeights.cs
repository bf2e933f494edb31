using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The weights of a recurrent layer, as one argument: packed when the model was built, or tensors that only the run knows.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct RecurrentWeights
{
    internal readonly bool IsPacked;
    internal readonly ReadOnlySpan<float> Input;
    internal readonly ReadOnlySpan<float> Recurrent;
    internal readonly ReadOnlySpan<float> Bias;

    private RecurrentWeights(bool isPacked, ReadOnlySpan<float> input, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> bias)
    {
        IsPacked = isPacked;
        Input = input;
        Recurrent = recurrent;
        Bias = bias;
    }

    /// <summary>The weights of the direction that is computed.</summary>
    /// <param name="input">What multiplies the input, as <see cref="WeightPacking.GatesFloat32"/> packs it.</param>
    /// <param name="recurrent">What multiplies the hidden state, as <see cref="WeightPacking.GatesFloat32"/> packs it.</param>
    /// <param name="bias">
    /// The gates' biases beside the product with the input, then those beside the product with the state, padded as
    /// <see cref="WeightPacking.PadChannels{T}"/> does with a group for each of them.
    /// </param>
    /// <returns>The weights.</returns>
    public static RecurrentWeights Packed(ReadOnlySpan<float> input, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> bias) =>
        new(true, input, recurrent, bias);

    /// <summary>The weights of all directions, as in ONNX. They are packed in each run.</summary>
    /// <param name="input"><c>[directions, gates · hidden, input]</c>.</param>
    /// <param name="recurrent"><c>[directions, gates · hidden, hidden]</c>.</param>
    /// <param name="bias"><c>[directions, 2 · gates · hidden]</c>; empty for none.</param>
    /// <returns>The weights.</returns>
    public static RecurrentWeights Plain(
        ReadOnlySpan<float> input, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> bias = default) =>
        new(false, input, recurrent, bias);
}
