using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <content>The loop of functions that are computed in float64, over numbers of that type or of float32.</content>
internal static partial class Elementwise
{
    /// <summary><c>output[i] = function(input[i])</c>, rounded once where the numbers are float32.</summary>
    public static void ApplyReal<TFunction, T>(ReadOnlySpan<T> input, Span<T> output)
        where TFunction : struct, IRealFunction =>
        ApplyReal(default(RealFunctions.Total<TFunction>), input, output);

    /// <summary><c>output[i] = operation(input[i])</c>, rounded once where the numbers are float32.</summary>
    public static void ApplyReal<TOperator, T>(TOperator operation, ReadOnlySpan<T> input, Span<T> output)
        where TOperator : struct, IRealOperator
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        ref T x = ref MemoryMarshal.GetReference(input);
        ref T y = ref MemoryMarshal.GetReference(output);
        nuint length = (uint)input.Length;
        nuint i = 0;
        if (Registers.Are512For(length))
        {
            i = RealLoop<TOperator, T, Float64x8>(operation, ref x, ref y, i, length);
        }

        if (Vector256.IsHardwareAccelerated && length - i >= Float64x4.Count)
        {
            i = RealLoop<TOperator, T, Float64x4>(operation, ref x, ref y, i, length);
        }

        if (Vector128.IsHardwareAccelerated && length - i >= Float64x2.Count)
        {
            i = RealLoop<TOperator, T, Float64x2>(operation, ref x, ref y, i, length);
        }

        OneByOne(operation, ref x, ref y, i, length);
    }

    /// <inheritdoc cref="Loop{TOperator, TInput, TOutput, TLanes}(TOperator, ref TInput, ref TOutput, nuint, nuint)"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static nuint RealLoop<TOperator, T, TLanes>(TOperator operation, ref T input, ref T output, nuint i, nuint length)
        where TOperator : struct, IRealOperator
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        for (; i + TLanes.Count <= length; i += TLanes.Count)
        {
            TLanes value = TLanes.Load(ref input, i);
            if (operation.Takes(value))
            {
                operation.Invoke(value).Store(ref output, i);
            }
            else
            {
                OneByOne(operation, ref input, ref output, i, i + TLanes.Count);
            }
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void OneByOne<TOperator, T>(TOperator operation, ref T input, ref T output, nuint i, nuint end)
        where TOperator : struct, IRealOperator
    {
        for (; i < end; i++)
        {
            new Float64x1(operation.Invoke(Float64x1.Load(ref input, i).Value)).Store(ref output, i);
        }
    }
}
