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
    private readonly RecurrentCodes _codes;
    private readonly CodeProducts _products;

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
        long bytes = shape.ScratchBytes(gates, weights.IsPacked) + (weights.Codes.IsUsed ? CodeProducts.ScratchBytes(shape, gates) : 0);
        SpanGuard.AtLeast(scratch.Length, bytes, nameof(scratch));
        _kernels = kernels;
        _shape = shape;
        _gates = gates;
        Span<float> memory = MemoryMarshal.Cast<byte, float>(scratch);
        _sums = Take(ref memory, gates * shape.Steps * (int)shape.StateLength);
        ReadOnlySpan<float> packed;
        if (weights.Codes.IsUsed)
        {
            int states = 3 * (int)shape.StateLength;
            Rest = memory[..states];
            _codes = weights.Codes;
            _products = new CodeProducts(kernels, shape, gates, _codes.IsShared, MemoryMarshal.AsBytes(memory[states..]));
            CheckCodes(shape, gates, _codes);
            _products.Multiply(
                shape.InputSize, input, _codes.InputParameters, _codes.Input, _codes.InputChannels, gates, adds: false, _sums,
                shape.Steps * (int)shape.StateLength);
            return;
        }

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

    /// <summary>Adds to some gates what comes from the state.</summary>
    public void AddState(int first, int count, int step, ReadOnlySpan<float> state)
    {
        if (_codes.IsUsed)
        {
            int length = (int)_shape.StateLength;
            Multiply(first, count, state, adds: true, _sums[(((first * _shape.Steps) + step) * length)..], _shape.Steps * length);
            return;
        }

        for (int gate = first; gate < first + count; gate++)
        {
            Span<float> sums = Gate(gate, step);
            Multiply(gate, state, FloatEpilogue.AddAndStore(
                Bias(_gates + gate), sums, float.NegativeInfinity, float.PositiveInfinity, sums));
        }
    }

    /// <summary>Only what comes from the state, with its bias.</summary>
    public void OfState(int gate, ReadOnlySpan<float> state, Span<float> output)
    {
        if (_codes.IsUsed)
        {
            Multiply(gate, 1, state, adds: false, output, output.Length);
            return;
        }

        Multiply(gate, state, FloatEpilogue.Store(
            Bias(_gates + gate), float.NegativeInfinity, float.PositiveInfinity, output));
    }

    private void Multiply(int first, int count, ReadOnlySpan<float> state, bool adds, Span<float> output, int stride)
    {
        GemmShape product = _shape.RecurrentProduct;
        int panels = WeightPacking.MatrixInt8Length(product);
        int columns = product.PaddedColumns;
        ChannelParameters all = _codes.RecurrentChannels;
        var channels = new ChannelParameters(
            all.Sums.Slice(first * columns, count * columns), all.Scales.Slice(first * columns, count * columns),
            all.Bias.Slice(first * columns, count * columns));
        _products.Multiply(
            _shape.HiddenSize, state, _codes.StateParameters, _codes.Recurrent.Slice(first * panels, count * panels), channels, count,
            adds, output, stride);
    }

    private static void CheckCodes(in RecurrentShape shape, int gates, in RecurrentCodes codes)
    {
        SpanGuard.Length(codes.Input.Length, (long)gates * WeightPacking.MatrixInt8Length(shape.InputProduct), "weights.input");
        SpanGuard.Length(codes.Recurrent.Length, (long)gates * WeightPacking.MatrixInt8Length(shape.RecurrentProduct), "weights.recurrent");
        codes.InputChannels.Validate(gates * shape.RecurrentProduct.PaddedColumns);
        codes.RecurrentChannels.Validate(gates * shape.RecurrentProduct.PaddedColumns);
    }

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
