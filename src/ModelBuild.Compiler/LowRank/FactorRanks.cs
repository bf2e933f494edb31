namespace ModelBuild.Compiler.LowRank;

/// <summary>How many channels lie between the factors of a layer.</summary>
/// <param name="Inputs">Behind the first factor; as many as the layer has where there is none.</param>
/// <param name="Outputs">Before the last factor; as many as the layer has where there is none.</param>
internal readonly record struct FactorRanks(int Inputs, int Outputs);
