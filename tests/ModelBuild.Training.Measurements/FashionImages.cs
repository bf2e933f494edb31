using ModelBuild.Compiler;

namespace ModelBuild.Training.Measurements;

/// <summary>Fashion-MNIST's own files: 60,000 images to train and to choose with, and 10,000 for the last word alone.</summary>
/// <param name="folder">Of the four files, as Debian's package dataset-fashion-mnist installs them.</param>
internal sealed class FashionImages(string folder)
{
    /// <summary>How many are trained on.</summary>
    public const int Trained = 60_000 - Held;

    private const int Held = 5000;

    /// <summary>The 55,000 that are trained on.</summary>
    public TrainingData Training => Load("train").Skip(Held);

    /// <summary>The 5,000 that show during training how good a model is.</summary>
    public TrainingData Validation => Load("train").Take(Held);

    public TrainingData Test => Load("t10k");

    private TrainingData Load(string part) => TrainingData.FromFiles(
        [Path.Combine(folder, $"{part}-images-idx3-ubyte.gz")], Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"),
        new ImagePreprocessing { Scale = 1.0 / 255 });
}
