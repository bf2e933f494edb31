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
}
