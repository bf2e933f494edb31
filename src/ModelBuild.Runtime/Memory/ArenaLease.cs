using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime;

/// <summary>The right to use an arena until it is disposed: typed windows into 64-byte aligned memory that is not cleared.</summary>
/// <remarks>
/// For generated code. The windows must not be used after <see cref="Dispose"/>; disposing twice is harmless.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct ArenaLease : IDisposable
{
    private readonly ArenaPool _pool;
    private readonly Arena _arena;
    private readonly long _bytes;
    private readonly int _version;

    internal ArenaLease(ArenaPool pool, Arena arena, long bytes)
    {
        _pool = pool;
        _arena = arena;
        _bytes = bytes;
        _version = arena.Open();
    }

    /// <summary>A window into the arena.</summary>
    /// <typeparam name="T">What the window has elements of.</typeparam>
    /// <param name="offset">Where it begins, in bytes.</param>
    /// <param name="length">How many elements it has.</param>
    /// <returns>The window; its contents are unspecified until they are written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The window is not inside the rented bytes.</exception>
    /// <exception cref="ObjectDisposedException">The lease has been disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Span<T>(long offset, long length)
    {
        CheckOpen();
        return Window<T>(_arena, _bytes, offset, length);
    }

    /// <summary>A window into a region that <see cref="Grow"/> has added.</summary>
    /// <typeparam name="T">What the window has elements of.</typeparam>
    /// <param name="region">The number of the region.</param>
    /// <param name="offset">Where it begins, in bytes from the start of the region.</param>
    /// <param name="length">How many elements it has.</param>
    /// <returns>The window; its contents are unspecified until they are written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The window is not inside the region.</exception>
    /// <exception cref="ObjectDisposedException">The lease has been disposed.</exception>
    public Span<T> Span<T>(int region, long offset, long length)
    {
        CheckOpen();
        Arena memory = _arena.Region(region);
        return Window<T>(memory, memory.Length, offset, length);
    }

    /// <summary>Adds memory whose size has become known during the call. The pool keeps it with the arena.</summary>
    /// <param name="region">The number of the region, from 1.</param>
    /// <param name="bytes">How many bytes it needs, 0 or more.</param>
    /// <param name="keep">Whether what the region holds from earlier in this call stays in it.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    /// <exception cref="ObjectDisposedException">The lease has been disposed.</exception>
    public void Grow(int region, long bytes, bool keep = false)
    {
        CheckOpen();
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _arena.Grow(region, bytes, keep);
    }

    /// <summary>Gives the arena back to its pool.</summary>
    public void Dispose()
    {
        if (_arena is not null && _arena.Close(_version))
        {
            _pool.Return(_arena);
        }
    }

    /// <remarks>The constructor of the span throws where the type has references, so that no constraint has to forbid them: code that is
    /// compiled before it ships has no instances over types of the framework of generic methods with constraints.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Span<T> Window<T>(Arena memory, long bytes, long offset, long length)
    {
        // Neither comparison can wrap around: a length is at most int.MaxValue.
        if (offset < 0 || (ulong)length > int.MaxValue || offset > bytes - (length * Unsafe.SizeOf<T>()))
        {
            ThrowOutside(offset, length, Unsafe.SizeOf<T>(), bytes);
        }

        return new Span<T>(memory.Pointer + offset, (int)length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CheckOpen()
    {
        if (_arena is null || _arena.Version != _version)
        {
            ThrowDisposed();
        }
    }

    [DoesNotReturn]
    private static void ThrowDisposed() => throw new ObjectDisposedException(nameof(ArenaLease));

    [DoesNotReturn]
    private static void ThrowOutside(long offset, long length, int elementSize, long bytes) =>
        throw new ArgumentOutOfRangeException(
            nameof(offset), $"{length} elements of {elementSize} bytes at {offset} are not inside the {bytes} bytes of the lease.");
}
