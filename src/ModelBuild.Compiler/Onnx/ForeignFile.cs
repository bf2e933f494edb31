namespace ModelBuild.Compiler.Onnx;

/// <summary>What a file may be that is no ONNX model, by its first bytes, and how a model comes of it.</summary>
internal static class ForeignFile
{
    /// <summary>Where the identifier of a FlatBuffers file lies.</summary>
    private const int FlatBufferIdentifier = 4;

    /// <summary>Goes on after "is not an ONNX model: "; the last full stop is the caller's.</summary>
    public static string Describe(ReadOnlySpan<byte> file) => file switch
    {
        [] => "it is empty, or a pipe. Copy or download it again, into a file",
        _ when file.StartsWith("version https://git-lfs"u8) =>
            "it is a Git LFS pointer. Run 'git lfs pull' to fetch the model itself",
        [(byte)'P', (byte)'K', 3, 4, ..] =>
            "it is a ZIP archive, as checkpoints of PyTorch and models of Keras are. Unpack it if a model was packed, otherwise export "
            + "one from the framework (torch.onnx.export, tf2onnx)",
        [0x1F, 0x8B, ..] => "it is packed with gzip. Unpack it",
        [0x80, >= 2 and <= 5, ..] =>
            "it is a pickle of Python, as older checkpoints of PyTorch are. Export the model with torch.onnx.export",
        [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => "it is an HDF5 file, as older models of Keras are. Convert it with tf2onnx",
        [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..] =>
            "it is a NumPy array. Name the model here; arrays are samples",
        _ when Identifier(file).SequenceEqual("TFL3"u8) => "it is a model of TensorFlow Lite. Convert it with tf2onnx",
        _ when Identifier(file).SequenceEqual("ORTM"u8) =>
            "it is in ONNX Runtime's own format. Take the ONNX file that it was made from",
        _ when file.TrimStart(" \t\r\n\uFEFF"u8) is [(byte)'<', ..] =>
            "it is a web page or XML, perhaps what a download gave instead. Download it again",
        _ => "it does not begin as one, or holds no graph. Export or download it again",
    };

    private static ReadOnlySpan<byte> Identifier(ReadOnlySpan<byte> file) =>
        file.Length < FlatBufferIdentifier + 4 ? [] : file.Slice(FlatBufferIdentifier, 4);
}
