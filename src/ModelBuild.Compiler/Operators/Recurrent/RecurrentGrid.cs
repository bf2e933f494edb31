namespace ModelBuild.Compiler.Operators;

/// <summary>How codes of a recurrent layer's inputs and states are read, where that is known at build.</summary>
/// <param name="InputScale">Positive.</param>
/// <param name="InputZeroPoint">0 to 255.</param>
/// <param name="StateScale">Positive.</param>
/// <param name="StateZeroPoint">0 to 255.</param>
internal sealed record RecurrentGrid(float InputScale, int InputZeroPoint, float StateScale, int StateZeroPoint);
