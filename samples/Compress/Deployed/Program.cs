using System.Globalization;
using Compress;
using Compress.Deployed;

// dotnet build has made these classes: QuantizedModel lines in the project file. The argument is the file of the digits.
Digits all = Digits.Load(args[0]);
Digits digits = all.Range(Digits.Training, all.Count - Digits.Training);
Classifier[] classifiers =
[
    new("dense, fp32", typeof(Dense), new Dense().Predict),
    new("dense, fp32, stored coded", typeof(DenseStored), new DenseStored().Predict),
    new("pruned, fp32", typeof(Pruned), new Pruned().Predict),
    new("pruned, fp32, stored coded", typeof(PrunedStored), new PrunedStored().Predict),
    new("pruned, int8", typeof(PrunedInt8), new PrunedInt8().Predict),
    new("pruned, int8, stored coded", typeof(PrunedInt8Stored), new PrunedInt8Stored().Predict),
];
Console.WriteLine("                               right of     bytes as       zipped   µs per");
Console.WriteLine($"                               {digits.Count,8:N0}     deployed        bytes    image");
foreach (Row row in Comparison.Run(classifiers, digits))
{
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Name,-29} {row.Accuracy * 100,7:F2} % {row.Bytes,12:N0} {row.ZippedBytes,12:N0} {row.Microseconds,8:F1}"));
}
