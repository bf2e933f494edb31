using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Compiler.Tests.Support;

/// <summary>
/// A theory on what happens without some instructions: its first argument is .NET's switch for them. Skipped where the processor has none.
/// </summary>
internal sealed class InstructionsTheoryAttribute : SkippingTheoryAttribute
{
    public override string? ReasonToSkip(object?[] row)
    {
        string instructions = (string)row[0]!;
        bool isThere = instructions switch
        {
            "EnableAVX512" => Avx512F.IsSupported,
            "EnableAVX2" => Avx2.IsSupported,
            _ => Vector128.IsHardwareAccelerated,
        };
        return isThere ? null : $"Nothing changes without {instructions}: this processor has no such instructions.";
    }
}
