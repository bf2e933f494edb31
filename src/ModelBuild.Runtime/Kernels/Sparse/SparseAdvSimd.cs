using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Four pixels on Arm64: bytes widened to 32 bits, and <c>mla</c>. Any values; held to <see cref="SparseScalar"/> by the sparse cases of
/// <c>TierTests</c> and <c>Arm64Tests</c>.
/// </summary>
internal readonly unsafe struct SparseAdvSimd(Vector128<int> sums) : ISparseLanes<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>
{
    private readonly Vector128<int> _sums = sums;

    public static int Count => Vector128<int>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAdvSimd Broadcast(int bias) => new(Vector128.Create(bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quads LoadWeights(sbyte* weights) => new(
        Vector128.Create((int)weights[0]), Vector128.Create((int)weights[1]), Vector128.Create((int)weights[2]),
        Vector128.Create((int)weights[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quads LoadOwnWeights(sbyte* weights)
    {
        Vector128<int> quads = Vector128.Load((int*)weights);
        return new((quads << 24) >> 24, (quads << 16) >> 24, (quads << 8) >> 24, quads >> 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quads LoadInput(byte* input) => Split(Vector128.Load((uint*)input));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quads Gather(byte* input, byte* lanes)
    {
        return Split(Vector128.Create(At(lanes[0]), At(lanes[1]), At(lanes[2]), At(lanes[3])));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        uint At(int lane) => *(uint*)(input + (lane * WeightPacking.QuadLength));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAdvSimd MultiplyAdd(SparseAdvSimd sums, Quads input, Quads weights)
    {
        Vector128<int> sum = AdvSimd.MultiplyAdd(sums._sums, input.First, weights.First);
        sum = AdvSimd.MultiplyAdd(sum, input.Second, weights.Second);
        sum = AdvSimd.MultiplyAdd(sum, input.Third, weights.Third);
        return new(AdvSimd.MultiplyAdd(sum, input.Fourth, weights.Fourth));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(SparseAdvSimd sums, int* target) => sums._sums.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quads Split(Vector128<uint> quads)
    {
        Vector128<uint> low = Vector128.Create(0xFFu);
        return new(
            (quads & low).AsInt32(), ((quads >> 8) & low).AsInt32(), ((quads >> 16) & low).AsInt32(), (quads >> 24).AsInt32());
    }

    /// <summary>The bytes of four quads, the first of each, the second, …</summary>
    internal readonly struct Quads(Vector128<int> first, Vector128<int> second, Vector128<int> third, Vector128<int> fourth)
    {
        public readonly Vector128<int> First = first;
        public readonly Vector128<int> Second = second;
        public readonly Vector128<int> Third = third;
        public readonly Vector128<int> Fourth = fourth;
    }
}
