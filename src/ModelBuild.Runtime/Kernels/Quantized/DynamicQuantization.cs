using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Codes whose scale and zero point are found in the numbers themselves: 255 steps from the smallest to the largest of a row, zero among
/// them, so that real zero is a code. Results are identical on every processor.
/// </summary>
internal static class DynamicQuantization
{
    /// <summary>A row of nothing but zeros has a scale all the same.</summary>
    private const float SmallestScale = 1.17549435e-38f;

    /// <summary>Scale and zero point of a row. NaN or infinity in it make the scale NaN or infinite, and so all that comes of it.</summary>
    /// <param name="row">At least one number.</param>
    public static RowParameters Parameters(ReadOnlySpan<float> row)
    {
        float low = Extremes.Minimum(row);
        float high = Extremes.Maximum(row);
        low = low > 0 ? 0 : low;
        high = high < 0 ? 0 : high;
        float scale = (high - low) * (1f / byte.MaxValue);
        scale = scale < SmallestScale ? SmallestScale : scale;
        float zeroPoint = -MathF.Round(low / scale);
        return new RowParameters(scale, float.IsNaN(zeroPoint) ? 0 : zeroPoint);
    }

    /// <summary><c>codes[i] = clamp(round(row[i] / scale) + zeroPoint, 0, 255)</c>, halves to even.</summary>
    public static void Quantize(ReadOnlySpan<float> row, RowParameters parameters, Span<byte> codes) =>
        Elementwise.Apply(new Quantization.QuantizeOperator(parameters.Scale, parameters.ZeroPoint), row, codes);

    /// <summary>
    /// <c>output[c] = clamp(((float)accumulators[c] - zeroPoint · sums[c]) · scale · scales[c] + bias[c], minimum, maximum)</c>, every
    /// operation rounded by itself in the order written.
    /// </summary>
    public static void Dequantize(
        ReadOnlySpan<int> accumulators, RowParameters parameters, in ChannelParameters channels, float minimum, float maximum,
        Span<float> output)
    {
        var row = new AccumulatorRow(parameters, channels, minimum, maximum);
        ref int x = ref MemoryMarshal.GetReference(accumulators);
        ref float y = ref MemoryMarshal.GetReference(output);
        nuint length = (uint)accumulators.Length;
        nuint i = 0;
        if (Registers.Are512For(length))
        {
            i = row.Dequantize<Float32x16>(ref x, ref y, i, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            i = row.Dequantize<Float32x8>(ref x, ref y, i, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            i = row.Dequantize<Float32x4>(ref x, ref y, i, length);
        }

        row.Dequantize<Float32x1>(ref x, ref y, i, length);
    }

    private readonly ref struct AccumulatorRow(
        RowParameters parameters, ChannelParameters channels, float minimum, float maximum)
    {
        private readonly RowParameters _parameters = parameters;
        private readonly ref readonly float _sums = ref MemoryMarshal.GetReference(channels.Sums);
        private readonly ref readonly float _scales = ref MemoryMarshal.GetReference(channels.Scales);
        private readonly ref readonly float _bias = ref MemoryMarshal.GetReference(channels.Bias);
        private readonly float _minimum = minimum;
        private readonly float _maximum = maximum;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public nuint Dequantize<TLanes>(ref int accumulators, ref float output, nuint i, nuint length)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes scale = TLanes.Broadcast(_parameters.Scale);
            TLanes zeroPoint = TLanes.Broadcast(_parameters.ZeroPoint);
            TLanes low = TLanes.Broadcast(_minimum);
            TLanes high = TLanes.Broadcast(_maximum);
            for (; i + TLanes.Count <= length; i += TLanes.Count)
            {
                TLanes sum = TLanes.Load(ref accumulators, i) - (zeroPoint * TLanes.Load(in _sums, i));
                TLanes value = (sum * scale * TLanes.Load(in _scales, i)) + TLanes.Load(in _bias, i);
                value = TLanes.WhereLess(value, low, low, value);
                TLanes.WhereLess(high, value, high, value).Store(ref output, i);
            }

            return i;
        }
    }
}

/// <summary>How the codes of a row are read: <c>(code - ZeroPoint) · Scale</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct RowParameters(float Scale, float ZeroPoint)
{
    /// <summary>Where machine code finds the scale.</summary>
    public const int ScaleOffset = 0;

    /// <summary>Where it finds the zero point.</summary>
    public const int ZeroPointOffset = sizeof(float);
}
