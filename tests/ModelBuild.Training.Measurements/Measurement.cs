using ModelBuild.Compiler;

namespace ModelBuild.Training.Measurements;

/// <summary>The trainings that docs/training.md has figures of. Nothing in them was chosen on test images.</summary>
internal sealed class Measurement(Settings settings, FashionImages images)
{
    public static IReadOnlyDictionary<string, Action<Measurement>> All { get; } = new SortedDictionary<string, Action<Measurement>>(
        StringComparer.Ordinal)
    {
        ["dense"] = m => m.Prune("prune/dense.onnx", sparsity: 0.9, m.Options(epochs: 4, rate: 1e-3), own: 0),
        ["distill"] = m => m.Distill("fashion/lenet.onnx", "fashion/resnet_bn.onnx"),
        ["lstm"] = m => m.Prune("fashion/lstm.onnx", sparsity: 0.8, m.Options(epochs: 10, rate: 4e-3), own: 0.5),
        ["mobilenetv2"] = m => m.Quantize("fashion/mobilenetv2_folded.onnx"),
    };

    /// <summary>A part of the weights becomes zero in the first half of a training.</summary>
    /// <param name="own">What part of the loss is the difference to the model as it was.</param>
    private void Prune(string model, double sparsity, TrainingOptions options, double own)
    {
        using var trainer = new Trainer(File(model), options);
        Say($"{model} as it is", trainer);
        int steps = options.Epochs * ((FashionImages.Trained + options.BatchSize - 1) / options.BatchSize);
        trainer.Prune(new PolynomialDecay(0, sparsity, beginStep: 0, endStep: (int)(steps * settings.Number("end", 0.5))));
        own = settings.Number("own", own);
        if (own > 0)
        {
            trainer.CrossEntropy(weight: 1 - own);
            trainer.Distill(temperature: settings.Number("temperature", 2), weight: own);
        }

        Fit(trainer);
        Say($"{model}, {sparsity:P0} zeros", trainer);
        Save(trainer);
    }

    private void Quantize(string model)
    {
        foreach (ModelMode mode in (ModelMode[])[ModelMode.Int8, ModelMode.Int4Weights])
        {
            using var trainer = new Trainer(File(model), Options(epochs: 2, rate: 2e-4));
            Say($"{model} as it is", trainer);
            trainer.QuantizeAware(mode);
            Fit(trainer);
            Say($"{model}, {mode}", trainer);
            Save(trainer);
        }
    }

    /// <summary>The same architecture from the same random weights, alone and taught.</summary>
    private void Distill(string student, string teacher)
    {
        foreach (bool isTaught in (bool[])[false, true])
        {
            using var trainer = new Trainer(File(student), Options(epochs: 8, rate: 2e-3));
            trainer.Reinitialize();
            if (isTaught)
            {
                trainer.Distill(File(teacher), settings.Number("temperature", 4));
            }

            Fit(trainer);
            Say($"{student} from random weights, {(isTaught ? $"taught by {teacher}" : "alone")}", trainer);
            Save(trainer);
        }
    }

    private static string File(string model) => SharedFolder.File(Path.Combine("models", model));

    private TrainingOptions Options(int epochs, double rate) => new()
    {
        Epochs = settings.Count("epochs", epochs),
        BatchSize = settings.Count("batch", 128),
        Optimizer = Optimizers.AdamW(settings.Number("rate", rate)),
        Schedule = LearningRates.Cosine(warmup: 100),
        Seed = settings.Count("seed", 1),
    };

    private void Fit(Trainer trainer)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        trainer.FitAsync(images.Training, images.Validation, new ConsoleProgress()).GetAwaiter().GetResult();
        Console.WriteLine($"  {clock.Elapsed.TotalSeconds:F0} s");
    }

    private void Save(Trainer trainer)
    {
        if (settings.Text("save", string.Empty) is { Length: > 0 } file)
        {
            trainer.Save(file);
        }
    }

    private void Say(string what, Trainer trainer) => Console.WriteLine(FormattableString.Invariant(
        $"{what}: {trainer.Evaluate(images.Test).Accuracy:P2} of the 10,000 test images, {trainer.Sparsity:P1} zeros"));
}
