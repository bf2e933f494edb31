using System.Text.Json.Serialization;

namespace FashionMnist;

/// <summary>A line of the table.</summary>
/// <param name="Model">Which network.</param>
/// <param name="Mode">fp32, fp16 or int8.</param>
/// <param name="Top1">Images whose highest score is their label's, in per cent.</param>
/// <param name="Agreement">Images whose highest score is the same as in fp32, in per cent.</param>
/// <param name="SqnrDb">
/// Power of the fp32 scores over that of the difference to them, over all images, in dB; null where there is no difference.
/// </param>
/// <param name="WeightBytes">Size of the embedded resource.</param>
/// <param name="MicrosecondsPerImage">Median of many calls with one image.</param>
/// <param name="AllocatedBytesPerCall">On the managed heap, once warm.</param>
internal sealed record Result(
    string Model,
    string Mode,
    double Top1,
    double Agreement,
    double? SqnrDb,
    long WeightBytes,
    double MicrosecondsPerImage,
    double AllocatedBytesPerCall);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<Result>))]
internal sealed partial class ResultJson : JsonSerializerContext;
