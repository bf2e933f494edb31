using System.Runtime.Intrinsics.X86;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// What an x64 processor says of itself (CPUID), and which tier follows: not by the checks that the kernels are chosen with.
/// </summary>
internal static class CpuFeatures
{
    /// <summary>The switch that forbids machine code of our own.</summary>
    public const string MachineCode = "MachineCode";

    /// <summary>The tier that has to be chosen, or null where there is no CPUID.</summary>
    /// <param name="switches">What the runtime is told to do without, such as <c>EnableAVX2</c>; several with blanks between them.</param>
    public static Tier? BestTier(string switches = "")
    {
        if (!X86Base.IsSupported)
        {
            return null;
        }

        string[] off = switches.Split(' ');
        (int Eax, int Ebx, int Ecx, int Edx) basic = X86Base.CpuId(1, 0);
        (int Eax, int Ebx, int Ecx, int Edx) extended = X86Base.CpuId(0, 0).Eax >= 7 ? X86Base.CpuId(7, 0) : default;
        int more = extended.Eax >= 1 ? X86Base.CpuId(7, 1).Eax : 0;

        bool hasSse41 = !IsOff("EnableHWIntrinsic") && !IsOff("EnableSSE42") && Has(basic.Ecx, 19);
        bool hasAvx2 = hasSse41 && !IsOff("EnableAVX2") && Has(basic.Ecx, 12) && Has(extended.Ebx, 5);
        bool hasVnni = hasAvx2 && !IsOff("EnableAVXVNNI") && Has(more, 4);
        bool hasAvx512 = hasAvx2 && !IsOff("EnableAVX512")
            && Has(extended.Ebx, 16) && Has(extended.Ebx, 17) && Has(extended.Ebx, 30) && Has(extended.Ebx, 31);
        bool hasVnni512 = hasSse41 && !IsOff(MachineCode) && Has(extended.Ebx, 16) && Has(extended.Ecx, 11);
        bool hasCode = hasSse41 && !IsOff(MachineCode) && Has(basic.Ecx, 12) && Has(extended.Ebx, 5);
        return hasVnni512 ? Tier.Vnni512
            : hasVnni ? hasAvx512 ? Tier.Avx512Vnni : Tier.AvxVnni
            : hasCode ? Tier.CodeAvx2
            : hasAvx512 ? Tier.Avx512
            : hasAvx2 ? Tier.Avx2
            : hasSse41 ? Tier.Sse41
            : Tier.Scalar;

        bool IsOff(string name) => off.Contains(name);
    }

    private static bool Has(int register, int bit) => (register & (1 << bit)) != 0;
}
