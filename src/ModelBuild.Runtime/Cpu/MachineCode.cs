using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Cpu;

/// <summary>
/// What machine code of our own may use. The runtime's checks answer for code that the runtime compiles, ahead of time perhaps and for
/// another processor; so the processor and the system are asked themselves.
/// </summary>
internal static unsafe class MachineCode
{
    // Intel's Software Developer's Manual, volume 1, section 15.2: AVX-512 needs the state of XMM, YMM, opmask and both parts of ZMM.
    private const ulong StateOfAvx512 = 0xE6;
    private const int OsXSave = 27;
    private const int Avx512F = 16;
    private const int Avx512Bw = 30;
    private const int Avx512Vl = 31;
    private const int Avx512Vnni = 11;

    /// <summary>Whether <c>vpdpbusd</c> can be executed in 512 bits, and what stands around it: AVX-512 F, BW and VL.</summary>
    public static bool HasVnni512 { get; } = X86Base.X64.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && Has(X86Base.CpuId(1, 0).Ecx, OsXSave) && ExecutableMemory.IsAllowed
        && IsVnni512(X86Base.CpuId(7, 0).Ebx, X86Base.CpuId(7, 0).Ecx, EnabledState());

    /// <summary>The same of what CPUID says in leaf 7, and of the registers that the system keeps for each thread (XCR0).</summary>
    public static bool IsVnni512(int ebx, int ecx, ulong enabledState) =>
        Has(ebx, Avx512F) && Has(ebx, Avx512Bw) && Has(ebx, Avx512Vl) && Has(ecx, Avx512Vnni)
        && (enabledState & StateOfAvx512) == StateOfAvx512;

    private static bool Has(int register, int bit) => (register & (1 << bit)) != 0;

    /// <summary>XCR0, or nothing where that cannot be asked.</summary>
    private static ulong EnabledState()
    {
        var assembler = new Assembler();
        assembler.ReturnEnabledState();
        byte* code = ExecutableMemory.Map(assembler.ToArray());
        return code is null ? 0 : ((delegate* unmanaged[SuppressGCTransition]<ulong>)code)();
    }
}
