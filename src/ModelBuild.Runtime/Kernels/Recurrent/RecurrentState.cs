namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// What a recurrent layer carries from step to step, the hidden state or the cell's, and who wants to know of it. A sequence that is
/// shorter than others does not take part in the steps beyond its end: its state stays. This is all that sequence lengths mean, in both
/// directions: one that runs backwards waits with its initial state until it comes to its last step.
/// </summary>
internal readonly ref struct RecurrentState
{
    private readonly RecurrentShape _shape;
    private readonly ReadOnlySpan<int> _lengths;
    private readonly Span<float> _last;

    /// <param name="shape">The sizes and the direction.</param>
    /// <param name="memory">Holds the state.</param>
    /// <param name="lengths">The steps of each sequence; empty where all have all steps.</param>
    /// <param name="initial"><c>[directions, batch, hidden]</c>; empty for zeros.</param>
    /// <param name="last"><c>[directions, batch, hidden]</c>, gets the state after the last step; empty where nobody asks.</param>
    /// <param name="name">What messages call the state.</param>
    public RecurrentState(
        in RecurrentShape shape, Span<float> memory, ReadOnlySpan<int> lengths, ReadOnlySpan<float> initial, Span<float> last, string name)
    {
        long all = Extent.Product(shape.Directions, shape.StateLength);
        SpanGuard.Length(initial.Length, initial.IsEmpty ? 0 : all, "initial" + name);
        SpanGuard.Length(last.Length, last.IsEmpty ? 0 : all, "last" + name);
        SpanGuard.Length(lengths.Length, lengths.IsEmpty ? 0 : shape.Batch, nameof(lengths));
        foreach (int length in lengths)
        {
            if (length < 0 || length > shape.Steps)
            {
                throw new ArgumentOutOfRangeException(nameof(lengths), $"A sequence of {length} steps is not one of 0 to {shape.Steps}.");
            }
        }

        _shape = shape;
        _lengths = lengths;
        Current = memory;
        int count = (int)shape.StateLength;
        _last = last.IsEmpty ? last : last.Slice(shape.Direction * count, count);
        if (initial.IsEmpty)
        {
            Current.Clear();
        }
        else
        {
            initial.Slice(shape.Direction * count, count).CopyTo(Current);
        }
    }

    /// <summary><c>[batch, hidden]</c>.</summary>
    public Span<float> Current { get; }

    /// <summary>Goes on to the next state.</summary>
    /// <param name="step">The step that has led to it.</param>
    /// <param name="next"><c>[batch, hidden]</c>.</param>
    /// <param name="output">
    /// <c>[steps, directions, batch, hidden]</c>, gets the state, and zeros beyond a sequence's end; empty where nobody asks.
    /// </param>
    public void Advance(int step, ReadOnlySpan<float> next, Span<float> output)
    {
        int count = Current.Length;
        Span<float> shown = output.IsEmpty ? output : output.Slice(((step * _shape.Directions) + _shape.Direction) * count, count);
        if (_lengths.IsEmpty)
        {
            next.CopyTo(Current);
            if (!output.IsEmpty)
            {
                next.CopyTo(shown);
            }

            return;
        }

        for (int sequence = 0; sequence < _lengths.Length; sequence++)
        {
            var row = new Range(sequence * _shape.HiddenSize, (sequence + 1) * _shape.HiddenSize);
            bool takesPart = step < _lengths[sequence];
            if (takesPart)
            {
                next[row].CopyTo(Current[row]);
            }

            if (!output.IsEmpty && takesPart)
            {
                next[row].CopyTo(shown[row]);
            }
            else if (!output.IsEmpty)
            {
                shown[row].Clear();
            }
        }
    }

    /// <summary>After the last step: hands the state out. That of a sequence without steps is zero, as ONNX Runtime has it.</summary>
    public void Finish()
    {
        if (_last.IsEmpty)
        {
            return;
        }

        Current.CopyTo(_last);
        for (int sequence = 0; sequence < _lengths.Length; sequence++)
        {
            if (_lengths[sequence] == 0)
            {
                _last.Slice(sequence * _shape.HiddenSize, _shape.HiddenSize).Clear();
            }
        }
    }
}
