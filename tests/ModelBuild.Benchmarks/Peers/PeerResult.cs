namespace ModelBuild.Benchmarks;

/// <summary>A model in a mode, beside ONNX Runtime.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Mode">As on the item.</param>
/// <param name="Threads">How many each side may have for a call.</param>
/// <param name="Duel">The generated class is the left one. Null where one of both cannot do it.</param>
/// <param name="Reason">Why, where there is no duel.</param>
/// <param name="MacsPerSecond">Multiply-accumulates of the generated class.</param>
/// <param name="PartOfPeak">Of what so many cores of this processor can do, from what one was seen to do in the same run.</param>
/// <param name="WeightBytes">That the assembly carries.</param>
/// <param name="OnnxBytes">Of the file that ONNX Runtime was given.</param>
internal sealed record PeerResult(
    string Model, string Mode, int Threads, Duel? Duel, string? Reason, double MacsPerSecond, double PartOfPeak, long WeightBytes,
    long OnnxBytes);
