using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Bytes on AVX-512 without AVX-VNNI (Skylake-X, Ice Lake, Zen 4, whose 512-bit VNNI .NET 10 does not expose): as
/// <see cref="UInt8Avx2"/>, twice as wide.
/// </summary>
internal readonly unsafe struct UInt8Avx512(Vector512<int> value) : IMicroKernelStep<UInt8Avx512, UInt8Avx512.Pairs, UInt8Avx512.Pairs>
{
    private readonly Vector512<int> _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8Avx512 Load(byte* bias) => new(Vector512.Load((int*)bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadWeights(byte* weights, nint panelStep)
    {
        Vector512<short> quads = Vector512.Load((short*)weights);
        return new((quads << 8) >> 8, quads >> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pairs LoadInput(byte* input)
    {
        Vector512<short> quads = Vector512.Create(*(int*)input).AsInt16();
        return new(quads & Vector512.Create((short)0x00FF), quads >>> 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8Avx512 MultiplyAdd(UInt8Avx512 accumulators, Pairs input, Pairs weights)
        => new(accumulators._value
            + (Wide.MultiplyAddAdjacent(input.Even, weights.Even) + Wide.MultiplyAddAdjacent(input.Odd, weights.Odd)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8Avx512 Add(UInt8Avx512 left, UInt8Avx512 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(UInt8Avx512 accumulators, byte* target) => accumulators._value.Store((int*)target);

    /// <summary>Quads of bytes as 16-bit pairs: bytes 0 and 2, bytes 1 and 3.</summary>
    internal readonly struct Pairs(Vector512<short> even, Vector512<short> odd)
    {
        public readonly Vector512<short> Even = even;
        public readonly Vector512<short> Odd = odd;
    }
}
