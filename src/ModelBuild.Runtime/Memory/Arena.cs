using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime;

/// <summary>Pinned memory that begins at a multiple of 64 bytes, which is a cache line and the widest register.</summary>
internal sealed class Arena
{
    /// <summary>Pinned. Counted in lines where more bytes are needed than an array has.</summary>
    private readonly Array _memory;


    /// <summary>Memory for what only the run knows the size of, by the number of the region.</summary>
    private Arena?[] _regions = [];

    /// <summary>Odd while the arena is rented; every lease knows the number it was made with.</summary>
    private int _version;

    public unsafe Arena(long length)
    {
        Length = length;
        _memory = length <= Array.MaxLength - Line.Size
            ? GC.AllocateUninitializedArray<byte>((int)length + Line.Size, pinned: true) : Lines(length);
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        Pointer = (byte*)((address + Line.Size - 1) / Line.Size * Line.Size);
    }

    /// <summary>How many bytes there are, without the regions that were added.</summary>
    public long Length { get; }

    /// <summary>How many bytes there are with all regions.</summary>
    public long TotalLength
    {
        get
        {
            long length = Length;
            foreach (Arena? region in _regions)
            {
                length += region?.TotalLength ?? 0;
            }

            return length;
        }
    }

    /// <summary>The first byte.</summary>
    public unsafe ref byte First
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref *Pointer;
    }

    /// <summary>The same as a pointer, for as long as the arena is referenced.</summary>
    public unsafe byte* Pointer { get; }

    /// <summary>When it was given back, in the time of <see cref="Environment.TickCount64"/>.</summary>
    public long IdleSince { get; private set; }

    /// <summary>How many full collections there had been when it was given back.</summary>
    public int IdleSinceCollection { get; private set; }

    /// <summary>The number of the lease that holds the arena now.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Makes room for a region.</summary>
    /// <param name="region">Its number, from 1.</param>
    /// <param name="bytes">What it needs at least.</param>
    /// <param name="keep">
    /// Whether what is in it stays. It is then made twice as large at least, so that growing by a little again and again costs little.
    /// </param>
    public void Grow(int region, long bytes, bool keep)
    {
        if (_regions.Length <= region)
        {
            Array.Resize(ref _regions, region + 1);
        }

        Arena? current = _regions[region];
        if (keep && current is not null)
        {
            if (current.Length < bytes)
            {
                var larger = new Arena(long.Max(bytes, 2 * current.Length));
                current.CopyTo(larger);
                _regions[region] = larger;
            }
        }
        else if (current is null || current.Length < bytes || current.Length > ArenaPool.Most(bytes))
        {
            _regions[region] = null;
            _regions[region] = new Arena(bytes);
        }
    }

    /// <summary>A region that <see cref="Grow"/> has made.</summary>
    public Arena Region(int region) => _regions[region]!;

    private static Line[] Lines(long length) =>
        GC.AllocateUninitializedArray<Line>(checked((int)(((length + Line.Size - 1) / Line.Size) + 1)), pinned: true);

    /// <summary>Copies all bytes to the beginning of a larger arena.</summary>
    private void CopyTo(Arena larger)
    {
        // A span has at most as many bytes as an int counts.
        const int Part = 1 << 30;
        for (long start = 0; start < Length; start += Part)
        {
            int length = (int)long.Min(Part, Length - start);
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref First, (nint)start), length)
                .CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref larger.First, (nint)start), length));
        }
    }

    /// <summary>Begins a lease and returns its number. The caller is the only one who has the arena.</summary>
    public int Open() => ++_version;

    /// <summary>Ends a lease; false when it was over already.</summary>
    public bool Close(int version) => Interlocked.CompareExchange(ref _version, version + 1, version) == version;

    /// <summary>Notes that nobody uses it from now on.</summary>
    public void Rest(long now)
    {
        IdleSince = now;
        IdleSinceCollection = GC.CollectionCount(2);
    }

    [StructLayout(LayoutKind.Sequential, Size = Size)]
    private readonly struct Line
    {
        public const int Size = 64;
    }
}
