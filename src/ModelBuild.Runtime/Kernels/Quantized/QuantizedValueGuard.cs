using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The checks of codes and scales at the entry of a kernel; <see cref="SpanGuard"/> has those of lengths.</summary>
internal static class QuantizedValueGuard
{
    /// <summary>A zero point or a bound of a clamp: a code from 0 to 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Code(int code, [CallerArgumentExpression(nameof(code))] string? name = null)
    {
        if ((uint)code > byte.MaxValue)
        {
            ThrowNotCode(code, name);
        }
    }

    /// <summary>A zero point of 16-bit codes: from 0 to 65535.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WideCode(int code, [CallerArgumentExpression(nameof(code))] string? name = null)
    {
        if ((uint)code > ushort.MaxValue)
        {
            ThrowNotWideCode(code, name);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Range(int minimum, int maximum)
    {
        Code(minimum);
        Code(maximum);
        if (minimum > maximum)
        {
            ThrowRange(minimum, maximum);
        }
    }

    /// <summary>A scale: positive and finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(float scale, [CallerArgumentExpression(nameof(scale))] string? name = null)
    {
        if (!(scale > 0 && float.IsFinite(scale)))
        {
            ThrowNotScale(scale, name);
        }
    }

    [DoesNotReturn]
    private static void ThrowNotCode(int code, string? name) =>
        throw new ArgumentOutOfRangeException(name, code, "An 8-bit code is from 0 to 255.");

    [DoesNotReturn]
    private static void ThrowNotWideCode(int code, string? name) =>
        throw new ArgumentOutOfRangeException(name, code, "A 16-bit code is from 0 to 65535.");

    [DoesNotReturn]
    private static void ThrowRange(int minimum, int maximum) =>
        throw new ArgumentException($"The minimum {minimum} is above the maximum {maximum}.", nameof(minimum));

    [DoesNotReturn]
    private static void ThrowNotScale(float scale, string? name) =>
        throw new ArgumentOutOfRangeException(name, scale, "A scale is positive and finite.");
}
