using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime;

/// <summary>
/// The instances of generic methods that generated classes call. Nobody calls this: it is here so that they are compiled before this
/// assembly ships, and not in every application.
/// </summary>
internal static class PrecompiledInstances
{
    /// <summary>Not optimized, because a call that is inlined leaves no method behind.</summary>
    [MethodImpl(MethodImplOptions.NoOptimization)]
    public static void OfGeneratedClasses(ModelWeights weights, ExecutionContext context, ArenaLease lease)
    {
        weights.Span<byte>(0, 0);
        weights.Span<sbyte>(0, 0);
        weights.Span<short>(0, 0);
        weights.Span<ushort>(0, 0);
        weights.Span<int>(0, 0);
        weights.Span<uint>(0, 0);
        weights.Span<long>(0, 0);
        weights.Span<ulong>(0, 0);
        weights.Span<float>(0, 0);
        weights.Span<double>(0, 0);
        weights.Span<bool>(0, 0);
        context.Span<byte>(0, 0);
        context.Span<sbyte>(0, 0);
        context.Span<short>(0, 0);
        context.Span<ushort>(0, 0);
        context.Span<int>(0, 0);
        context.Span<uint>(0, 0);
        context.Span<long>(0, 0);
        context.Span<ulong>(0, 0);
        context.Span<float>(0, 0);
        context.Span<double>(0, 0);
        context.Span<bool>(0, 0);
        context.Span<byte>(0, 0, 0);
        context.Span<sbyte>(0, 0, 0);
        context.Span<int>(0, 0, 0);
        context.Span<long>(0, 0, 0);
        context.Span<float>(0, 0, 0);
        context.Span<double>(0, 0, 0);
        context.Span<bool>(0, 0, 0);
        lease.Span<byte>(0, 0);
        lease.Span<float>(0, 0);
    }
}
