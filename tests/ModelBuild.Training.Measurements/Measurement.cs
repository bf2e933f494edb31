using System.Diagnostics;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Pruning;
using ModelBuild.TestSupport;

namespace ModelBuild.Training.Measurements;

/// <summary>
/// What the figures of docs/smaller.md and docs/training.md come from. Nothing in them was chosen on test images: what was tried before was
/// judged by <c>--judge validation</c>.
/// </summary>
internal sealed class Measurement(Settings settings, FashionImages images)
{
    public static IReadOnlyDictionary<string, Action<Measurement>> All { get; } = new SortedDictionary<string, Action<Measurement>>(
        StringComparer.Ordinal)
    {
        ["dense"] = m => m.Dense("prune/dense.onnx"),
        ["distill"] = m => m.Distill("fashion/lenet.onnx", "fashion/resnet_bn.onnx"),
        ["lstm"] = m => m.Recurrent("fashion/lstm.onnx"),
        ["mobilenetv2"] = m => m.Quantize("fashion/mobilenetv2_folded.onnx"),
        ["untrained"] = m => m.PruneWithoutTraining("fashion/resnet_folded.onnx"),
    };

    /// <summary>Nine in ten weights go, on a schedule; then codes take their place.</summary>
    private void Dense(string model)
    {
        SayDeployed($"{model} as it is, fp32", File(model), ModelMode.Fp32);
        using var folder = new TemporaryFolder();
        string pruned = Path.Combine(folder.Path, "pruned.onnx");
        Prune(model, sparsity: 0.9, Options(epochs: 4, rate: 1e-3), own: 0, pruned);
        SayDeployed("  fp32, coded", pruned, ModelMode.Fp32, isCompressed: true);
        SayDeployed("  int8 without training, coded", pruned, ModelMode.Int8, isCompressed: true);

        using var trainer = new Trainer(pruned, Options(epochs: 1, rate: 1e-4) with { KeepZeros = true });
        trainer.QuantizeAware(ModelMode.Int8);
        Fit(trainer);
        Say($"{model}, zeros and int8", trainer);
        string quantized = Path.Combine(folder.Path, "quantized.onnx");
        trainer.Save(quantized);
        SayDeployed("  int8 with training, coded", quantized, ModelMode.Int8, isCompressed: true);
    }

    private void Recurrent(string model)
    {
        using var folder = new TemporaryFolder();
        string pruned = Path.Combine(folder.Path, "pruned.onnx");
        Prune(model, sparsity: 0.8, Options(epochs: 10, rate: 4e-3), own: 0.5, pruned);
        SayDeployed("  fp32, coded", pruned, ModelMode.Fp32, isCompressed: true);
        SayDeployed("  int8, coded", pruned, ModelMode.Int8, isCompressed: true);
    }

    /// <summary>A part of the weights becomes zero in the first half of a training.</summary>
    /// <param name="own">What part of the loss is the difference to the model as it was.</param>
    private void Prune(string model, double sparsity, TrainingOptions options, double own, string result)
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
        trainer.Save(result);
    }

    private void Quantize(string model)
    {
        SayDeployed($"{model} as it is, fp32", File(model), ModelMode.Fp32);
        foreach (ModelMode mode in (ModelMode[])[ModelMode.Int8, ModelMode.Int4Weights])
        {
            SayDeployed($"{model}, {mode} without training", File(model), mode);
            using var trainer = new Trainer(File(model), Options(epochs: 2, rate: 2e-4));
            trainer.QuantizeAware(mode);
            Fit(trainer);
            Say($"{model}, {mode}", trainer);
            using var folder = new TemporaryFolder();
            string quantized = Path.Combine(folder.Path, "quantized.onnx");
            trainer.Save(quantized);
            SayDeployed("  of training, deployed", quantized, mode);
        }
    }

    /// <summary>The same architecture from the same random weights, alone and taught, for several seeds.</summary>
    private void Distill(string student, string teacher)
    {
        int seeds = settings.Count("seeds", 3);
        var right = new double[2];
        int first = settings.Count("seed", 1);
        for (int seed = first; seed < first + seeds; seed++)
        {
            foreach (bool isTaught in (bool[])[false, true])
            {
                using var trainer = new Trainer(File(student), Options(epochs: 12, rate: 2e-3) with { Seed = seed });
                trainer.Reinitialize();
                if (isTaught)
                {
                    double own = settings.Number("own", 1);
                    trainer.Distill(File(teacher), settings.Number("temperature", 4), own);
                    if (own < 1)
                    {
                        trainer.CrossEntropy(weight: 1 - own);
                    }
                }

                Fit(trainer);
                right[isTaught ? 1 : 0] += Say(
                    $"{student} from random weights, seed {seed}, {(isTaught ? $"taught by {teacher}" : "alone")}", trainer) / seeds;
            }
        }

        Console.WriteLine(FormattableString.Invariant(
            $"alone {right[0]:P2}, taught {right[1]:P2} on average: {(right[1] - right[0]) * 100:F2} points more"));
    }

    /// <summary>What the build prunes with samples and without labels.</summary>
    private void PruneWithoutTraining(string model)
    {
        SayDeployed($"{model} as it is, fp32", File(model), ModelMode.Fp32);
        SayDeployed("  50 % unstructured, fp32", File(model), ModelMode.Fp32, new PruningOptions { Sparsity = 0.5 });
        SayDeployed("  2:4, fp32", File(model), ModelMode.Fp32, new PruningOptions { Pattern = SparsityPattern.TwoOfFour });
        SayDeployed("  as it is, int8", File(model), ModelMode.Int8);
        SayDeployed("  50 % unstructured, int8", File(model), ModelMode.Int8, new PruningOptions { Sparsity = 0.5 });
        SayDeployed("  2:4, int8", File(model), ModelMode.Int8, new PruningOptions { Pattern = SparsityPattern.TwoOfFour });
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
        var clock = Stopwatch.StartNew();
        trainer.FitAsync(images.Training, images.Validation, new ConsoleProgress()).GetAwaiter().GetResult();
        Console.WriteLine($"  {clock.Elapsed.TotalSeconds:F0} s");
    }

    /// <returns>What part was right.</returns>
    private double Say(string what, Trainer trainer)
    {
        (TrainingData judge, string name) =
            IsForChoice ? (images.Validation, "5,000 held") : (images.Test, "10,000 test");
        double right = trainer.Evaluate(judge).Accuracy!.Value;
        Console.WriteLine(FormattableString.Invariant(
            $"{what}: {right:P2} of the {name} images, {trainer.Sparsity:P1} zeros"));
        return right;
    }

    private void SayDeployed(
        string what, string model, ModelMode mode, PruningOptions? pruning = null, bool isCompressed = false)
    {
        if (!IsForChoice)
        {
            Deployment deployed = Deployment.Of(model, mode, images, pruning, isCompressed);
            Console.WriteLine(FormattableString.Invariant(
                $"{what}: {deployed.Right:P2} of the 10,000 test images as deployed, {deployed.Bytes:N0} bytes of weights"));
        }
    }

    private bool IsForChoice => settings.Text("judge", "test") == "validation";
}
