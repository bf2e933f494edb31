using System.Globalization;

namespace ModelBuild.Compiler.Calibration;

/// <summary>Files that make samples together: mostly one, or the tensors of one folder of ONNX's test data.</summary>
/// <param name="Format">Of all of them.</param>
/// <param name="Files">In order.</param>
internal sealed record SampleGroup(SampleFormat Format, IReadOnlyList<string> Files)
{
    /// <summary>For messages, what is known.</summary>
    public const string Known =
        ".npy, .npz, .pb (ONNX test data), .idx or -ubyte (also .gz), .csv, .parquet, .png, .jpg, .bmp, .ppm or .pgm";

    /// <summary>The inputs that arrays are for, in the order of the files; null where files or their order tell.</summary>
    public IReadOnlyList<string>? Inputs { get; init; }

    /// <summary>For messages.</summary>
    public string Name => Files.Count == 1 ? Files[0] : Inputs is not null ? string.Join(", ", Files) : Path.GetDirectoryName(Files[0])!;

    /// <summary>The end of a message about a pattern that finds nothing; nothing where it looks like one pattern.</summary>
    public static string HowToSeparate(string pattern) =>
        pattern.Contains(',', StringComparison.Ordinal) ? " Several are separated by ';', not by ','." : string.Empty;

    /// <summary>Whether a file that was found in a folder is one of samples; all else there is left alone.</summary>
    public static bool IsSample(string file) => FormatOf(file) != SampleFormat.Unknown && !IsOutput(file);

    public static SampleFormat FormatOf(string file)
    {
        string name = Path.GetFileName(file).ToLowerInvariant();
        string plain = name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name;
        if (plain.EndsWith("-ubyte", StringComparison.Ordinal) || plain.EndsWith(".idx", StringComparison.Ordinal))
        {
            return SampleFormat.Idx;
        }

        return Path.GetExtension(name) switch
        {
            ".npy" => SampleFormat.Npy,
            ".npz" => SampleFormat.Npz,
            ".pb" => SampleFormat.Tensor,
            ".csv" => SampleFormat.Csv,
            ".parquet" => SampleFormat.Parquet,
            ".png" or ".jpg" or ".jpeg" or ".bmp" or ".ppm" or ".pgm" => SampleFormat.Picture,
            _ => SampleFormat.Unknown,
        };
    }

    /// <summary>Groups in the order of their first files.</summary>
    public static IReadOnlyList<SampleGroup> Of(IEnumerable<string> files)
    {
        var groups = new List<SampleGroup>();
        var folders = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (string file in files)
        {
            SampleFormat format = FormatOf(file);
            if (format == SampleFormat.Tensor && InputNumber(file) is not null)
            {
                string folder = Path.GetDirectoryName(file) ?? string.Empty;
                if (!folders.TryGetValue(folder, out List<string>? together))
                {
                    folders.Add(folder, together = []);
                    groups.Add(new SampleGroup(format, together));
                }

                together.Add(file);
            }
            else if (format != SampleFormat.Tensor || !IsOutput(file))
            {
                groups.Add(new SampleGroup(format, [file]));
            }
        }

        return groups;
    }

    /// <summary>K of <c>input_K.pb</c>.</summary>
    public static int? InputNumber(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        return name.StartsWith("input_", StringComparison.OrdinalIgnoreCase)
            && int.TryParse(name.AsSpan("input_".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : null;
    }

    private static bool IsOutput(string file) =>
        Path.GetFileName(file).StartsWith("output_", StringComparison.OrdinalIgnoreCase) && FormatOf(file) == SampleFormat.Tensor;
}
