using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Cli.Data;

/// <summary>What a model is run with.</summary>
/// <param name="Tensors">By name in the model.</param>
/// <param name="Files">Where they came from, by name.</param>
/// <param name="Symbols">What the dimensions are that the build has left open.</param>
internal sealed record RunInputs(
    IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Files, IReadOnlyDictionary<string, long> Symbols);
