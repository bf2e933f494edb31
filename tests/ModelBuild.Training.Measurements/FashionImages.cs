using System.IO.Compression;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Training.Measurements;

/// <summary>Fashion-MNIST's own files: 60,000 images to train and to choose with, and 10,000 for the last word alone.</summary>
/// <param name="folder">Of the four files, as Debian's package dataset-fashion-mnist installs them.</param>
internal sealed class FashionImages(string folder)
{
    /// <summary>How many are trained on.</summary>
    public const int Trained = 60_000 - Held;

    private const int Held = 5000;
    private const int Side = 28;

    /// <summary>The 55,000 that are trained on.</summary>
    public TrainingData Training => Load("train").Skip(Held);

    /// <summary>The 5,000 that show during training how good a model is.</summary>
    public TrainingData Validation => Load("train").Take(Held);

    public TrainingData Test => Load("t10k");

    /// <summary>The 10,000 test images in batches [count, 1, 28, 28], and what is on each.</summary>
    public IEnumerable<(Tensor Images, byte[] Labels)> TestBatches(int count)
    {
        byte[] images = Read("t10k-images-idx3-ubyte.gz", header: 16);
        byte[] labels = Read("t10k-labels-idx1-ubyte.gz", header: 8);
        for (int i = 0; i < labels.Length; i += count)
        {
            byte[] some = images[(i * Side * Side)..((i + count) * Side * Side)];
            yield return (Tensor.Of(Array.ConvertAll(some, pixel => pixel / 255f), count, 1, Side, Side), labels[i..(i + count)]);
        }
    }

    private TrainingData Load(string part) => TrainingData.FromFiles(
        [Path.Combine(folder, $"{part}-images-idx3-ubyte.gz")], Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"),
        new ImagePreprocessing { Scale = 1.0 / 255 });

    /// <summary>The bytes of an IDX file behind its header.</summary>
    private byte[] Read(string file, int header)
    {
        using var gzip = new GZipStream(File.OpenRead(Path.Combine(folder, file)), CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.ToArray()[header..];
    }
}
