using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Onnx;

/// <summary>What one reading of a model file gives. The graph's constants are views of the files until this is disposed.</summary>
internal sealed class ImportedModel(Graph graph, string sha256, ExternalData external, MappedFile? file) : IDisposable
{
    public Graph Graph => graph;

    /// <summary>Of the model file, lower-case hex.</summary>
    public string Sha256 => sha256;

    /// <summary>Full paths of the files of external data that were read, in ordinal order.</summary>
    public IReadOnlyList<string> ExternalFiles => external.Files;

    public void Dispose()
    {
        external.Dispose();
        file?.Dispose();
    }
}
