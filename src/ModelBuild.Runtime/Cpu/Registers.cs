using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Cpu;

/// <summary>What there is beyond AVX2, and whether loops over the widest registers pay.</summary>
/// <remarks>
/// Fields, where the framework has constants: code that is compiled before it ships is compiled for AVX2, and a method that asks for more
/// is compiled anew on every processor that has more. So only this class asks, and loops over 512 bits are methods of their own, which the
/// just-in-time compiler compiles when they are first called: where there is enough to do, or in the long run.
/// </remarks>
internal static class Registers
{
    private const uint ManyElements = 1024;

    private const uint RegisterOfFloats = 16;

    /// <summary>As many short rows take a millisecond or more, which is what the loops take to be compiled.</summary>
    private const int RowsOfStart = 20_000;

    private static int s_rowsAtStart;

    /// <summary>
    /// Elements of a row, or channels side by side, from which on loops over 512 bits are called: many in a process that has just begun to
    /// run precompiled code, because these loops are still to be compiled.
    /// </summary>
    public static nuint FewestFor512 { get; private set; } = Precompiled.IsUsed ? ManyElements : RegisterOfFloats;

    /// <summary>Whether the processor has registers of 512 bits that are not slower than those of 256.</summary>
    public static bool Have512 { get; } = Vector512.IsHardwareAccelerated;

    /// <summary>x64: AVX-512 F, BW, DQ and VL.</summary>
    public static bool HaveAvx512 { get; } = Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported;

    /// <summary>x64: dot products of bytes in 256-bit registers.</summary>
    public static bool HaveAvxVnni { get; } = AvxVnni.IsSupported;

    /// <summary>Whether a loop over 512 bits is called for so many elements of a row, or channels side by side.</summary>
    public static bool Are512For(nuint elements) => Have512 && (elements >= FewestFor512 || IsStartOver(elements));

    /// <summary>From now on speed counts, and not what there is to compile.</summary>
    public static void EndStart() => FewestFor512 = RegisterOfFloats;

    /// <summary>
    /// Heavy kernels end the start when they have been called often. A network without them has asked here often by then, for rows that are
    /// long enough.
    /// </summary>
    private static bool IsStartOver(nuint elements)
    {
        // Threads that come at the same time may count wrong: all loops give the same results.
        if (elements < RegisterOfFloats || ++s_rowsAtStart < RowsOfStart)
        {
            return false;
        }

        EndStart();
        return true;
    }
}
