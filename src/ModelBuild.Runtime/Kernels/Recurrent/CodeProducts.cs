using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Products of rows of floats with the int8 weights of some gates at once, by integers: <see cref="DynamicGemm"/> whose columns are gates,
/// each with memory of its own.
/// </summary>
internal readonly ref struct CodeProducts
{
    /// <summary>Rows that are in work at once: a multiple of what every micro-kernel takes.</summary>
    private const int Block = 48;

    private readonly KernelTable _kernels;
    private readonly bool _isShared;
    private readonly int _hidden;
    private readonly Span<byte> _codes;
    private readonly Span<int> _accumulators;
    private readonly Span<int> _noBias;

    /// <param name="kernels">The kernels.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="gates">How many gates there are.</param>
    /// <param name="isShared">Whether all rows of a product have one scale.</param>
    /// <param name="scratch">As <see cref="ScratchBytes"/> says.</param>
    public CodeProducts(KernelTable kernels, in RecurrentShape shape, int gates, bool isShared, Span<byte> scratch)
    {
        _kernels = kernels;
        _isShared = isShared;
        _hidden = shape.HiddenSize;
        int columns = gates * shape.RecurrentProduct.PaddedColumns;
        _codes = scratch[..(Block * Step(int.Max(shape.InputSize, shape.HiddenSize)))];
        Span<int> integers = MemoryMarshal.Cast<byte, int>(scratch[_codes.Length..]);
        _accumulators = integers[..(Block * columns)];
        _noBias = integers.Slice(_accumulators.Length, columns);
        _noBias.Clear();
    }

    /// <summary>The scratch memory: codes and accumulators of a block of rows, and a row of zeros.</summary>
    public static long ScratchBytes(in RecurrentShape shape, int gates) => checked(
        (Block * (long)Step(int.Max(shape.InputSize, shape.HiddenSize)))
            + ((Block + 1) * sizeof(int) * (long)gates * shape.RecurrentProduct.PaddedColumns));

    /// <summary>
    /// <c>output[g, r, c] = (Σ (code[r, i] - z[r]) · weights[g, c, i]) · s[r] · scales[g, c] + bias</c>, where the bias is a channel's, or
    /// what the output has had so far.
    /// </summary>
    /// <param name="inner">Elements of a row.</param>
    /// <param name="input">Rows.</param>
    /// <param name="known">How all codes of the rows are read; a scale of 0 where the rows say so.</param>
    /// <param name="weights">Of as many gates as there are, packed.</param>
    /// <param name="channels">Of these gates.</param>
    /// <param name="gates">How many.</param>
    /// <param name="adds">Whether the output is added to.</param>
    /// <param name="output">The first gate's output, and those of the next ones behind it.</param>
    /// <param name="stride">From a gate to the next.</param>
    public void Multiply(
        int inner, ReadOnlySpan<float> input, RowParameters known, ReadOnlySpan<sbyte> weights, in ChannelParameters channels, int gates,
        bool adds, Span<float> output, int stride)
    {
        int rows = input.Length / inner;
        int step = Step(inner);
        int panels = _noBias.Length == 0 ? 0 : ConvolutionShape.RoundUp(_hidden, WeightPacking.PanelWidth);
        int columns = gates * panels;
        bool isShared = _isShared || known.Scale != 0;
        RowParameters shared = known.Scale == 0 && isShared && rows > 0 ? DynamicQuantization.Parameters(input) : known;
        Span<RowParameters> parameters = stackalloc RowParameters[Block];
        for (int first = 0; first < rows; first += Block)
        {
            int count = int.Min(Block, rows - first);
            for (int r = 0; r < count; r++)
            {
                ReadOnlySpan<float> row = input.Slice((first + r) * inner, inner);
                parameters[r] = isShared ? shared : DynamicQuantization.Parameters(row);
                Span<byte> target = _codes.Slice(r * step, step);
                DynamicQuantization.Quantize(row, parameters[r], target[..inner]);
                target[inner..].Clear();
            }

            Gemm.UInt8(
                _kernels, new GemmShape(count, step, columns), _codes[..(count * step)], weights,
                Epilogue.ToInt32(_noBias[..columns], _accumulators[..(count * columns)]), default);
            for (int gate = 0; gate < gates; gate++)
            {
                for (int r = 0; r < count; r++)
                {
                    int start = gate * panels;
                    Span<float> result = output.Slice((gate * stride) + ((first + r) * _hidden), _hidden);
                    DynamicQuantization.Dequantize(
                        _accumulators.Slice((r * columns) + start, _hidden), parameters[r],
                        new ChannelParameters(
                            channels.Sums.Slice(start, _hidden), channels.Scales.Slice(start, _hidden),
                            adds ? result : channels.Bias.Slice(start, _hidden)),
                        float.NegativeInfinity, float.PositiveInfinity, result);
                }
            }
        }
    }

    /// <summary>Micro-kernels read quads; the weights behind the last column are zero.</summary>
    private static int Step(int inner) => ConvolutionShape.RoundUp(inner, WeightPacking.QuadLength);
}
