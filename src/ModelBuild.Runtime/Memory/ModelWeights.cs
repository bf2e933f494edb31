using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime;

/// <summary>
/// The constants of a model, packed at build for the kernels: a blob that the assembly carries as a resource, or a file beside it.
/// </summary>
/// <remarks>
/// A blob is a header of 64 bytes (<c>MODELBW1</c>, format version, three counts, the SHA-256 of what follows), then raw bytes that are
/// used as they are, then half precision numbers that are widened once, here, then constants of codes that are expanded once, here. Offsets
/// count bytes from the first raw byte on; the widened and the expanded numbers follow as float32. All of this may be compressed
/// (<see cref="CompressedWeights"/>), but for raw bytes that would not become fewer. Immutable, hence thread-safe. For generated code.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ModelWeights
{
    /// <summary>Pinned memory of our own, or null where the blob is used in place.</summary>
    private readonly Arena? _arena;

    /// <summary>The blob in place, and what keeps it mapped.</summary>
    private readonly unsafe byte* _mapped;
    private readonly object? _owner;

    /// <summary>How many of the first bytes are used in place; those behind them are in the arena.</summary>
    private readonly long _inPlace;

    private unsafe ModelWeights(Arena? arena, byte* mapped, long inPlace, object? owner, long length)
    {
        _arena = arena;
        _mapped = mapped;
        _inPlace = inPlace;
        _owner = owner;
        Length = length;
    }

    /// <summary>How many bytes there are, with halves widened and codes expanded.</summary>
    public long Length { get; }

    /// <summary>Loads the weights from a resource of an assembly.</summary>
    /// <param name="assembly">The assembly that holds the generated class.</param>
    /// <param name="resource">The name of the resource.</param>
    /// <param name="length">The length of the resource in bytes, header included, as the build wrote it.</param>
    /// <param name="sha256">The SHA-256 in the header, in hexadecimal digits, as the build wrote it.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="InvalidDataException">The resource is missing, damaged, or not the one that belongs to the class.</exception>
    public static unsafe ModelWeights Load(Assembly assembly, string resource, long length, string sha256)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentNullException.ThrowIfNull(resource);
        using Stream stream = assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidDataException($"The assembly '{assembly.GetName().Name}' has no resource '{resource}'.");
        if (stream.Length != length)
        {
            throw new InvalidDataException(
                $"The resource '{resource}' has {stream.Length} bytes; the class was generated for {length}. Rebuild the project.");
        }

        if (stream is UnmanagedMemoryStream memory)
        {
            byte* start = memory.PositionPointer;
            return Load(start, length, sha256, resource, assembly);
        }

        var arena = new Arena(length);
        for (long offset = 0; offset < length;)
        {
            int count = (int)long.Min(length - offset, 1 << 30);
            stream.ReadExactly(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref arena.First, (nint)offset), count));
            offset += count;
        }

        fixed (byte* start = &arena.First)
        {
            return Load(start, length, sha256, resource, owner: null);
        }
    }

    /// <summary>Loads the weights from a file beside an assembly; what need not be expanded is used where the file is mapped.</summary>
    /// <param name="assembly">The assembly that holds the generated class.</param>
    /// <param name="file">The name of the file, which is in the assembly's folder or in that of the application.</param>
    /// <param name="length">The length of the file in bytes, header included, as the build wrote it.</param>
    /// <param name="sha256">The SHA-256 in the header, in hexadecimal digits, as the build wrote it.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or not the one that belongs to the class.</exception>
    public static unsafe ModelWeights LoadFile(Assembly assembly, string file, long length, string sha256)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentNullException.ThrowIfNull(file);
        using FileStream stream = FileBesideAssembly.Open(assembly, file, length);
        var mapped = new FileView(stream, length);
        ModelWeights? weights = null;
        try
        {
            return weights = Load(mapped.Start, length, sha256, stream.Name, mapped);
        }
        finally
        {
            if (weights?._owner is null)
            {
                mapped.Dispose();
            }
        }
    }

    /// <summary>Loads the weights from a blob in memory, of which it takes a copy.</summary>
    /// <param name="file">The blob.</param>
    /// <param name="sha256">The SHA-256 that the header should have, in hexadecimal digits.</param>
    /// <returns>The weights.</returns>
    /// <exception cref="InvalidDataException">The blob is damaged or not the one with this hash.</exception>
    public static unsafe ModelWeights Load(ReadOnlyMemory<byte> file, string sha256)
    {
        fixed (byte* start = file.Span)
        {
            return Load(start, file.Length, sha256, "weights", owner: null);
        }
    }

    /// <summary>Constants of one type.</summary>
    /// <typeparam name="T">The element type; halves and codes are read as <see cref="float"/>.</typeparam>
    /// <param name="offset">Where they begin, in bytes.</param>
    /// <param name="length">How many elements there are.</param>
    /// <returns>The elements, valid as long as this object is.</returns>
    /// <exception cref="ArgumentOutOfRangeException">They are not inside the weights.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe ReadOnlySpan<T> Span<T>(long offset, long length)
    {
        if (offset < 0 || (ulong)length > int.MaxValue || offset > Length - (length * Unsafe.SizeOf<T>()))
        {
            ThrowOutside(offset, length, Unsafe.SizeOf<T>());
        }

        return _arena is null || offset < _inPlace
            ? new ReadOnlySpan<T>(_mapped + offset, (int)length)
            : new ReadOnlySpan<T>(_arena.Pointer + (offset - _inPlace), (int)length);
    }

    /// <param name="start">The first byte of the blob.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="sha256">The hash that its header should have.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="owner">What keeps the blob where it is; null where it does not stay, so that all of it is copied.</param>
    private static unsafe ModelWeights Load(byte* start, long length, string sha256, string name, object? owner)
    {
        ArgumentNullException.ThrowIfNull(sha256);
        WeightsHeader header = WeightsHeader.Read(new ReadOnlySpan<byte>(start, (int)long.Min(length, WeightsHeader.Size)), length, name);
        if (sha256 != header.Sha256 && !sha256.Equals(header.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException(
                $"'{name}' has the hash {header.Sha256}; the class was generated for {sha256}. Rebuild the project.");
        }

        // A resource lies at a multiple of 4 bytes, not of 64, so that 64-byte loads straddle cache lines. Measured, that costs nothing
        // as soon as a load feeds two multiplications, nor does it with 32-byte loads, which is all of int8; only a product of a single
        // float32 row loses, about a tenth from the second-level cache. That does not pay for a second copy of the weights in memory
        // and for reading pages that are never used.
        byte* payload = start + WeightsHeader.Size;
        if (header.IsCompressed)
        {
            return Expand(header, payload, length - WeightsHeader.Size, name, owner);
        }

        if (header.Halves == 0 && header.Coded == 0 && owner is not null)
        {
            return new ModelWeights(arena: null, payload, header.RawBytes, owner, header.RawBytes);
        }

        CodedConstant[] coded = CodedConstant.ReadAll(
            payload + header.StoredBytes, length - WeightsHeader.Size - header.StoredBytes, header.Coded, header.LoadedBytes, name);
        long loaded = Loaded(header, coded);
        var arena = new Arena(loaded);
        fixed (byte* destination = &arena.First)
        {
            Buffer.MemoryCopy(payload, destination, arena.Length, header.RawBytes);
            ExpandFloats(header, payload + header.RawBytes, coded, destination);
        }

        return new ModelWeights(arena, mapped: null, inPlace: 0, owner: null, loaded);
    }

    /// <summary>Expands compressed weights; what is in place stays there as long as <paramref name="owner"/> keeps it mapped.</summary>
    private static unsafe ModelWeights Expand(WeightsHeader header, byte* payload, long length, string name, object? owner)
    {
        CompressedWeights compressed = CompressedWeights.Read(payload, length, name);
        if (compressed.InPlace > header.RawBytes || compressed.Length < header.StoredBytes || compressed.LoadedBytes < header.LoadedBytes
            || (header.Coded == 0) != (compressed.Length == header.StoredBytes))
        {
            throw Mismatch(name);
        }

        long inPlace = owner is null ? 0 : compressed.InPlace;
        var arena = new Arena(compressed.LoadedBytes - inPlace);
        var stored = new Arena(compressed.Length - header.RawBytes);
        fixed (byte* destination = &arena.First, rest = &stored.First)
        {
            long copied = compressed.InPlace - inPlace;
            Buffer.MemoryCopy(compressed.Start, destination, arena.Length, copied);
            compressed.Expand(destination + copied, header.RawBytes - compressed.InPlace, rest);
            CodedConstant[] coded = CodedConstant.ReadAll(
                rest + (header.Halves * sizeof(ushort)), compressed.Length - header.StoredBytes, header.Coded, header.LoadedBytes, name);
            if (Loaded(header, coded) != compressed.LoadedBytes)
            {
                throw Mismatch(name);
            }

            foreach (CodedConstant constant in coded)
            {
                constant.Layout.Shift((byte*)constant.Data, back: true);
            }

            ExpandFloats(header, rest, coded, destination - inPlace);
        }

        return new ModelWeights(
            arena, inPlace == 0 ? null : compressed.Start, inPlace, inPlace == 0 ? null : owner, compressed.LoadedBytes);
    }

    private static InvalidDataException Mismatch(string name) =>
        new($"'{name}' is damaged: its compressed weights are not those that the header announces.");

    private static long Loaded(WeightsHeader header, CodedConstant[] coded) => coded.Length == 0 ? header.LoadedBytes : coded[^1].End;

    /// <summary>
    /// Makes floats of halves, of which <paramref name="stored"/> is the first, and of codes, where they belong behind the first of the
    /// loaded bytes.
    /// </summary>
    private static unsafe void ExpandFloats(WeightsHeader header, byte* stored, CodedConstant[] coded, byte* destination)
    {
        Widen((Half*)stored, (float*)(destination + header.RawBytes), header.Halves);
        foreach (CodedConstant constant in coded)
        {
            constant.Layout.Expand(constant.Data, (float*)(destination + constant.Offset));
        }
    }

    private static unsafe void Widen(Half* source, float* destination, long count)
    {
        // A span has no more elements than an int counts.
        const int Part = 1 << 28;
        for (long i = 0; i < count; i += Part)
        {
            int length = (int)long.Min(Part, count - i);
            HalfConversion.ToSingle(new ReadOnlySpan<Half>(source + i, length), new Span<float>(destination + i, length));
        }
    }

    [DoesNotReturn]
    private void ThrowOutside(long offset, long length, int elementSize) =>
        throw new ArgumentOutOfRangeException(
            nameof(offset), $"{length} elements of {elementSize} bytes at {offset} are not inside the {Length} bytes of the weights.");
}
