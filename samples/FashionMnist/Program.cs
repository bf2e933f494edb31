using System.Text;
using FashionMnist;

string? jsonFile;
switch (args)
{
    case []:
        jsonFile = null;
        break;
    case ["--json", string file]:
        jsonFile = file;
        break;
    default:
        Console.Error.WriteLine("usage: FashionMnist [--json FILE]");
        return 2;
}

// dotnet build has made these classes from two ONNX files: six QuantizedModel lines in the project file.
var lenet = new LenetInt8();
Classifier[] classifiers =
[
    new("lenet", "fp32", typeof(LenetFp32), new LenetFp32().Predict),
    new("lenet", "fp16", typeof(Lenet), new Lenet().Predict),
    new("lenet", "int8", typeof(LenetInt8), lenet.Predict),
    new("resnet", "fp32", typeof(ResnetFp32), new ResnetFp32().Predict),
    new("resnet", "fp16", typeof(Resnet), new Resnet().Predict),
    new("resnet", "int8", typeof(ResnetInt8), new ResnetInt8().Predict),
];
FashionImages images = FashionImages.Load(Path.Combine(AppContext.BaseDirectory, "data"));
if (!Console.IsOutputRedirected)
{
    Console.OutputEncoding = Encoding.UTF8;
}

Console.WriteLine($"{images.Count:N0} images of the Fashion-MNIST test set, one at a time, on one thread.");
Result[] results;
using (var progress = new ProgressBar(Comparison.Steps(classifiers.Length, images.Count)))
{
    results = Comparison.Run(classifiers, images, progress.Advance);
}

Report.WriteTable(Console.Out, results);
if (jsonFile is not null)
{
    Report.WriteJson(jsonFile, results);
}

Console.WriteLine("What LenetInt8 sees:");
int[] shown = images.FirstOfEach("Ankle boot", "Trouser", "Bag", "Dress");
Gallery.Write(shown.Select(i =>
{
    LenetInt8.Output output = lenet.Predict(images[i]);
    int label = Comparison.IndexOfMaximum(output.Probs);
    return (images[i].ToArray(), $"{FashionImages.Names[label]}, {output.Probs[label]:P0}");
}));
return 0;
