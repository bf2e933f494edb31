using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Four pixels on Arm64: bytes widened to 32 bits, and <c>mla</c>. Any values; held to <see cref="SparseScalar"/> by the sparse cases of
/// <c>TierTests</c> and <c>Arm64Tests</c>.
/// </summary>
internal readonly unsafe struct SparseAdvSimd(Vector128<int> sums) : ISparseLanes<SparseAdvSimd, Vector128<int>, SparseAdvSimd.Quads>
{
    private readonly Vector128<int> _sums = sums;

    public static int Count => Vector128<int>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAdvSimd Broadcast(int bias) => new(Vector128.Create(bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadWeights(sbyte* weights) => Vector128.Create(weights[0], weights[1], weights[2], (int)weights[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quads LoadInput(byte* input)
    {
        Vector128<uint> quads = Vector128.Load((uint*)input);
        Vector128<uint> low = Vector128.Create(0xFFu);
        return new(
            (quads & low).AsInt32(), ((quads >> 8) & low).AsInt32(), ((quads >> 16) & low).AsInt32(), (quads >> 24).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAdvSimd MultiplyAdd(SparseAdvSimd sums, Quads input, Vector128<int> weights)
    {
        Vector128<int> sum = AdvSimd.MultiplyAddBySelectedScalar(sums._sums, input.First, weights, 0);
        sum = AdvSimd.MultiplyAddBySelectedScalar(sum, input.Second, weights, 1);
        sum = AdvSimd.MultiplyAddBySelectedScalar(sum, input.Third, weights, 2);
        return new(AdvSimd.MultiplyAddBySelectedScalar(sum, input.Fourth, weights, 3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(SparseAdvSimd sums, int* target) => sums._sums.Store(target);

    /// <summary>The bytes of four quads, the first of each, the second, …</summary>
    internal readonly struct Quads(Vector128<int> first, Vector128<int> second, Vector128<int> third, Vector128<int> fourth)
    {
        public readonly Vector128<int> First = first;
        public readonly Vector128<int> Second = second;
        public readonly Vector128<int> Third = third;
        public readonly Vector128<int> Fourth = fourth;
    }
}
