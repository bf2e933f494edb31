using System.IO.Compression;
using ModelBuild.Compiler;
using ModelBuild.Training;

namespace Compress;

/// <summary>What the table is about: a network is trained, pruned to 90 % on a schedule, and trained with the codes of int8.</summary>
internal sealed class TrainingSteps(Options options, CancellationToken cancellation)
{
    private const int BatchSize = 64;

    private readonly Digits _digits = Digits.Load(Project.DigitsFile);

    public async Task RunAsync()
    {
        Directory.CreateDirectory(options.Results);
        string dense = await TrainAsync(Network());
        string pruned = await PruneAsync(dense);
        await QuantizeAsync(pruned);
    }

    private async Task<string> TrainAsync(string network)
    {
        using var trainer = new Trainer(network, Options(epochs: 4, rate: 1e-3));
        trainer.Reinitialize();
        await FitAsync("Training", trainer);
        return Save(trainer, "dense.onnx");
    }

    private async Task<string> PruneAsync(string dense)
    {
        using var trainer = new Trainer(dense, Options(epochs: 5, rate: 1e-3));
        int steps = 5 * ((Count + BatchSize - 1) / BatchSize);
        trainer.Prune(new PolynomialDecay(0.5, 0.9, beginStep: steps / 20, endStep: steps / 2, frequency: Math.Max(1, steps / 40)));
        var pictures = new MaskPictures(trainer, options.Results);
        await FitAsync("Pruning to 90 %", trainer, pictures.Look);
        Console.WriteLine($"  the masks of a part of the largest layer: {pictures.Write()}");
        return Save(trainer, "pruned.onnx");
    }

    private async Task QuantizeAsync(string pruned)
    {
        using var trainer = new Trainer(pruned, Options(epochs: 1, rate: 1e-4) with { KeepZeros = true });
        trainer.QuantizeAware(ModelMode.Int8);
        await FitAsync("Training with int8", trainer);
        Save(trainer, "pruned-int8.onnx");
    }

    private int Count => options.IsQuick ? 640 : Digits.Training;

    /// <summary>No test image takes part, not even to look at: there is no validation.</summary>
    private async Task FitAsync(string what, Trainer trainer, Action<double>? look = null)
    {
        Digits shown = _digits.Range(0, Count);
        var progress = new ProgressLine(what, look);
        TrainingResult result = await trainer.FitAsync(TrainingData.FromArrays(shown.All, shown.Labels), null, progress, cancellation);
        progress.End(result);
    }

    private TrainingOptions Options(int epochs, double rate) => new()
    {
        Epochs = epochs, BatchSize = BatchSize, Optimizer = Optimizers.AdamW(rate), Schedule = LearningRates.Cosine(warmup: 20), Seed = 1,
    };

    private string Save(Trainer trainer, string name)
    {
        string file = Path.Combine(options.Results, name);
        trainer.Save(file);
        return file;
    }

    /// <summary>The architecture, without anything learnt: a file of zeros, which is small when zipped.</summary>
    private string Network()
    {
        if (options.Network is { } own)
        {
            return own;
        }

        string file = Path.Combine(options.Results, "network.onnx");
        using var gzip = new GZipStream(File.OpenRead(Project.NetworkFile), CompressionMode.Decompress);
        using FileStream network = File.Create(file);
        gzip.CopyTo(network);
        return file;
    }
}
