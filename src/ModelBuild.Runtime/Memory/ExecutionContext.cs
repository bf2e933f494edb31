using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime;

/// <summary>What one call of a model works with: every generated step is given it.</summary>
/// <remarks>
/// For generated code. It holds the working memory of the call and lives as long as the lease on it.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct ExecutionContext
{
    private readonly ArenaLease _arena;

    /// <summary>Makes the context of a call.</summary>
    /// <param name="arena">The working memory. The caller disposes of the lease when the call is over.</param>
    /// <param name="threads">How many threads may work on the call, as in <see cref="ModelOptions.Threads"/>.</param>
    public ExecutionContext(ArenaLease arena, int threads = 1)
    {
        _arena = arena;
        Threads = threads;
    }

    /// <summary>How many threads may work on an operator that is worth it, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>A window into the working memory.</summary>
    /// <inheritdoc cref="ArenaLease.Span{T}(long, long)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Span<T>(long offset, long length) => _arena.Span<T>(offset, length);

    /// <summary>A window into a region of the working memory that <see cref="Grow"/> has added.</summary>
    /// <inheritdoc cref="ArenaLease.Span{T}(int, long, long)"/>
    public Span<T> Span<T>(int region, long offset, long length) => _arena.Span<T>(region, offset, length);

    /// <inheritdoc cref="ArenaLease.Grow"/>
    public void Grow(int region, long bytes, bool keep = false) => _arena.Grow(region, bytes, keep);
}
