using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The sizes of a recurrent layer, and which of its directions is computed.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct RecurrentShape
{
    /// <summary>Describes one direction of a recurrent layer.</summary>
    /// <param name="steps">Steps of the longest sequence. Zero is allowed.</param>
    /// <param name="batch">Sequences. Zero is allowed.</param>
    /// <param name="inputSize">Elements of a step's input.</param>
    /// <param name="hiddenSize">Elements of the hidden state.</param>
    /// <param name="directions">Directions of the layer: 2 for a bidirectional one.</param>
    /// <param name="direction">The one that is computed, from 0 on.</param>
    /// <param name="reverse">It goes from the last step to the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or there is no such direction.</exception>
    public RecurrentShape(int steps, int batch, int inputSize, int hiddenSize, int directions = 1, int direction = 0, bool reverse = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hiddenSize);
        ArgumentOutOfRangeException.ThrowIfNegative(direction);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(direction, directions);
        Steps = steps;
        Batch = batch;
        InputSize = inputSize;
        HiddenSize = hiddenSize;
        Directions = directions;
        Direction = direction;
        IsReverse = reverse;
    }

    /// <summary>Steps of the longest sequence.</summary>
    public int Steps { get; }

    /// <summary>Sequences.</summary>
    public int Batch { get; }

    /// <summary>Elements of a step's input.</summary>
    public int InputSize { get; }

    /// <summary>Elements of the hidden state.</summary>
    public int HiddenSize { get; }

    /// <summary>Directions of the layer.</summary>
    public int Directions { get; }

    /// <summary>The direction that is computed.</summary>
    public int Direction { get; }

    /// <summary>Whether it goes from the last step to the first.</summary>
    public bool IsReverse { get; }

    /// <summary>Of one direction, for all sequences.</summary>
    internal long StateLength => Extent.Product(Batch, HiddenSize);

    /// <summary>One gate's product with the inputs of all steps at once.</summary>
    internal GemmShape InputProduct => new(checked(Steps * Batch), InputSize, HiddenSize);

    /// <summary>One gate's product with the hidden state.</summary>
    internal GemmShape RecurrentProduct => new(Batch, HiddenSize, HiddenSize);

    /// <summary>
    /// The scratch memory that a cell needs: the gates of all steps, two states and one temporary. Weights that are not packed take as
    /// much as they have elements besides, in panels.
    /// </summary>
    /// <param name="gates">4 for LSTM, 3 for GRU, 1 for a simple cell.</param>
    /// <param name="isPacked">Whether the weights are packed.</param>
    /// <returns>The length in bytes.</returns>
    internal long ScratchBytes(int gates, bool isPacked)
    {
        long packing = isPacked ? 0 : (long)gates * RecurrentProduct.PaddedColumns * (InputSize + HiddenSize + 2);
        return checked(((StateLength * ((gates * (long)Steps) + 3)) + packing) * sizeof(float));
    }
}
