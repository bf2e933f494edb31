using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Int32 of floats that are whole numbers in its range.</summary>
/// <remarks>
/// By an instruction that has a name: <see cref="Vector256.ConvertToInt32Native"/> leaves open what it does beyond the range, and so is a
/// call where code is compiled before it ships.
/// </remarks>
internal static class Truncation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ToInt32(Vector128<float> value) =>
        Sse2.IsSupported ? Sse2.ConvertToVector128Int32WithTruncation(value)
        : AdvSimd.IsSupported ? AdvSimd.ConvertToInt32RoundToZero(value)
        : Vector128.ConvertToInt32Native(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ToInt32(Vector256<float> value) =>
        Avx.IsSupported ? Avx.ConvertToVector256Int32WithTruncation(value) : Vector256.ConvertToInt32Native(value);
}
