namespace Compress.Deployed;

/// <summary>A line of the table.</summary>
/// <param name="Name">What was done to the network.</param>
/// <param name="Accuracy">Images whose highest score is their label's, 0 to 1.</param>
/// <param name="Bytes">Of the weights in the assembly.</param>
/// <param name="ZippedBytes">Of these, zipped: what a package or a download has to carry.</param>
/// <param name="Microseconds">Of a prediction: the median of many calls with one image on one thread.</param>
internal sealed record Row(string Name, double Accuracy, long Bytes, long ZippedBytes, double Microseconds);
