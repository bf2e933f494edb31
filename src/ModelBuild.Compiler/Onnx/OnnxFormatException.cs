namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// The file's bytes are not what the format asks for. The importer adds the file's name and makes a
/// <see cref="CompilationException"/> of it.
/// </summary>
internal sealed class OnnxFormatException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;

    public static OnnxFormatException Corrupt(string message) => new(DiagnosticCodes.CorruptModel, message);

    public static OnnxFormatException TooLarge(string message) => new(DiagnosticCodes.TooLarge, message);
}
