using System.Runtime;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Cpu;

/// <summary>Whether this assembly is one that was compiled before it shipped, and its code is used.</summary>
/// <remarks>
/// The package has such assemblies for the common systems and processors; elsewhere, and on a processor that lacks what they were compiled
/// for, the runtime takes the same assembly without that code, and says so to nobody. So a method is called for the first time: either the
/// just-in-time compiler had something to do then, or not.
/// </remarks>
internal static class Precompiled
{
    /// <summary>False where nothing is compiled at run time at all.</summary>
    public static bool IsUsed { get; } = RuntimeFeature.IsDynamicCodeCompiled && IsProbeUsed();

    private static bool IsProbeUsed()
    {
        long before = JitInfo.GetCompiledMethodCount(currentThread: true);
        Probe();
        return JitInfo.GetCompiledMethodCount(currentThread: true) == before;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Probe()
    {
    }
}
