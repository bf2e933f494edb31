namespace ModelBuild.Compiler.Operators;

/// <summary>The operators that import takes apart.</summary>
internal static partial class Composites
{
    public static IEnumerable<(string Type, long Since, Operator Operator)> All =>
    [
        .. Reductions, .. Normalizations, .. Movements, .. Losses, .. Windows, .. Convolutions, .. Attentions, .. Sums, .. Dropouts,
        .. States, .. Signals, .. Grids, .. Grams, .. QuantizedOperators, .. Experimental,
    ];

    /// <summary>Those that ONNX Runtime adds to ONNX's, of its own domain.</summary>
    public static IEnumerable<(string Type, long Since, Operator Operator)> Contributed => [.. ContributedQuantized, .. ContributedFloats];
}
