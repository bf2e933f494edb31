namespace ModelBuild.Compiler;

/// <summary>Who runs a model.</summary>
public enum ModelBackend
{
    /// <summary>The kernels of ModelBuild.Runtime.</summary>
    Managed,

    /// <summary>ONNX Runtime, through the package Microsoft.ML.OnnxRuntime.</summary>
    OnnxRuntime,
}
