using ModelBuild.Compiler;

namespace ModelBuild.Training.Measurements;

/// <summary>The trainings that docs/training.md has figures of. Nothing in them was chosen on test images.</summary>
internal sealed class Measurement(Settings settings, FashionImages images)
{
    public static IReadOnlyDictionary<string, Action<Measurement>> All { get; } = new SortedDictionary<string, Action<Measurement>>(
        StringComparer.Ordinal)
    {
        ["dense"] = m => m.Prune("prune/dense.onnx", sparsity: 0.9),
        ["lstm"] = m => m.Prune("fashion/lstm.onnx", sparsity: 0.8),
        ["mobilenetv2"] = m => m.Quantize("fashion/mobilenetv2_folded.onnx"),
        ["distill"] = m => m.Distill("fashion/lenet.onnx", "fashion/resnet_bn.onnx"),
    };

    private void Prune(string model, double sparsity)
    {
        TrainingOptions options = Options(epochs: 4, rate: 1e-3);
        using var trainer = new Trainer(SharedFolder.File(Path.Combine("models", model)), options);
        Say($"{model} as it is", trainer);
        int steps = options.Epochs * ((55_000 + options.BatchSize - 1) / options.BatchSize);
        trainer.Prune(
            new PolynomialDecay(settings.Number("initial", 0), sparsity, (int)(steps * settings.Number("begin", 0)), (int)(steps * settings.Number("end", 0.5))),
            scope: settings.Has("layer") ? Compiler.Pruning.PruningScope.Layer : null);
        if (settings.Has("distill"))
        {
            trainer.CrossEntropy(weight: 1 - settings.Number("distill", 1));
            trainer.Distill(temperature: settings.Number("temperature", 4), weight: settings.Number("distill", 1));
        }

        Fit(trainer);
        Say($"{model}, {sparsity:P0} zeros", trainer);
        trainer.Save(settings.Text("save", "pruned.onnx"));
    }

    private void Quantize(string model)
    {
        foreach (ModelMode mode in (ModelMode[])[ModelMode.Int8, ModelMode.Int4Weights])
        {
            using var trainer = new Trainer(
                SharedFolder.File(Path.Combine("models", model)), Options(epochs: 2, rate: mode == ModelMode.Int8 ? 1e-4 : 2e-4));
            Say($"{model} as it is", trainer);
            trainer.QuantizeAware(mode);
            Fit(trainer);
            Say($"{model}, {mode}", trainer);
        }
    }

    private void Distill(string student, string teacher)
    {
        foreach (bool isTaught in (bool[])[false, true])
        {
            using var trainer = new Trainer(SharedFolder.File(Path.Combine("models", student)), Options(epochs: 8, rate: 2e-3));
            trainer.Reinitialize();
            if (isTaught)
            {
                trainer.Distill(SharedFolder.File(Path.Combine("models", teacher)), settings.Number("temperature", 4));
            }

            Fit(trainer);
            Say($"{student} from random weights, {(isTaught ? $"taught by {teacher}" : "alone")}", trainer);
        }
    }

    private TrainingOptions Options(int epochs, double rate) => new()
    {
        Epochs = settings.Count("epochs", epochs),
        BatchSize = settings.Count("batch", 128),
        Optimizer = Optimizers.AdamW(settings.Number("rate", rate), weightDecay: settings.Number("decay", 0.01)),
        Schedule = LearningRates.Cosine(warmup: 100),
        Seed = settings.Count("seed", 1),
        Augment = settings.Has("mirror") ? Mirrored : null,
    };

    private static IReadOnlyDictionary<string, TorchSharp.torch.Tensor> Mirrored(IReadOnlyDictionary<string, TorchSharp.torch.Tensor> inputs, int seed) =>
        (seed & 1) == 0 ? inputs : inputs.ToDictionary(i => i.Key, i => i.Value.flip(-1), StringComparer.Ordinal);

    private void Fit(Trainer trainer)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        trainer.FitAsync(images.Training, images.Validation, new ConsoleProgress()).GetAwaiter().GetResult();
        Console.WriteLine($"  {clock.Elapsed.TotalSeconds:F0} s");
    }

    private void Say(string what, Trainer trainer)
    {
        double accuracy = trainer.Evaluate(images.Test).Accuracy!.Value;
        Console.WriteLine(FormattableString.Invariant($"{what}: {accuracy:P2} of the 10,000 test images, {trainer.Sparsity:P1} zeros"));
    }
}
