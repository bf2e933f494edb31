using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The matrix products of a recurrent layer's gates. Those with the input do not wait for anything and are done for all steps at once;
/// every step adds what comes from the state. Each gate has its own memory, so that whatever follows runs over all sequences in one go.
/// </summary>
internal readonly ref struct GateProducts
{
    private readonly KernelTable _kernels;
    private readonly RecurrentShape _shape;
    private readonly int _gates;
    private readonly Span<float> _sums;
    private readonly ReadOnlySpan<float> _recurrent;
    private readonly ReadOnlySpan<float> _bias;

    /// <summary>Multiplies the inputs of all steps.</summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="shape">The sizes and the direction.</param>
    /// <param name="gates">How many gates there are.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="input"><c>[steps, batch, input]</c>.</param>
    /// <param name="scratch">As <see cref="RecurrentShape.ScratchBytes"/> says. What is left of it is <see cref="Rest"/>.</param>
    public GateProducts(
        KernelTable kernels, in RecurrentShape shape, int gates, in RecurrentWeights weights, ReadOnlySpan<float> input,
        Span<byte> scratch)
    {
        SpanGuard.Length(input.Length, Extent.Product(shape.Steps, shape.Batch, shape.InputSize), nameof(input));
        SpanGuard.AtLeast(scratch.Length, shape.ScratchBytes(gates, weights.IsPacked), nameof(scratch));
        _kernels = kernels;
        _shape = shape;
        _gates = gates;
        Span<float> memory = MemoryMarshal.Cast<byte, float>(scratch);
        _sums = Take(ref memory, gates * shape.Steps * (int)shape.StateLength);
        ReadOnlySpan<float> packed;
        if (weights.IsPacked)
        {
            packed = weights.Input;
            _recurrent = weights.Recurrent;
            _bias = weights.Bias;
        }
        else
        {
            packed = Pack(shape, gates, weights.Input, shape.InputProduct, "weights.input", ref memory);
            _recurrent = Pack(shape, gates, weights.Recurrent, shape.RecurrentProduct, "weights.recurrent", ref memory);
            _bias = PadBias(shape, gates, weights.Bias, ref memory);
        }

        Rest = memory;
        GemmShape product = shape.InputProduct;
        int panels = WeightPacking.MatrixFloat32Length(product);
        SpanGuard.Length(packed.Length, (long)gates * panels, "weights.input");
        SpanGuard.Length(_recurrent.Length, (long)gates * RecurrentPanels, "weights.recurrent");
        SpanGuard.Length(_bias.Length, 2L * gates * product.PaddedColumns, "weights.bias");
        for (int gate = 0; gate < gates; gate++)
        {
            var store = FloatEpilogue.Store(
                Bias(gate), float.NegativeInfinity, float.PositiveInfinity,
                _sums.Slice(gate * (int)product.OutputLength, (int)product.OutputLength));
            Gemm.Float32(kernels, product, input, packed.Slice(gate * panels, panels), store);
        }
    }

    /// <summary>The memory behind what the products take: the states and a temporary.</summary>
    public Span<float> Rest { get; }

    private int RecurrentPanels => WeightPacking.MatrixFloat32Length(_shape.RecurrentProduct);

    /// <summary>A gate of all sequences at a step: <c>[batch, hidden]</c>.</summary>
    public Span<float> Gate(int gate, int step)
    {
        int length = (int)_shape.StateLength;
        return _sums.Slice(((gate * _shape.Steps) + step) * length, length);
    }

    /// <summary>Adds to a gate what comes from the state, and gives it.</summary>
    public Span<float> AddState(int gate, int step, ReadOnlySpan<float> state)
    {
        Span<float> sums = Gate(gate, step);
        Multiply(gate, state, FloatEpilogue.AddAndStore(
            Bias(_gates + gate), sums, float.NegativeInfinity, float.PositiveInfinity, sums));
        return sums;
    }

    /// <summary>Only what comes from the state, with its bias.</summary>
    public void OfState(int gate, ReadOnlySpan<float> state, Span<float> output) =>
        Multiply(gate, state, FloatEpilogue.Store(
            Bias(_gates + gate), float.NegativeInfinity, float.PositiveInfinity, output));

    private void Multiply(int gate, ReadOnlySpan<float> state, in FloatEpilogue epilogue) =>
        Gemm.Float32(
            _kernels, _shape.RecurrentProduct, state, _recurrent.Slice(gate * RecurrentPanels, RecurrentPanels), epilogue);

    private ReadOnlySpan<float> Bias(int index)
    {
        int length = _shape.RecurrentProduct.PaddedColumns;
        return _bias.Slice(index * length, length);
    }

    private static Span<float> Pack(
        scoped in RecurrentShape shape, int gates, ReadOnlySpan<float> weights, scoped in GemmShape product, string name,
        scoped ref Span<float> memory)
    {
        int length = checked(gates * (int)product.RightLength);
        SpanGuard.Length(weights.Length, Extent.Product(shape.Directions, length), name);
        Span<float> packed = Take(ref memory, gates * WeightPacking.MatrixFloat32Length(product));
        WeightPacking.PackGates(weights.Slice(shape.Direction * length, length), gates, product, packed);
        return packed;
    }

    private static Span<float> PadBias(
        scoped in RecurrentShape shape, int gates, ReadOnlySpan<float> bias, scoped ref Span<float> memory)
    {
        int hidden = shape.HiddenSize;
        int length = 2 * gates * hidden;
        int pitch = shape.RecurrentProduct.PaddedColumns;
        SpanGuard.Length(bias.Length, bias.IsEmpty ? 0 : Extent.Product(shape.Directions, length), "weights.bias");
        Span<float> padded = Take(ref memory, 2 * gates * pitch);
        padded.Clear();
        for (int gate = 0; gate < 2 * gates && !bias.IsEmpty; gate++)
        {
            bias.Slice((shape.Direction * length) + (gate * hidden), hidden).CopyTo(padded[(gate * pitch)..]);
        }

        return padded;
    }

    private static Span<float> Take(scoped ref Span<float> memory, int length)
    {
        Span<float> taken = memory[..length];
        memory = memory[length..];
        return taken;
    }
}
