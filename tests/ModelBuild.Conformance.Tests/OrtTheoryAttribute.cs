using ModelBuild.OnnxRuntime;

namespace ModelBuild.Conformance.Tests;

/// <summary>A test with data that needs ONNX Runtime: skipped with the reason where it could not be fetched.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OrtTheoryAttribute : TheoryAttribute
{
    public OrtTheoryAttribute() => Skip = OrtModel.Unavailable;
}
