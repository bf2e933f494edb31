using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>What inference needs beside the node: whose model it is, for messages.</summary>
/// <param name="File">The model file as the user gave it.</param>
/// <param name="Opset">Version of the default operator set.</param>
internal sealed record InferenceContext(string File, long Opset)
{
    /// <summary>An error about a node, in the form all such errors have.</summary>
    public CompilationException Error(string code, Node node, string message) =>
        new(code, $"Model '{Path.GetFileName(File)}': node '{node.Name}' ({node.Type}) {message}", File);
}
