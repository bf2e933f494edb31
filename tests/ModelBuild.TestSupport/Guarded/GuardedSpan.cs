using System.Runtime.InteropServices;

namespace ModelBuild.TestSupport;

/// <summary>
/// Memory that ends where an inaccessible page begins, so that reading or writing one element too far ends the process rather than
/// passing unnoticed. In front of it lie canaries. Outside Linux canaries lie on both sides and reading too far is not noticed.
/// </summary>
internal sealed unsafe class GuardedSpan<T> : IDisposable
    where T : unmanaged
{
    private const int CanaryBytes = 64;
    private const byte Canary = 0xA5;

    private readonly byte* _mapping;
    private readonly nuint _mappingLength;
    private readonly byte* _start;
    private readonly int _length;

    public GuardedSpan(int length)
    {
        _length = length;
        nuint bytes = (nuint)length * (nuint)sizeof(T);
        nuint page = (nuint)Environment.SystemPageSize;
        if (OperatingSystem.IsLinux())
        {
            nuint accessible = (bytes + CanaryBytes + page - 1) / page * page;
            _mappingLength = accessible + page;
            _mapping = Native.Map(_mappingLength);
            Native.Forbid(_mapping + accessible, page);
            _start = _mapping + accessible - bytes;
        }
        else
        {
            _mapping = (byte*)NativeMemory.Alloc(bytes + (2 * CanaryBytes));
            _start = _mapping + CanaryBytes;
            new Span<byte>(_start + bytes, CanaryBytes).Fill(Canary);
        }

        new Span<byte>(_start - CanaryBytes, CanaryBytes).Fill(Canary);

        // Kernels must not rely on cleared memory.
        new Span<byte>(_start, (int)bytes).Fill(0xEE);
    }

    public GuardedSpan(ReadOnlySpan<T> values)
        : this(values.Length)
    {
        values.CopyTo(Span);
    }

    public Span<T> Span => new(_start, _length);

    /// <summary>Throws if something was written around the span.</summary>
    public void Verify()
    {
        bool intact = new ReadOnlySpan<byte>(_start - CanaryBytes, CanaryBytes).IndexOfAnyExcept(Canary) < 0
            && (_mappingLength != 0 || new ReadOnlySpan<byte>(_start + (_length * sizeof(T)), CanaryBytes).IndexOfAnyExcept(Canary) < 0);
        if (!intact)
        {
            throw new CheckFailedException("Memory around a span was overwritten.");
        }
    }

    public void Dispose()
    {
        if (_mappingLength != 0)
        {
            Native.Unmap(_mapping, _mappingLength);
        }
        else
        {
            NativeMemory.Free(_mapping);
        }
    }
}

/// <summary>The three calls of the C library that make a guard page. Their constants are those of Linux on x64 and Arm64.</summary>
internal static unsafe partial class Native
{
    private const int ProtectNone = 0;
    private const int ProtectReadWrite = 1 | 2;
    private const int MapPrivateAnonymous = 0x02 | 0x20;

    public static byte* Map(nuint length)
    {
        nint address = MapMemory(0, length, ProtectReadWrite, MapPrivateAnonymous, -1, 0);
        return address == -1 ? throw new InvalidOperationException("mmap failed.") : (byte*)address;
    }

    public static void Forbid(byte* address, nuint length)
    {
        if (ProtectMemory((nint)address, length, ProtectNone) != 0)
        {
            throw new InvalidOperationException("mprotect failed.");
        }
    }

    public static void Unmap(byte* address, nuint length) => _ = UnmapMemory((nint)address, length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapMemory(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int ProtectMemory(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapMemory(nint address, nuint length);
}
