#nullable enable
using System.Reflection;

namespace ModelBuild.OnnxRuntime;

/// <summary>Stands in for the real class where ONNX Runtime could not be fetched, so that everything builds.</summary>
public sealed class OrtModel : IDisposable
{
    /// <summary>Why ONNX Runtime is not here; tests that need it are skipped with this reason.</summary>
    public static string? Unavailable { get; } =
        typeof(OrtModel).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "OnnxRuntimeUnavailable")?.Value ?? "ONNX Runtime is not available";

    public OrtModel(ReadOnlySpan<byte> onnx, bool exact = true, bool optimize = true) => throw new InvalidOperationException(Unavailable);

    public static string Version => throw new InvalidOperationException(Unavailable);

    public IReadOnlyList<string> Inputs => throw new InvalidOperationException(Unavailable);

    public IReadOnlyList<string> Outputs => throw new InvalidOperationException(Unavailable);

    public IReadOnlyDictionary<string, OrtTensor> Run(params (string Name, OrtTensor Tensor)[] inputs) => throw new InvalidOperationException(Unavailable);

    public Action Bind(OrtTensor input, OrtTensor output) => throw new InvalidOperationException(Unavailable);

    public void Dispose()
    {
    }
}
