#nullable enable
namespace ModelBuild.OnnxRuntime;

/// <summary>A tensor on its way into or out of ONNX Runtime.</summary>
/// <param name="Values">A one-dimensional array, row-major: float[], byte[], sbyte[], int[], long[] …</param>
/// <param name="Dimensions">Its shape.</param>
public sealed record OrtTensor(Array Values, params long[] Dimensions)
{
    /// <summary>The values as an array of their own type.</summary>
    public T[] As<T>() => (T[])Values;
}
