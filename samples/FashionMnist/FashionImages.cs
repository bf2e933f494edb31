using System.Buffers.Binary;
using System.IO.Compression;

namespace FashionMnist;

/// <summary>Photographs of clothes, 28×28 greys each, with what they show. Read from MNIST's idx format, gzipped.</summary>
internal sealed class FashionImages
{
    public const int Side = 28;
    public const int Pixels = Side * Side;

    private readonly float[] _pixels;
    private readonly byte[] _labels;

    private FashionImages(float[] pixels, byte[] labels)
    {
        _pixels = pixels;
        _labels = labels;
    }

    /// <summary>What the ten labels stand for.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    public int Count => _labels.Length;

    /// <summary>An image's pixels, row by row, 0 (black) to 1 (white).</summary>
    public ReadOnlySpan<float> this[int index] => _pixels.AsSpan(index * Pixels, Pixels);

    public static FashionImages Load(string folder)
    {
        byte[] images = Unzip(Path.Combine(folder, "test-images-idx3-ubyte.gz"));
        byte[] labels = Unzip(Path.Combine(folder, "test-labels-idx1-ubyte.gz"));
        int count = BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(4));
        var pixels = new float[count * Pixels];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = images[16 + i] / 255f;
        }

        return new FashionImages(pixels, labels[8..(8 + count)]);
    }

    public int Label(int index) => _labels[index];

    /// <summary>The first image of each of these kinds of clothes.</summary>
    public int[] FirstOfEach(params ReadOnlySpan<string> names)
    {
        var result = new int[names.Length];
        for (int i = 0; i < result.Length; i++)
        {
            string name = names[i];
            result[i] = Array.FindIndex(_labels, label => Names[label] == name);
        }

        return result;
    }

    private static byte[] Unzip(string file)
    {
        using var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.ToArray();
    }
}
