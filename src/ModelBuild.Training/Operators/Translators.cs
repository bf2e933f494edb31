using ModelBuild.Compiler.Graphs;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>
/// All operators that LibTorch computes, with gradients where there are such. Import has brought nodes to one form, so each has one entry.
/// What is not here, the compiler itself computes (<see cref="EvaluatedNode"/>), without gradients.
/// </summary>
internal static class Translators
{
    private static readonly Dictionary<string, Translator> s_all = Collect();

    /// <summary>Names of all operators, in ordinal order.</summary>
    public static IEnumerable<string> Names => s_all.Keys.Order(StringComparer.Ordinal);

    /// <summary>Null where the operator is not known here.</summary>
    public static Translator? Find(Node node) => node.Domain == Domains.Onnx ? s_all.GetValueOrDefault(node.Type) : null;

    private static Dictionary<string, Translator> Collect()
    {
        var all = new Dictionary<string, Translator>(StringComparer.Ordinal);
        foreach ((string type, Func<NodeCall, Tensor> one) in (IEnumerable<(string, Func<NodeCall, Tensor>)>)
            [
                .. Unary.All, .. Binary.All, .. Logic.All, .. Convolution.All, .. Pools.All, .. Products.All, .. Reductions.All,
                .. Normalizations.All, .. Shaping.All, .. Selection.All, .. Making.All, .. Resampling.All, .. QuantizationPairs.All,
            ])
        {
            all.Add(type, call => [one(call)]);
        }

        foreach ((string type, Translator several) in (IEnumerable<(string, Translator)>)
            [.. Division.All, .. RecurrentLayers.All, .. ControlFlow.All])
        {
            all.Add(type, several);
        }

        return all;
    }
}
