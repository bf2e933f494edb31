using System.Formats.Tar;
using System.IO.Compression;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.TestSupport;

/// <summary>The files of ONNX's test cases (tests/assets/vectors), by case and path within it.</summary>
internal static class NodeVectors
{
    public static IReadOnlyDictionary<string, Dictionary<string, byte[]>> Cases { get; } = Load();

    /// <summary>The folders of a case that have inputs and outputs.</summary>
    public static IEnumerable<string> Sets(string name) =>
        Cases[name].Keys.Where(f => f.EndsWith("/output_0.pb", StringComparison.Ordinal))
            .Select(f => f[..f.IndexOf('/', StringComparison.Ordinal)]);

    /// <summary>The model of a case with some of its inputs as constants, as an exporter would have written them.</summary>
    /// <param name="name">The case.</param>
    /// <param name="set">Where the constants come from.</param>
    /// <param name="inputs">Which inputs, by name and number.</param>
    public static byte[] WithConstants(string name, string set, params IEnumerable<(string Name, int Number)> inputs)
    {
        var initializers = new ProtoMessage();
        foreach ((string input, int number) in inputs)
        {
            // Of a field that is there twice, the last counts: the tensor gets the name of the input.
            initializers.Bytes(5, [.. Cases[name][$"{set}/input_{number}.pb"], .. new ProtoMessage().Text(8, input).ToArray()]);
        }

        var model = new ProtoMessage();
        var reader = new WireReader(Cases[name]["model.onnx"]);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 7:
                    model.Bytes(7, [.. reader.Bytes().Span, .. initializers.ToArray()]);
                    break;
                case 8:
                    model.Bytes(8, reader.Bytes().Span);
                    break;
                case 1:
                    model.Int(1, reader.Int());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return model.ToArray();
    }

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
