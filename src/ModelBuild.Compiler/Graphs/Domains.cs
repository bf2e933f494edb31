namespace ModelBuild.Compiler.Graphs;

/// <summary>Operator domains.</summary>
internal static class Domains
{
    /// <summary>ONNX's own operators. The file's alias <c>ai.onnx</c> is read as this.</summary>
    public const string Onnx = "";

    /// <summary>Operators that lowering makes: channels-last, fused, integer. They never leave the compiler.</summary>
    public const string Internal = "modelbuild";

    /// <summary>ONNX Runtime's contributed operators.</summary>
    public const string Microsoft = "com.microsoft";

    /// <summary>Whether ONNX Runtime has operators of a domain by itself; of others, only where a library brings them.</summary>
    public static bool IsOfOnnxRuntime(string domain) => domain.Length == 0
        || (domain.StartsWith("ai.onnx", StringComparison.Ordinal) && domain != "ai.onnx.contrib")
        || (domain.StartsWith("com.microsoft", StringComparison.Ordinal) && domain != "com.microsoft.extensions");
}
