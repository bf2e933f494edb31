using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Chooses quads from a window of 32 on AVX2: four registers, of each of which <c>vpermps</c> gives every lane one.</summary>
internal static unsafe class SparseWindow
{
    /// <summary>What eight lanes ask for.</summary>
    /// <param name="window">32 quads.</param>
    /// <param name="lanes">Eight numbers of quads, 0 to 31.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Choose(byte* window, byte* lanes)
    {
        const int SignBit = 31;
        const int Bytes = 32;
        Vector256<int> index = Avx2.ConvertToVector256Int32(lanes);
        Vector256<float> bit3 = Avx2.ShiftLeftLogical(index, SignBit - 3).AsSingle();
        Vector256<float> bit4 = Avx2.ShiftLeftLogical(index, SignBit - 4).AsSingle();
        Vector256<float> low = Avx.BlendVariable(Quads(0), Quads(1), bit3);
        Vector256<float> high = Avx.BlendVariable(Quads(2), Quads(3), bit3);
        return Avx.BlendVariable(low, high, bit4).AsInt32();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<float> Quads(int register) =>
            Avx2.PermuteVar8x32(Vector256.Load((float*)(window + (register * Bytes))), index);
    }
}
