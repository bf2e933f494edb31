using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Cpu;

/// <summary>What there is beyond AVX2, and whether loops over the widest registers pay.</summary>
/// <remarks>
/// Fields, where the framework has constants: code that is compiled before it ships is compiled for AVX2, and a method that asks for more
/// is compiled anew on every processor that has more. So only this class asks, and loops over 512 bits are methods of their own, which the
/// just-in-time compiler compiles when they are first called: where there is enough to do.
/// </remarks>
internal static class Registers
{
    /// <summary>Elements of a row from which on loops over 512 bits pay.</summary>
    public const int LongRow = 1024;

    /// <summary>The same where a row is summed, one sum waiting for the other.</summary>
    public const int LongSum = 256;

    /// <summary>The same of channels that lie side by side.</summary>
    public const int ManyChannels = 256;

    /// <summary>Whether the processor has registers of 512 bits that are not slower than those of 256.</summary>
    public static bool Have512 { get; } = Vector512.IsHardwareAccelerated;

    /// <summary>x64: AVX-512 F, BW, DQ and VL.</summary>
    public static bool HaveAvx512 { get; } = Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported;

    /// <summary>x64: dot products of bytes in 256-bit registers.</summary>
    public static bool HaveAvxVnni { get; } = AvxVnni.IsSupported;
}
