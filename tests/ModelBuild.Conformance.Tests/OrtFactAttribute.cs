using ModelBuild.OnnxRuntime;

namespace ModelBuild.Conformance.Tests;

/// <summary>A test that needs ONNX Runtime: skipped with the reason where it could not be fetched.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OrtFactAttribute : FactAttribute
{
    public OrtFactAttribute() => Skip = OrtModel.Unavailable;
}
