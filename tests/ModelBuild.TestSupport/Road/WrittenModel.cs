using ModelBuild.Compiler;

namespace ModelBuild.TestSupport;

/// <summary>What a compile writes for other engines.</summary>
internal static class WrittenModel
{
    /// <summary>The ONNX file beside the plan.</summary>
    public static byte[] Onnx(CompileResult result)
    {
        var stream = new MemoryStream();
        result.WriteOnnx(stream);
        return stream.ToArray();
    }
}
