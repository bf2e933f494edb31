using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Eight pixels on AVX-VNNI: <c>vpdpbusd</c>. Any values; held to <see cref="SparseScalar"/> by the sparse cases of <c>TierTests</c>.
/// </summary>
internal readonly unsafe struct SparseAvxVnni(Vector256<int> sums) : ISparseLanes<SparseAvxVnni, Vector256<sbyte>, Vector256<byte>>
{
    private readonly Vector256<int> _sums = sums;

    public static int Count => Vector256<int>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAvxVnni Broadcast(int bias) => new(Vector256.Create(bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> LoadWeights(sbyte* weights) => Avx2.BroadcastScalarToVector256((int*)weights).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadInput(byte* input) => Vector256.Load(input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<sbyte> LoadOwnWeights(sbyte* weights) => Vector256.Load(weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Gather(byte* input, byte* lanes) => SparseWindow.Choose(input, lanes).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAvxVnni MultiplyAdd(SparseAvxVnni sums, Vector256<byte> input, Vector256<sbyte> weights) =>
        new(Wide.MultiplyWideningAndAdd(sums._sums, input, weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(SparseAvxVnni sums, int* target) => sums._sums.Store(target);
}
