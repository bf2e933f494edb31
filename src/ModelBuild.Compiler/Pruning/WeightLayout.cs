namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// Where the weight of an output and an input lies in an array, whatever the operator. Groups know nothing of one another: those of a
/// convolution, the directions and gates of a recurrent layer.
/// </summary>
/// <remarks>
/// The inputs of a k × k convolution are counted per tap, along the input channels: weight (o, t, i) multiplies channel i at tap t, and
/// what lies beside it are channels i ± 1 of the same tap. Sparse kernels work on channels-last data and take 4 neighbouring input channels
/// of one tap at a time, for 2 neighbouring outputs; blocks counted along the file's own order [outputs, channels, taps] would scatter over
/// taps. A block never reaches over a tap or a group; inputs and outputs that are left over where their number is no multiple belong to
/// none.
/// </remarks>
/// <param name="Groups">How many there are.</param>
/// <param name="Outputs">Of a group.</param>
/// <param name="Taps">1 where it is no convolution.</param>
/// <param name="Inputs">Of a group: input channels, or the inputs of a matrix product.</param>
public readonly record struct WeightLayout(int Groups, int Outputs, int Taps, int Inputs)
{
    /// <summary>How far the next output lies.</summary>
    public int OutputStride { get; private init; }

    /// <summary>How far the next tap lies.</summary>
    public int TapStride { get; private init; }

    /// <summary>How far the next input lies.</summary>
    public int InputStride { get; private init; }

    /// <summary>Products that an output adds up.</summary>
    public int Terms => Taps * Inputs;

    /// <summary>How many weights there are.</summary>
    public int Length => Groups * Outputs * Terms;

    /// <summary>Matrices [groups, outputs, inputs], or [groups, inputs, outputs].</summary>
    /// <param name="outputs">Of one of them.</param>
    /// <param name="inputs">Of one of them.</param>
    /// <param name="outputsFirst">False where inputs come first, as in MatMul.</param>
    /// <param name="groups">How many matrices.</param>
    public static WeightLayout Matrix(int outputs, int inputs, bool outputsFirst = true, int groups = 1) =>
        new(groups, outputs, 1, inputs)
        {
            OutputStride = outputsFirst ? inputs : 1, InputStride = outputsFirst ? 1 : outputs, TapStride = 0,
        };

    /// <summary>The weights of a convolution, [outputs, inputs / groups, taps].</summary>
    /// <param name="outputs">Of all groups.</param>
    /// <param name="inputs">Of one group.</param>
    /// <param name="taps">Height × width of the kernel.</param>
    /// <param name="groups">How many groups.</param>
    public static WeightLayout Convolution(int outputs, int inputs, int taps, int groups = 1) =>
        new(groups, outputs / groups, taps, inputs) { OutputStride = inputs * taps, InputStride = taps, TapStride = 1 };

    /// <summary>The weights of a transposed convolution, [inputs, outputs / groups, taps].</summary>
    /// <param name="outputs">Of one group.</param>
    /// <param name="inputs">Of all groups.</param>
    /// <param name="taps">Height × width of the kernel.</param>
    /// <param name="groups">How many groups.</param>
    public static WeightLayout TransposedConvolution(int outputs, int inputs, int taps, int groups = 1) =>
        new(groups, outputs, taps, inputs / groups) { OutputStride = taps, InputStride = outputs * taps, TapStride = 1 };

    /// <summary>The place of a weight in the array.</summary>
    /// <param name="group">Of the groups.</param>
    /// <param name="output">Of the group's outputs.</param>
    /// <param name="tap">Of the taps.</param>
    /// <param name="input">Of the group's inputs.</param>
    public int Index(int group, int output, int tap, int input) =>
        (group * Outputs * Terms) + (output * OutputStride) + (tap * TapStride) + (input * InputStride);
}
