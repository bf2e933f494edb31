using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime;

/// <summary>The right to use an arena until it is disposed: typed windows into 64-byte aligned memory that is not cleared.</summary>
/// <remarks>
/// Offsets are in bytes and lengths in elements. The windows must not be used after <see cref="Dispose"/>; disposing twice is harmless.
/// </remarks>
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

    /// <summary>A window of bytes.</summary>
    /// <param name="offset">Where it begins, in bytes.</param>
    /// <param name="length">How many elements it has.</param>
    /// <returns>The window; its contents are unspecified until they are written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The window is not inside the rented bytes.</exception>
    /// <exception cref="ObjectDisposedException">The lease has been disposed.</exception>
    public Span<byte> UInt8(long offset, long length) => Window<byte>(offset, length);

    /// <summary>A window of signed bytes.</summary>
    /// <inheritdoc cref="UInt8"/>
    public Span<sbyte> Int8(long offset, long length) => Window<sbyte>(offset, length);

    /// <summary>A window of unsigned 16-bit integers.</summary>
    /// <inheritdoc cref="UInt8"/>
    public Span<ushort> UInt16(long offset, long length) => Window<ushort>(offset, length);

    /// <summary>A window of signed 16-bit integers.</summary>
    /// <inheritdoc cref="UInt8"/>
    public Span<short> Int16(long offset, long length) => Window<short>(offset, length);

    /// <summary>A window of signed 32-bit integers.</summary>
    /// <inheritdoc cref="UInt8"/>
    public Span<int> Int32(long offset, long length) => Window<int>(offset, length);

    /// <summary>A window of signed 64-bit integers.</summary>
    /// <inheritdoc cref="UInt8"/>
    public Span<long> Int64(long offset, long length) => Window<long>(offset, length);

    /// <summary>A window of half precision numbers.</summary>
    /// <inheritdoc cref="UInt8"/>
    public Span<Half> Float16(long offset, long length) => Window<Half>(offset, length);

    /// <summary>A window of single precision numbers.</summary>
    /// <inheritdoc cref="UInt8"/>
    public Span<float> Float32(long offset, long length) => Window<float>(offset, length);

    /// <summary>A window of double precision numbers.</summary>
    /// <inheritdoc cref="UInt8"/>
    public Span<double> Float64(long offset, long length) => Window<double>(offset, length);

    /// <summary>Gives the arena back to its pool.</summary>
    public void Dispose()
    {
        if (_arena is not null && _arena.Close(_version))
        {
            _pool.Return(_arena);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<T> Window<T>(long offset, long length)
        where T : unmanaged
    {
        if (_arena is null || _arena.Version != _version)
        {
            ThrowDisposed();
        }

        // Neither comparison can wrap around: a length is at most int.MaxValue.
        if (offset < 0 || (ulong)length > int.MaxValue || offset > _bytes - (length * Unsafe.SizeOf<T>()))
        {
            ThrowOutside(offset, length, Unsafe.SizeOf<T>());
        }

        return MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref Unsafe.Add(ref _arena.First, (nint)offset)), (int)length);
    }

    [DoesNotReturn]
    private static void ThrowDisposed() => throw new ObjectDisposedException(nameof(ArenaLease));

    [DoesNotReturn]
    private void ThrowOutside(long offset, long length, int elementSize) =>
        throw new ArgumentOutOfRangeException(
            nameof(offset), $"{length} elements of {elementSize} bytes at {offset} are not inside the {_bytes} bytes of the lease.");
}
