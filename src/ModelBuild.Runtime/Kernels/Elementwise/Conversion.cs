using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Conversions to and from float32 (ONNX: Cast), rounded to nearest, halves to even.</summary>
/// <remarks>All methods are thread-safe and allocate nothing. The output is as long as the input; they must not overlap.</remarks>
public static class Conversion
{
    /// <summary>Converts unsigned 8-bit integers; exact.</summary>
    /// <param name="input">The numbers to convert.</param>
    /// <param name="output">The numbers as float32.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void UInt8ToFloat32(ReadOnlySpan<byte> input, Span<float> output) =>
        Elementwise.Apply(default(IdentityOperator), input, output);

    /// <summary>Converts signed 8-bit integers; exact.</summary>
    /// <inheritdoc cref="UInt8ToFloat32"/>
    public static void Int8ToFloat32(ReadOnlySpan<sbyte> input, Span<float> output) =>
        Elementwise.Apply(default(IdentityOperator), input, output);

    /// <summary>Converts 32-bit integers.</summary>
    /// <inheritdoc cref="UInt8ToFloat32"/>
    public static void Int32ToFloat32(ReadOnlySpan<int> input, Span<float> output) =>
        Elementwise.Apply(default(IdentityOperator), input, output);

    /// <summary>Converts 64-bit integers.</summary>
    /// <inheritdoc cref="UInt8ToFloat32"/>
    public static void Int64ToFloat32(ReadOnlySpan<long> input, Span<float> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = input[i];
        }
    }

    /// <summary>Converts double precision; what is too large becomes infinite.</summary>
    /// <inheritdoc cref="UInt8ToFloat32"/>
    public static void Float64ToFloat32(ReadOnlySpan<double> input, Span<float> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = (float)input[i];
        }
    }

    /// <summary>Converts half precision; exact.</summary>
    /// <inheritdoc cref="UInt8ToFloat32"/>
    public static void Float16ToFloat32(ReadOnlySpan<Half> input, Span<float> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = (float)input[i];
        }
    }

    /// <summary>Converts truth values: 1 for true, 0 for false.</summary>
    /// <inheritdoc cref="UInt8ToFloat32"/>
    public static void BoolToFloat32(ReadOnlySpan<bool> input, Span<float> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = input[i] ? 1 : 0;
        }
    }

    /// <summary>Converts float32 to double precision; exact.</summary>
    /// <param name="input">The numbers to convert.</param>
    /// <param name="output">The numbers as float64.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Float32ToFloat64(ReadOnlySpan<float> input, Span<double> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = input[i];
        }
    }

    private readonly struct IdentityOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => value;
    }
}
