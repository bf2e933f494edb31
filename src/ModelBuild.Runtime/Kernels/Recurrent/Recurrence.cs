using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// One direction of a recurrent layer (ONNX: LSTM, GRU, RNN), over whole sequences. A layer of two directions is two calls, which write
/// different parts of the same outputs.
/// </summary>
/// <remarks>
/// All methods are thread-safe and allocate nothing. The activations are the same on every processor; the matrix products
/// are those of <see cref="Gemm"/>, and of <see cref="DynamicGemm"/> where weights are codes. No two spans must overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Recurrence
{
    private const int LstmGates = 4;
    private const int GruGates = 3;
    private const int SimpleGates = 1;

    /// <summary>The scratch memory of a layer whose weights are codes.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="gates">4 for LSTM, 3 for GRU, 1 for a simple cell.</param>
    /// <returns>The length in bytes.</returns>
    public static long ScratchBytesOfCodes(in RecurrentShape shape, int gates) =>
        checked(shape.ScratchBytes(gates, isPacked: true) + CodeProducts.ScratchBytes(shape, gates));

    /// <summary>
    /// Long short-term memory, with gates in the order i, o, f, c: <c>i = f(…)</c>, <c>o = f(…)</c>, <c>f = f(…)</c>, <c>c = g(…)</c>,
    /// <c>C = f·C' + i·c</c>, <c>H = o·h(C)</c>, where the dots are products with the input and with the state before, and their biases.
    /// </summary>
    /// <param name="shape">The sizes and the direction.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="f">The function of the gates i, o and f.</param>
    /// <param name="g">The function of the gate c.</param>
    /// <param name="h">The function of the cell's state.</param>
    /// <param name="input"><c>[steps, batch, input]</c>.</param>
    /// <param name="scratch">
    /// Floats: <c>batch · hidden · (4 · steps + 3)</c>, and for weights that are not packed <c>4 · p · (input + hidden + 2)</c> more, where
    /// p is hidden rounded up to a multiple of 16.
    /// </param>
    /// <param name="clip">Arguments of f and g are brought between <c>-clip</c> and this; infinity for no bound.</param>
    /// <param name="coupled">The gate f is <c>1 - i</c>.</param>
    /// <param name="peepholes"><c>[directions, 3 · hidden]</c>: what of the cell's state is added to i, o and f; empty for nothing.</param>
    /// <param name="lengths">The steps of each sequence; empty where all have all steps.</param>
    /// <param name="initialHidden"><c>[directions, batch, hidden]</c>; empty for zeros.</param>
    /// <param name="initialCell"><c>[directions, batch, hidden]</c>; empty for zeros.</param>
    /// <param name="output"><c>[steps, directions, batch, hidden]</c>: the hidden states, zero beyond a sequence's end; empty where nobody
    /// asks.</param>
    /// <param name="lastHidden"><c>[directions, batch, hidden]</c>: each sequence's last; empty where nobody asks.</param>
    /// <param name="lastCell"><c>[directions, batch, hidden]</c>: each sequence's last; empty where nobody asks.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape, or a sequence's length is none.</exception>
    public static void Lstm(
        in RecurrentShape shape, in RecurrentWeights weights, RecurrentActivation f, RecurrentActivation g, RecurrentActivation h,
        ReadOnlySpan<float> input, Span<byte> scratch, float clip = float.PositiveInfinity, bool coupled = false,
        ReadOnlySpan<float> peepholes = default, ReadOnlySpan<int> lengths = default, ReadOnlySpan<float> initialHidden = default,
        ReadOnlySpan<float> initialCell = default, Span<float> output = default, Span<float> lastHidden = default,
        Span<float> lastCell = default) =>
        Lstm(
            KernelTable.Current, shape, weights, f, g, h, input, scratch, clip, coupled, peepholes, lengths, initialHidden, initialCell,
            output, lastHidden, lastCell);

    /// <summary>
    /// Gated recurrent unit, with gates in the order z, r, h: <c>z = f(…)</c>, <c>r = f(…)</c>, <c>h = g(…)</c>,
    /// <c>H = (1 - z)·h + z·H'</c>, where the dots are products with the input and with the state before, and their biases; that of h and
    /// the state is a product with <c>r·H'</c>, or multiplied by r afterwards.
    /// </summary>
    /// <param name="shape">The sizes and the direction.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="f">The function of the gates z and r.</param>
    /// <param name="g">The function of the gate h.</param>
    /// <param name="input"><c>[steps, batch, input]</c>.</param>
    /// <param name="scratch">
    /// Floats: <c>batch · hidden · (3 · steps + 3)</c>, and for weights that are not packed <c>3 · p · (input + hidden + 2)</c> more, where
    /// p is hidden rounded up to a multiple of 16.
    /// </param>
    /// <param name="clip">Arguments of f and g are brought between <c>-clip</c> and this; infinity for no bound.</param>
    /// <param name="resetLast">The gate r multiplies the product of the state, with its bias, instead of the state.</param>
    /// <param name="lengths">The steps of each sequence; empty where all have all steps.</param>
    /// <param name="initialHidden"><c>[directions, batch, hidden]</c>; empty for zeros.</param>
    /// <param name="output"><c>[steps, directions, batch, hidden]</c>: the hidden states, zero beyond a sequence's end; empty where nobody
    /// asks.</param>
    /// <param name="lastHidden"><c>[directions, batch, hidden]</c>: each sequence's last; empty where nobody asks.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape, or a sequence's length is none.</exception>
    public static void Gru(
        in RecurrentShape shape, in RecurrentWeights weights, RecurrentActivation f, RecurrentActivation g, ReadOnlySpan<float> input,
        Span<byte> scratch, float clip = float.PositiveInfinity, bool resetLast = false, ReadOnlySpan<int> lengths = default,
        ReadOnlySpan<float> initialHidden = default, Span<float> output = default, Span<float> lastHidden = default) =>
        Gru(
            KernelTable.Current, shape, weights, f, g, input, scratch, clip, resetLast, lengths, initialHidden, output, lastHidden);

    /// <summary>
    /// The simple cell: <c>H = f(…)</c>, where the dots are products with the input and with the state before, and their biases.
    /// </summary>
    /// <param name="shape">The sizes and the direction.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="f">The function.</param>
    /// <param name="input"><c>[steps, batch, input]</c>.</param>
    /// <param name="scratch">
    /// Floats: <c>batch · hidden · (steps + 3)</c>, and for weights that are not packed <c>p · (input + hidden + 2)</c> more, where
    /// p is hidden rounded up to a multiple of 16.
    /// </param>
    /// <param name="clip">Arguments of f are brought between <c>-clip</c> and this; infinity for no bound.</param>
    /// <param name="lengths">The steps of each sequence; empty where all have all steps.</param>
    /// <param name="initialHidden"><c>[directions, batch, hidden]</c>; empty for zeros.</param>
    /// <param name="output"><c>[steps, directions, batch, hidden]</c>: the hidden states, zero beyond a sequence's end; empty where nobody
    /// asks.</param>
    /// <param name="lastHidden"><c>[directions, batch, hidden]</c>: each sequence's last; empty where nobody asks.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape, or a sequence's length is none.</exception>
    public static void Simple(
        in RecurrentShape shape, in RecurrentWeights weights, RecurrentActivation f, ReadOnlySpan<float> input, Span<byte> scratch,
        float clip = float.PositiveInfinity, ReadOnlySpan<int> lengths = default, ReadOnlySpan<float> initialHidden = default,
        Span<float> output = default, Span<float> lastHidden = default) =>
        Simple(KernelTable.Current, shape, weights, f, input, scratch, clip, lengths, initialHidden, output, lastHidden);

    internal static void Lstm(
        KernelTable kernels, in RecurrentShape shape, in RecurrentWeights weights, RecurrentActivation f, RecurrentActivation g,
        RecurrentActivation h, ReadOnlySpan<float> input, Span<byte> scratch, float clip = float.PositiveInfinity, bool coupled = false,
        ReadOnlySpan<float> peepholes = default, ReadOnlySpan<int> lengths = default, ReadOnlySpan<float> initialHidden = default,
        ReadOnlySpan<float> initialCell = default, Span<float> output = default, Span<float> lastHidden = default,
        Span<float> lastCell = default)
    {
        CheckOutput(shape, output);
        SpanGuard.Length(
            peepholes.Length, peepholes.IsEmpty ? 0 : Extent.Product(shape.Directions, 3, shape.HiddenSize), nameof(peepholes));
        var gates = new GateProducts(kernels, shape, LstmGates, weights, input, scratch);
        int length = (int)shape.StateLength;
        var hidden = new RecurrentState(shape, gates.Rest[..length], lengths, initialHidden, lastHidden, "Hidden");
        var cell = new RecurrentState(shape, gates.Rest.Slice(length, length), lengths, initialCell, lastCell, "Cell");
        Span<float> temporary = gates.Rest.Slice(2 * length, length);
        var peephole = new Peepholes(shape, peepholes, temporary);
        for (int n = 0; n < shape.Steps; n++)
        {
            int step = Step(shape, n);
            gates.AddState(0, LstmGates, step, hidden.Current);
            Span<float> i = gates.Gate(0, step);
            Span<float> o = gates.Gate(1, step);
            Span<float> forget = gates.Gate(2, step);
            Span<float> c = gates.Gate(3, step);
            peephole.AddTo(i, 0, cell.Current);
            f.Apply(i, clip);
            if (coupled)
            {
                RecurrentActivation.Complement(i, forget);
            }
            else
            {
                peephole.AddTo(forget, 2, cell.Current);
                f.Apply(forget, clip);
            }

            g.Apply(c, clip);
            Arithmetic.Multiply(forget, cell.Current, forget);
            Arithmetic.Multiply(i, c, i);
            Span<float> next = forget;
            Arithmetic.Add(forget, i, next);
            peephole.AddTo(o, 1, next);
            f.Apply(o, clip);
            h.Apply(next, c);
            Arithmetic.Multiply(o, c, o);
            cell.Advance(step, next, default);
            hidden.Advance(step, o, output);
        }

        hidden.Finish();
        cell.Finish();
    }

    internal static void Gru(
        KernelTable kernels, in RecurrentShape shape, in RecurrentWeights weights, RecurrentActivation f, RecurrentActivation g,
        ReadOnlySpan<float> input, Span<byte> scratch, float clip = float.PositiveInfinity, bool resetLast = false,
        ReadOnlySpan<int> lengths = default, ReadOnlySpan<float> initialHidden = default, Span<float> output = default,
        Span<float> lastHidden = default)
    {
        const int Hidden = 2;
        CheckOutput(shape, output);
        var gates = new GateProducts(kernels, shape, GruGates, weights, input, scratch);
        int length = (int)shape.StateLength;
        var hidden = new RecurrentState(shape, gates.Rest[..length], lengths, initialHidden, lastHidden, "Hidden");
        Span<float> temporary = gates.Rest.Slice(length, length);
        for (int n = 0; n < shape.Steps; n++)
        {
            int step = Step(shape, n);
            gates.AddState(0, Hidden, step, hidden.Current);
            Span<float> z = gates.Gate(0, step);
            Span<float> r = gates.Gate(1, step);
            Span<float> next = gates.Gate(Hidden, step);
            f.Apply(r, clip);
            if (resetLast)
            {
                gates.OfState(Hidden, hidden.Current, temporary);
                Arithmetic.Multiply(r, temporary, temporary);
                Arithmetic.Add(next, temporary, next);
            }
            else
            {
                Arithmetic.Multiply(r, hidden.Current, temporary);
                gates.AddState(Hidden, 1, step, temporary);
            }

            g.Apply(next, clip);
            f.Apply(z, clip);
            Arithmetic.Multiply(z, hidden.Current, temporary);
            RecurrentActivation.Complement(z, z);
            Arithmetic.Multiply(z, next, next);
            Arithmetic.Add(next, temporary, next);
            hidden.Advance(step, next, output);
        }

        hidden.Finish();
    }

    internal static void Simple(
        KernelTable kernels, in RecurrentShape shape, in RecurrentWeights weights, RecurrentActivation f, ReadOnlySpan<float> input,
        Span<byte> scratch, float clip = float.PositiveInfinity, ReadOnlySpan<int> lengths = default,
        ReadOnlySpan<float> initialHidden = default, Span<float> output = default, Span<float> lastHidden = default)
    {
        CheckOutput(shape, output);
        var gates = new GateProducts(kernels, shape, SimpleGates, weights, input, scratch);
        var hidden = new RecurrentState(
            shape, gates.Rest[..(int)shape.StateLength], lengths, initialHidden, lastHidden, "Hidden");
        for (int n = 0; n < shape.Steps; n++)
        {
            int step = Step(shape, n);
            gates.AddState(0, SimpleGates, step, hidden.Current);
            Span<float> next = gates.Gate(0, step);
            f.Apply(next, clip);
            hidden.Advance(step, next, output);
        }

        hidden.Finish();
    }

    /// <summary>The step that comes as the <paramref name="n"/>th.</summary>
    private static int Step(in RecurrentShape shape, int n) => shape.IsReverse ? shape.Steps - 1 - n : n;

    private static void CheckOutput(in RecurrentShape shape, Span<float> output) =>
        SpanGuard.Length(
            output.Length, output.IsEmpty ? 0 : Extent.Product(shape.Steps, shape.Directions, shape.StateLength), nameof(output));

    /// <summary>What LSTM's gates see of the cell's state itself.</summary>
    private readonly ref struct Peepholes(RecurrentShape shape, ReadOnlySpan<float> weights, Span<float> temporary)
    {
        private readonly int _hidden = shape.HiddenSize;
        private readonly ReadOnlySpan<float> _weights =
            weights.IsEmpty ? weights : weights.Slice(shape.Direction * 3 * shape.HiddenSize, 3 * shape.HiddenSize);

        private readonly Span<float> _temporary = temporary;

        /// <summary>Adds the state of all sequences, times the weights at <paramref name="index"/>, to a gate.</summary>
        public void AddTo(Span<float> gate, int index, ReadOnlySpan<float> cell)
        {
            if (_weights.IsEmpty)
            {
                return;
            }

            ReadOnlySpan<float> weights = _weights.Slice(index * _hidden, _hidden);
            for (int row = 0; row < cell.Length; row += _hidden)
            {
                Arithmetic.Multiply(cell.Slice(row, _hidden), weights, _temporary.Slice(row, _hidden));
            }

            Arithmetic.Add(gate, _temporary, gate);
        }
    }
}
