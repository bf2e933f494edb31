using System.Globalization;
using ModelBuild.Compiler.Onnx.Messages;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// The files beside a model that hold tensors too large for it. A location is a relative path inside the model's folder; whatever
/// leads out of it is refused, for a model is no reason to read the rest of the disk.
/// </summary>
internal sealed class ExternalData(string modelPath)
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>The bytes of a tensor.</summary>
    /// <param name="needed">How many bytes its type and dimensions ask for.</param>
    public ReadOnlyMemory<byte> Load(TensorMessage tensor, long needed)
    {
        long offset = Number(tensor, "offset") ?? 0;
        long length = Number(tensor, "length") ?? needed;
        string path = Resolve(tensor);
        if (!_files.TryGetValue(path, out byte[]? file))
        {
            _files.Add(path, file = Read(tensor, path));
        }

        return length == needed && offset <= file.Length && length <= file.Length - offset
            ? file.AsMemory((int)offset, (int)length)
            : throw Error(
                tensor,
                $"needs {needed} bytes and asks for {length} from offset {offset} of '{tensor.External!["location"]}' ({file.Length} bytes)");
    }

    /// <summary>The full path of the file that holds a tensor.</summary>
    public string Resolve(TensorMessage tensor)
    {
        string location = tensor.External!.GetValueOrDefault("location") ?? throw Error(tensor, "does not say in which file it lies");
        string folder = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;
        bool isInside = location.Length > 0 && !location.Contains('\0') && !Path.IsPathRooted(location)
            && !location.Split('/', '\\').Contains("..");
        return isInside && Path.GetFullPath(Path.Combine(folder, location)) is var path && path.StartsWith(folder, StringComparison.Ordinal)
            ? path
            : throw Error(tensor, $"lies in '{location}', which is not inside the model's folder");
    }

    private static byte[] Read(TensorMessage tensor, string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Error(tensor, $"lies in '{tensor.External!["location"]}', which cannot be read: {e.Message}");
        }
    }

    private static long? Number(TensorMessage tensor, string key) => !tensor.External!.TryGetValue(key, out string? text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
        : throw Error(tensor, $"has the {key} '{text}' in its external file, which is not a number");

    private static OnnxFormatException Error(TensorMessage tensor, string message) =>
        new(
            DiagnosticCodes.ExternalData,
            $"tensor '{tensor.Name}' {message}. Copy the external data files beside the model, as they were exported");
}
