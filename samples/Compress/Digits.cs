using System.Buffers.Binary;
using System.IO.Compression;

namespace Compress;

/// <summary>
/// 10,000 handwritten digits of MNIST, 28×28 greys each, with what they are: 8,000 to learn from, and 2,000 that are only looked at.
/// </summary>
internal sealed class Digits
{
    public const int Side = 28;
    public const int Pixels = Side * Side;
    public const int Training = 8000;

    private readonly float[] _pixels;
    private readonly byte[] _labels;

    private Digits(float[] pixels, byte[] labels)
    {
        _pixels = pixels;
        _labels = labels;
    }

    public int Count => _labels.Length;

    /// <summary>The pixels of all images, image by image and row by row, 0 (paper) to 1 (ink).</summary>
    public float[] All => _pixels;

    public IReadOnlyList<long> Labels => Array.ConvertAll(_labels, l => (long)l);

    /// <summary>The pixels of an image.</summary>
    public ReadOnlySpan<float> this[int index] => _pixels.AsSpan(index * Pixels, Pixels);

    public int Label(int index) => _labels[index];

    public static Digits Load(string file)
    {
        using ZipArchive archive = ZipFile.OpenRead(file);
        byte[] images = Read(archive, "images.npy");
        return new Digits(Array.ConvertAll(images, b => b / 255f), Read(archive, "labels.npy"));
    }

    /// <summary>These that come first, or those behind them.</summary>
    public Digits Range(int from, int count) =>
        new(_pixels[(from * Pixels)..((from + count) * Pixels)], _labels[from..(from + count)]);

    /// <summary>The bytes of an array behind the header of NumPy's format.</summary>
    private static byte[] Read(ZipArchive archive, string name)
    {
        using Stream stream = archive.GetEntry(name)!.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        byte[] all = content.ToArray();
        return all[(10 + BinaryPrimitives.ReadUInt16LittleEndian(all.AsSpan(8)))..];
    }
}
