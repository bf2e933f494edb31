using System.Formats.Tar;
using System.IO.Compression;

namespace ModelBuild.TestSupport;

/// <summary>The files of ONNX's test cases (tests/assets/vectors), by case and path within it.</summary>
internal static class NodeVectors
{
    public static IReadOnlyDictionary<string, Dictionary<string, byte[]>> Cases { get; } = Load();

    private static Dictionary<string, Dictionary<string, byte[]>> Load()
    {
        var cases = new Dictionary<string, Dictionary<string, byte[]>>(StringComparer.Ordinal);
        using FileStream file = File.OpenRead(Repository.Asset("vectors", "node.tar.gz"));
        using var tar = new TarReader(new GZipStream(file, CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            int slash = entry.Name.IndexOf('/', StringComparison.Ordinal);
            string name = entry.Name[..slash];
            if (!cases.TryGetValue(name, out Dictionary<string, byte[]>? files))
            {
                cases.Add(name, files = new Dictionary<string, byte[]>(StringComparer.Ordinal));
            }

            var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            files.Add(entry.Name[(slash + 1)..], content.ToArray());
        }

        return cases;
    }
}
