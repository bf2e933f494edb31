using System.IO.Compression;

namespace Compress.Deployed;

/// <summary>What all the generated classes have: pixels in, one score per digit out, nothing allocated.</summary>
internal delegate void Predict(ReadOnlySpan<float> pixels, Span<float> scores);

/// <summary>A generated class among those that are compared.</summary>
internal sealed record Classifier(string Name, Type Class, Predict Predict)
{
    /// <summary>The weights that the build has embedded.</summary>
    public byte[] Weights
    {
        get
        {
            string resource = Class.Assembly.GetManifestResourceNames()
                .Single(n => $".{n}".EndsWith($".{Class.Name}.weights", StringComparison.OrdinalIgnoreCase));
            using Stream stream = Class.Assembly.GetManifestResourceStream(resource)!;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            return content.ToArray();
        }
    }

    public static long Zipped(byte[] bytes)
    {
        using var content = new MemoryStream();
        using (var gzip = new GZipStream(content, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return content.Length;
    }
}
