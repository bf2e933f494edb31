using ModelBuild.Compiler;

namespace ModelBuild.Cli.Data;

/// <summary>A model and how it is computed: <c>lenet.onnx</c> is the file as it is, <c>lenet.onnx@int8</c> the file in a mode.</summary>
/// <param name="File">The ONNX file.</param>
/// <param name="Mode">Null where it is computed as the file says.</param>
internal sealed record ModelReference(string File, ModelMode? Mode)
{
    /// <summary>Stands between the file and the mode.</summary>
    public const char Separator = '@';

    /// <summary>Reads a reference. What is a file's whole name is that file.</summary>
    /// <param name="text">Of the user.</param>
    /// <param name="way">Where the mode is none, the end of a message: what to use instead.</param>
    public static ModelReference? Read(string text, out string? way)
    {
        way = null;
        int at = text.LastIndexOf(Separator);
        if (at <= 0 || System.IO.File.Exists(text))
        {
            return new ModelReference(text, null);
        }

        // A folder of that name has more behind it.
        string word = text[(at + 1)..];
        return word.AsSpan().ContainsAny('/', '\\', '.') ? new ModelReference(text, null)
            : ModelModeNames.TryRead(word, out ModelMode mode, out way) ? new ModelReference(text[..at], mode)
            : null;
    }

    /// <summary>As the file is: integers where it is quantized.</summary>
    public ModelMode ModeOrOwn() =>
        Mode ?? ModelFacts.Read(File)?.Mode ?? ModelMode.Fp32;
}
