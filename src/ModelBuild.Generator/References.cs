using System.Linq;
using Microsoft.CodeAnalysis;

namespace ModelBuild.Generator;

/// <summary>What generated code may call.</summary>
/// <param name="Runtime">Whether ModelBuild.Runtime is referenced.</param>
/// <param name="OnnxRuntime">Whether ONNX Runtime is.</param>
/// <param name="HidingType">
/// A type with the name of a namespace that generated code uses: C# takes the type, whatever stands before the name.
/// </param>
internal sealed record References(bool Runtime, bool OnnxRuntime, string? HidingType = null)
{
    /// <summary>The types whose presence says so.</summary>
    private const string RuntimeType = "ModelBuild.Runtime.ModelWeights";
    private const string OnnxRuntimeType = "Microsoft.ML.OnnxRuntime.OrtValue";

    private static readonly string[] s_namespaces = ["ModelBuild", "ModelBuild.Runtime", "ModelBuild.Runtime.Kernels"];

    /// <summary>Whether a name, with the namespaces before it, is that of a namespace which generated code uses.</summary>
    public static bool Hides(string name) => System.Array.IndexOf(s_namespaces, name) >= 0;

    public static References Of(Compilation compilation) => new(
        compilation.GetTypeByMetadataName(RuntimeType) is not null,
        compilation.GetTypeByMetadataName(OnnxRuntimeType) is not null,
        s_namespaces.FirstOrDefault(name => !compilation.GetTypesByMetadataName(name).IsEmpty));
}
