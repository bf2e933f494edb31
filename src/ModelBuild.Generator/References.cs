using Microsoft.CodeAnalysis;

namespace ModelBuild.Generator;

/// <summary>What generated code may call.</summary>
/// <param name="Runtime">Whether ModelBuild.Runtime is referenced.</param>
/// <param name="OnnxRuntime">Whether ONNX Runtime is.</param>
internal sealed record References(bool Runtime, bool OnnxRuntime)
{
    /// <summary>The types whose presence says so.</summary>
    private const string RuntimeType = "ModelBuild.Runtime.ModelWeights";
    private const string OnnxRuntimeType = "Microsoft.ML.OnnxRuntime.OrtValue";

    public static References Of(Compilation compilation) => new(
        compilation.GetTypeByMetadataName(RuntimeType) is not null, compilation.GetTypeByMetadataName(OnnxRuntimeType) is not null);
}
