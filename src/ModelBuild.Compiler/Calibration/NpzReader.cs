using System.IO.Compression;

namespace ModelBuild.Compiler.Calibration;

/// <summary>A NumPy archive (<c>.npz</c>): a zip of .npy arrays, stored or deflated.</summary>
internal sealed class NpzReader : IDisposable
{
    /// <summary>Deflate cannot expand by more than this; an entry that claims more is a zip bomb or damaged.</summary>
    private const long MaximumExpansion = 1032;

    private readonly ZipArchive _archive;
    private readonly string _file;
    private readonly ArrayUse _use;

    private NpzReader(ZipArchive archive, string file, ArrayUse use)
    {
        _archive = archive;
        _file = file;
        _use = use;
        Arrays = [.. archive.Entries.Where(e => e.FullName.EndsWith(".npy", StringComparison.Ordinal)).Select(e => e.FullName[..^4])];
    }

    /// <summary>Names of the arrays, in the file's order.</summary>
    public IReadOnlyList<string> Arrays { get; }

    /// <param name="file">As the user gave it.</param>
    /// <param name="use">What the arrays are wanted for; null for calibration.</param>
    /// <exception cref="CompilationException">
    /// With the code of the use: it cannot be read or is not a zip archive.
    /// </exception>
    public static NpzReader Open(string file, ArrayUse? use = null)
    {
        use ??= ArrayUse.Calibration;
        FileStream stream = NpyReader.OpenFile(file, use);
        try
        {
            return new NpzReader(new ZipArchive(stream, ZipArchiveMode.Read), file, use);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or OverflowException or ArgumentException)
        {
            // What the library says of an archive, users of numpy cannot make sense of.
            stream.Dispose();
            throw new CompilationException(
                use.Code,
                e is IOException and not EndOfStreamException ? $"{use.Name} '{file}' cannot be read: {e.Message}"
                    : $"{use.Name} '{file}' is no .npz archive, is damaged or ends too early. Save it again with numpy.savez.", file);
        }
    }

    /// <summary>Opens one of <see cref="Arrays"/>. Several may be open at once, on one thread.</summary>
    /// <exception cref="CompilationException">With the code of the use.</exception>
    public NpyReader OpenArray(string array)
    {
        ZipArchiveEntry entry = _archive.GetEntry(array + ".npy")
            ?? throw new ArgumentException($"There is no array '{array}'.", nameof(array));
        if (entry.Length / MaximumExpansion > entry.CompressedLength)
        {
            throw NpyReader.Error(
                _use, _file, array, $"claims {entry.Length} bytes, which cannot come from {entry.CompressedLength} bytes of deflated data");
        }

        try
        {
            return NpyReader.Open(entry.Open(), entry.Length, _file, array, _use);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            throw NpyReader.Error(
                _use, _file, array, "cannot be unpacked: the archive is damaged, or neither stored nor deflated");
        }
    }

    public void Dispose() => _archive.Dispose();
}
