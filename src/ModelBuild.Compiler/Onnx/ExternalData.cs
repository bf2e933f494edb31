using System.Globalization;
using ModelBuild.Compiler.Onnx.Messages;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// The files beside a model that hold tensors too large for it. A location is a relative path inside the model's folder; whatever
/// leads out of it, be it by links, is refused, for a model is no reason to read the rest of the disk.
/// </summary>
/// <remarks>
/// Where the model itself is a link, as in the caches of download tools, the folder of the file that it leads to is the model's too.
/// </remarks>
internal sealed class ExternalData(string modelPath) : IDisposable
{
    /// <summary>Longer than a path can be where builds run.</summary>
    private const int LocationLimit = 4096;

    private readonly SortedDictionary<string, MappedFile> _files = new(StringComparer.Ordinal);

    /// <summary>Full paths of the files that were read, as the model names them, in ordinal order.</summary>
    public IReadOnlyList<string> Files => [.. _files.Keys];

    /// <summary>The bytes of a tensor.</summary>
    /// <param name="needed">How many bytes its type and dimensions ask for.</param>
    public ReadOnlyMemory<byte> Load(TensorMessage tensor, long needed)
    {
        long offset = Number(tensor, "offset") ?? 0;
        long length = Number(tensor, "length") ?? needed;
        string path = Resolve(tensor);
        if (!_files.TryGetValue(path, out MappedFile? file))
        {
            _files.Add(path, file = Open(tensor, path));
        }

        return length != needed || offset > file.Length || length > file.Length - offset
            ? throw Error(
                tensor,
                $"needs {needed} bytes and asks for {length} from offset {offset} of "
                    + $"'{tensor.External!["location"]}' ({file.Length} bytes)")
            : length > Array.MaxLength
            ? throw OnnxFormatException.TooLarge($"tensor '{tensor.Name}' has {length} bytes; a tensor may have {Array.MaxLength}")
            : file.Window(offset, (int)length);
    }

    public void Dispose()
    {
        foreach (MappedFile file in _files.Values)
        {
            file.Dispose();
        }
    }

    /// <summary>The full path of the file that holds a tensor.</summary>
    private string Resolve(TensorMessage tensor)
    {
        string location = tensor.External!.GetValueOrDefault("location") ?? throw Error(tensor, "does not say in which file it lies");
        if (location.Length is 0 or > LocationLimit || location.Contains('\0') || Path.IsPathRooted(location)
            || location.Split('/', '\\').Contains(".."))
        {
            throw Error(tensor, $"lies in '{location[..Math.Min(location.Length, 100)]}', which is not inside the model's folder");
        }

        string model = Path.GetFullPath(modelPath);
        string path = Path.GetFullPath(Path.Combine(FolderOf(model), location));
        try
        {
            string target = RealPath.Of(path);
            return IsInside(target, RealPath.Of(FolderOf(model))) || IsInside(target, FolderOf(RealPath.Of(model)))
                ? path
                : throw Error(tensor, $"lies in '{location}', a link that leads out of the model's folder");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(tensor, e);
        }
    }

    private static string FolderOf(string file) => Path.GetDirectoryName(file)!;

    private static bool IsInside(string path, string folder) =>
        path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static MappedFile Open(TensorMessage tensor, string path)
    {
        try
        {
            return new MappedFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(tensor, e);
        }
    }

    private static long? Number(TensorMessage tensor, string key) => !tensor.External!.TryGetValue(key, out string? text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
        : throw Error(tensor, $"has the {key} '{text}' in its external file, which is not a number");

    private static OnnxFormatException Unreadable(TensorMessage tensor, Exception e) =>
        Error(tensor, $"lies in '{tensor.External!["location"]}', which cannot be read: {e.Message.TrimEnd('.')}");

    private static OnnxFormatException Error(TensorMessage tensor, string message) =>
        new(
            DiagnosticCodes.ExternalData,
            $"tensor '{tensor.Name}' {message}. Copy the external data files beside the model, as they were exported");
}
