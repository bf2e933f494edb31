using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Cpu;

/// <summary>
/// What machine code of our own may use. The runtime's checks answer for code that the runtime compiles, ahead of time perhaps and for
/// another processor; so the processor and the system are asked themselves.
/// </summary>
internal static unsafe class MachineCode
{
    // Intel's Software Developer's Manual, volume 1, sections 14.3 and 15.2: AVX needs the state of XMM and YMM,
    // AVX-512 that of opmask and both parts of ZMM besides.
    private const ulong StateOfAvx512 = 0xE6;
    private const ulong StateOfAvx = 0x6;
    private const int OsXSave = 27;
    private const int Avx = 28;
    private const int Fma = 12;
    private const int Avx2 = 5;
    private const int Avx512F = 16;
    private const int Avx512Bw = 30;
    private const int Avx512Vl = 31;
    private const int Avx512Vnni = 11;

    private static readonly ulong s_enabledState =
        X86Base.X64.IsSupported && Has(X86Base.CpuId(1, 0).Ecx, OsXSave) && ExecutableMemory.IsAllowed ? EnabledState() : 0;

    /// <summary>Whether AVX2 and FMA can be executed.</summary>
    public static bool HasAvx2 { get; } =
        s_enabledState != 0 && IsAvx2(X86Base.CpuId(1, 0).Ecx, Leaf7.Ebx, s_enabledState);

    /// <summary>Whether <c>vpdpbusd</c> can be executed in 512 bits, and what stands around it: AVX-512 F, BW and VL.</summary>
    public static bool HasVnni512 { get; } = s_enabledState != 0 && IsVnni512(Leaf7.Ebx, Leaf7.Ecx, s_enabledState);

    private static (int Eax, int Ebx, int Ecx, int Edx) Leaf7 => X86Base.CpuId(0, 0).Eax >= 7 ? X86Base.CpuId(7, 0) : default;

    /// <summary>
    /// The same of what CPUID says in the leaves 1 and 7, and of the registers that the system keeps for each thread (XCR0).
    /// </summary>
    public static bool IsAvx2(int ecx, int ebx, ulong enabledState) =>
        Has(ecx, Avx) && Has(ecx, Fma) && Has(ebx, Avx2) && (enabledState & StateOfAvx) == StateOfAvx;

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
