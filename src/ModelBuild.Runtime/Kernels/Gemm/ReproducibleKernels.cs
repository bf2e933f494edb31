using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The kernels of this processor, but with float sums that are the same bits on every processor: each output adds its products one after
/// the other, in the order of the taps and channels, every product and every sum rounded by itself. That is what
/// <see cref="ScalarMicroKernels"/> computes; outputs lie in the lanes, so that the width of a register does not show.
/// </summary>
/// <remarks>
/// The compiler calibrates with them, because what it writes must not depend on the machine that it ran on. An application computes with
/// <see cref="KernelTable.Current"/>, which may fuse and regroup, and is about twice as fast.
/// </remarks>
internal static unsafe class ReproducibleKernels
{
    /// <summary>In the widest registers of this processor, up to 256 bits.</summary>
    public static KernelTable Table { get; } =
        Vector256.IsHardwareAccelerated ? WithRegistersOf8()
        : Vector128.IsHardwareAccelerated ? WithRegistersOf4()
        : KernelTable.For(Cpu.Tier.Scalar);

    /// <summary>In registers of 256 bits, which code emulates where the processor has none.</summary>
    internal static KernelTable WithRegistersOf8() => With(
        MicroKernels<OrderedFloat32x8, OrderedFloat32x8, Vector256<float>>.UpTo6InOrder, DepthwiseFloat32Kernels<OrderedFloat32x8>.Table);

    /// <summary>In registers of 128 bits.</summary>
    internal static KernelTable WithRegistersOf4() => With(
        MicroKernels<OrderedFloat32x4, OrderedFloat32x4, Vector128<float>>.UpTo6InOrder, DepthwiseFloat32Kernels<OrderedFloat32x4>.Table);

    /// <summary>Integer kernels and epilogues are the same to the bit on every tier.</summary>
    private static KernelTable With(
        delegate*<MicroKernelArguments*, void>[] float32, delegate*<MicroKernelArguments*, void>[] depthwiseFloat32) => new()
    {
        Float32 = float32,
        DepthwiseFloat32 = depthwiseFloat32,
        UInt8 = KernelTable.Current.UInt8,
        PairUInt8 = KernelTable.Current.PairUInt8,
        DepthwiseUInt8 = KernelTable.Current.DepthwiseUInt8,
        Sparse = KernelTable.Current.Sparse,
        Epilogues = KernelTable.Current.Epilogues,
    };
}
