using ModelBuild.Compiler;
using ModelBuild.Training.Measurements;

// Prints the figures of docs/smaller.md and docs/training.md again.
var settings = new Settings(args);
if (settings.Measurement is not { } name || !Measurement.All.TryGetValue(name, out Action<Measurement>? run))
{
    Console.Error.WriteLine(
        $"Usage: ModelBuild.Training.Measurements {string.Join(" | ", Measurement.All.Keys)} [--data FOLDER] [--judge test|validation] "
            + "[--epochs N] [--rate R] [--batch N] [--seed N] [--seeds N] [--end PART] [--own PART] [--temperature T]");
    return 2;
}

string folder = settings.Text("data", "/usr/share/datasets/fashion-mnist");
if (!File.Exists(Path.Combine(folder, "train-images-idx3-ubyte.gz")))
{
    Console.Error.WriteLine(
        $"'{folder}' has no train-images-idx3-ubyte.gz. Fashion-MNIST's four files are in Debian's package dataset-fashion-mnist, or say "
            + "--data FOLDER.");
    return 2;
}

try
{
    run(new Measurement(settings, new FashionImages(folder)));
    return 0;
}
catch (CompilationException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
