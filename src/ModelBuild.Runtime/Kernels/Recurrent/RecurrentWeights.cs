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
    internal readonly RecurrentCodes Codes;

    private RecurrentWeights(RecurrentCodes codes)
    {
        IsPacked = true;
        Codes = codes;
    }

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

    /// <summary>
    /// The weights of the direction that is computed, as int8 codes. Inputs and states get 8-bit codes as the run goes, and are multiplied
    /// by them as integers.
    /// </summary>
    /// <param name="input">What multiplies the input, as <see cref="WeightPacking.GatesInt8"/> packs it.</param>
    /// <param name="inputChannels">
    /// Of the gates, padded as <see cref="WeightPacking.PadChannels{T}"/> does with a group for each. Its biases are added once, to the
    /// products with the input.
    /// </param>
    /// <param name="recurrent">What multiplies the hidden state, packed likewise.</param>
    /// <param name="recurrentChannels">
    /// The same. Its biases stand beside the product with the state where a reset gate multiplies both, and are otherwise not looked at.
    /// </param>
    /// <param name="isShared">
    /// Whether there is one scale of codes for the inputs of all steps, and one for the states of all sequences at a step; otherwise each
    /// row has its own.
    /// </param>
    /// <returns>The weights.</returns>
    public static RecurrentWeights OfCodes(
        ReadOnlySpan<sbyte> input, in ChannelParameters inputChannels, ReadOnlySpan<sbyte> recurrent,
        in ChannelParameters recurrentChannels, bool isShared = false) =>
        new(new RecurrentCodes(input, inputChannels, recurrent, recurrentChannels, isShared));

    /// <summary>
    /// The weights of the direction that is computed, as int8 codes. Inputs and states get 8-bit codes of scales that are known, and are
    /// multiplied by them as integers; what lies beyond the codes becomes the nearest, and NaN becomes zero.
    /// </summary>
    /// <param name="input">As in <see cref="OfCodes"/>.</param>
    /// <param name="inputChannels">The same.</param>
    /// <param name="recurrent">The same.</param>
    /// <param name="recurrentChannels">The same.</param>
    /// <param name="inputScale">The scale of the codes of all inputs: positive.</param>
    /// <param name="inputZeroPoint">Their zero point.</param>
    /// <param name="stateScale">The scale of the codes of all states, those that a reset gate has multiplied among them: positive.</param>
    /// <param name="stateZeroPoint">Their zero point.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A scale is not positive.</exception>
    public static RecurrentWeights OfStaticCodes(
        ReadOnlySpan<sbyte> input, in ChannelParameters inputChannels, ReadOnlySpan<sbyte> recurrent,
        in ChannelParameters recurrentChannels, float inputScale, int inputZeroPoint, float stateScale, int stateZeroPoint)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputScale);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stateScale);
        return new(new RecurrentCodes(
            input, inputChannels, recurrent, recurrentChannels, isShared: true, new RowParameters(inputScale, inputZeroPoint),
            new RowParameters(stateScale, stateZeroPoint)));
    }

    /// <summary>The weights of all directions, as in ONNX. They are packed in each run.</summary>
    /// <param name="input"><c>[directions, gates · hidden, input]</c>.</param>
    /// <param name="recurrent"><c>[directions, gates · hidden, hidden]</c>.</param>
    /// <param name="bias"><c>[directions, 2 · gates · hidden]</c>; empty for none.</param>
    /// <returns>The weights.</returns>
    public static RecurrentWeights Plain(
        ReadOnlySpan<float> input, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> bias = default) =>
        new(false, input, recurrent, bias);
}
