using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using TorchSharp;

namespace ModelBuild.Training.Checks;

/// <summary>Training as a user calls it, and what it writes.</summary>
internal static class TrainerChecks
{
    private static readonly TrainingOptions s_options = new()
    {
        Epochs = 6, BatchSize = 32, Optimizer = Optimizers.AdamW(5e-3), Schedule = LearningRates.Cosine(warmup: 5), Seed = 3,
    };

    [Check(nameof(Models))]
    public static void Trainer_OnWhatCanBeLearnt_LearnsItAndWritesWhatItComputes(string model)
    {
        using var folder = new TemporaryFolder();
        string path = model switch
        {
            "convolutional" => SmallModels.Convolutional(folder),
            "recurrent" => SmallModels.Recurrent(folder),
            _ => SmallModels.Dense(folder),
        };
        using var trainer = new Trainer(path, s_options);
        TrainingData test = SmallModels.Data(300, seed: 9);
        double before = trainer.Evaluate(test).Accuracy!.Value;
        TrainingResult result = trainer.FitAsync(SmallModels.Data(1000), test).GetAwaiter().GetResult();
        Assert.True(result.Validation!.Accuracy > 0.95, $"{before:P1} became {result.Validation.Accuracy:P1}");
        Assert.Equal(6 * 32, result.Steps);
        string saved = System.IO.Path.Combine(folder.Path, "saved.onnx");
        trainer.Save(saved);
        Assert.Equal(result.Validation.Accuracy!.Value, Accuracy(saved, 300, 9), 0.004);
    }

    public static IEnumerable<string> Models => ["convolutional", "dense", "recurrent"];

    [Check(nameof(AllOptimizers))]
    public static void Trainer_WithOptimizer_MakesTheLossSmaller(string name)
    {
        using var folder = new TemporaryFolder();
        using var trainer = new Trainer(SmallModels.Dense(folder), s_options with
        {
            Epochs = 2,
            Optimizer = name switch
            {
                "sgd" => Optimizers.Sgd(0.05), "nesterov" => Optimizers.Sgd(0.05, nesterov: true), "adam" => Optimizers.Adam(2e-3),
                _ => Optimizers.AdamW(2e-3),
            },
        });
        double before = trainer.Evaluate(SmallModels.Data(300, 9)).Loss;
        trainer.FitAsync(SmallModels.Data(1000)).GetAwaiter().GetResult();
        double after = trainer.Evaluate(SmallModels.Data(300, 9)).Loss;
        Assert.True(after < 0.5 * before, $"{before} became {after}");
    }

    public static IEnumerable<string> AllOptimizers => ["sgd", "nesterov", "adam", "adamw"];

    /// <summary>The first step of each has a closed form: momentum starts at zero, and Adam's means divide out to the sign.</summary>
    [Check]
    public static void Optimizer_FirstTwoSteps_AreThoseOfTheFormula()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (double[] sgd, double[] adam, double[] adamW) = (
            Run(Optimizers.Sgd(0.1, momentum: 0.9, weightDecay: 0.5)), Run(Optimizers.Adam(0.1)),
            Run(Optimizers.AdamW(0.1, weightDecay: 0.5)));

        // w = 2, gradient 3, then 3 again.
        double w1 = 2 - (0.1 * (3 + (0.5 * 2)));
        Assert.Equal(w1, sgd[0], 1e-5);
        Assert.Equal(w1 - (0.1 * ((0.9 * 4) + 3 + (0.5 * w1))), sgd[1], 1e-5);
        Assert.Equal(1.9, adam[0], 1e-5);
        Assert.Equal(1.8, adam[1], 1e-5);
        Assert.Equal((2 * (1 - 0.05)) - 0.1, adamW[0], 1e-5);

        static double[] Run(OptimizerSettings settings)
        {
            using Optimizer optimizer = settings.Create();
            var parameter = new TorchSharp.Modules.Parameter(torch.full([1, 1], Scalars.Of(2.0)));
            double[] results = new double[2];
            for (int i = 0; i < 2; i++)
            {
                parameter.grad?.zero_();
                (parameter * Scalars.Of(3)).sum().backward();
                optimizer.Step([new LearnedTensor("w", parameter, IsDecayed: true)], settings.LearningRate);
                results[i] = parameter.detach().reshape(1).item<float>();
            }

            return results;
        }
    }

    [Check]
    public static void Trainer_WithTheSameSeed_WritesTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        string path = SmallModels.Convolutional(folder);
        byte[] first = Train(3);
        Assert.Equal(first, Train(3));
        Assert.NotEqual(first, Train(4));

        byte[] Train(int seed)
        {
            using var trainer = new Trainer(path, s_options with { Epochs = 2, Seed = seed });
            trainer.FitAsync(SmallModels.Data(300)).GetAwaiter().GetResult();
            string saved = System.IO.Path.Combine(folder.Path, "saved.onnx");
            trainer.Save(saved);
            return File.ReadAllBytes(saved);
        }
    }

    [Check]
    public static void Trainer_CancelledAndResumed_WritesWhatItWouldHaveWritten()
    {
        using var folder = new TemporaryFolder();
        string path = SmallModels.Convolutional(folder);
        string checkpoint = System.IO.Path.Combine(folder.Path, "state.checkpoint");
        TrainingOptions options = s_options with { Epochs = 3 };
        byte[] whole = Train(options, null, default);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Train(
            options with { CheckpointPath = checkpoint }, null, stop.Token, new Report(p =>
            {
                if (p.Step > 12)
                {
                    stop.Cancel();
                }
            })));
        Assert.Equal([checkpoint], Directory.GetFiles(folder.Path, "state*"));
        Assert.Equal(whole, Train(options, checkpoint, default));

        byte[] Train(TrainingOptions how, string? from, CancellationToken cancellation, IProgress<TrainingProgress>? progress = null)
        {
            using var trainer = new Trainer(path, how);
            trainer.Prune(new PolynomialDecay(0, 0.5, 2, 20, frequency: 4));
            if (from is not null)
            {
                trainer.Resume(from);
            }

            trainer.FitAsync(SmallModels.Data(300), null, progress, cancellation).GetAwaiter().GetResult();
            string saved = System.IO.Path.Combine(folder.Path, "saved.onnx");
            trainer.Save(saved);
            return File.ReadAllBytes(saved);
        }
    }

    [Check]
    public static void Trainer_WithProgress_CountsStepsAndTellsValidation()
    {
        using var folder = new TemporaryFolder();
        var told = new List<TrainingProgress>();
        using var trainer = new Trainer(SmallModels.Dense(folder), s_options with { Epochs = 2 });
        trainer.FitAsync(SmallModels.Data(320), SmallModels.Data(100, 9), new Report(told.Add)).GetAwaiter().GetResult();
        Assert.Equal(20, told.Count);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), told.Select(p => p.Step));
        Assert.Equal([10L, 20], told.Where(p => p.Validation is not null).Select(p => p.Step));
        Assert.Equal(TimeSpan.Zero, told[^1].TimeLeft);
    }

    [Check]
    public static void Trainer_WithEarlyStopping_GoesBackToTheBest()
    {
        using var folder = new TemporaryFolder();
        TrainingData test = SmallModels.Data(200, 9);
        var told = new List<TrainingProgress>();

        // A learning rate that ruins what was learnt.
        using var trainer = new Trainer(SmallModels.Dense(folder), s_options with
        {
            Epochs = 30, Optimizer = Optimizers.Sgd(3), Schedule = LearningRates.Constant(warmup: 200),
            EarlyStopping = new EarlyStopping(Patience: 2),
        });
        TrainingResult result = trainer.FitAsync(SmallModels.Data(500), test, new Report(told.Add)).GetAwaiter().GetResult();
        double best = told.Where(p => p.Validation is not null).Max(p => p.Validation!.Accuracy!.Value);
        Assert.True(result.Epochs < 30, "it did not stop");
        Assert.Equal(best, result.Validation!.Accuracy!.Value, 1e-9);
        Assert.Equal(best, trainer.Evaluate(test).Accuracy!.Value, 1e-9);
    }

    [Check]
    public static void Trainer_WithFrozenWeights_LeavesThemAsTheyAre()
    {
        using var folder = new TemporaryFolder();
        string path = SmallModels.Dense(folder);
        using var trainer = new Trainer(path);
        string first = trainer.Weights[0];
        using var frozen = new Trainer(path, s_options with { Epochs = 1, Freeze = [first] });
        frozen.FitAsync(SmallModels.Data(300)).GetAwaiter().GetResult();
        string saved = System.IO.Path.Combine(folder.Path, "saved.onnx");
        frozen.Save(saved);
        Assert.Equal(Constant(path, first), Constant(saved, first));
        Assert.NotEqual(Constant(path, trainer.Weights[2]), Constant(saved, trainer.Weights[2]));
    }

    [Check]
    public static void Trainer_WithDelegateAndTargets_LearnsThem()
    {
        using var folder = new TemporaryFolder();
        (float[] inputs, long[] labels) = SmallModels.Corners(500);
        TrainingSample[] samples =
        [
            .. labels.Select((label, i) => new TrainingSample
            {
                Inputs = new Dictionary<string, Array> { ["input0"] = inputs.AsSpan(i * 128, 128).ToArray() },
                Target = [.. Enumerable.Range(0, SmallModels.Classes).Select(c => c == label ? 1f : 0)],
            }),
        ];
        foreach (bool isDelegate in (bool[])[false, true])
        {
            using var trainer = new Trainer(SmallModels.Dense(folder), s_options);
            if (isDelegate)
            {
                trainer.Minimize(batch => (batch.Outputs.Values.First() - batch.Targets!).abs().mean());
            }

            TrainingResult result = trainer.FitAsync(TrainingData.From(samples)).GetAwaiter().GetResult();
            Assert.True(result.Loss < 0.2, $"the loss is {result.Loss}");
        }
    }

    [Check]
    public static void Trainer_ThatDistills_BecomesLikeTheTeacherWithoutLabels()
    {
        using var folder = new TemporaryFolder();
        string taught = System.IO.Path.Combine(folder.Path, "teacher.onnx");
        using (var teacher = new Trainer(SmallModels.Convolutional(folder), s_options))
        {
            teacher.FitAsync(SmallModels.Data(1000)).GetAwaiter().GetResult();
            teacher.Save(taught);
        }

        using var student = new Trainer(SmallModels.Dense(folder), s_options);
        student.Reinitialize();
        student.Distill(taught, temperature: 4);
        (float[] inputs, long[] labels) = SmallModels.Corners(1000, seed: 2);
        student.FitAsync(TrainingData.FromArrays(inputs, labels.Length)).GetAwaiter().GetResult();
        string saved = System.IO.Path.Combine(folder.Path, "student.onnx");
        student.Save(saved);
        double accuracy = Accuracy(saved, 300, 9);
        Assert.True(accuracy > 0.95, $"{accuracy:P1} without a label");
    }

    /// <summary>
    /// Where samples are changed on their way nothing can be remembered of them: the teacher is asked each time, and says the same.
    /// </summary>
    [Check]
    public static void Trainer_ThatDistills_AsksTheTeacherOnceAboutASample()
    {
        using var folder = new TemporaryFolder();
        string teacher = SmallModels.Convolutional(folder);
        string model = SmallModels.Dense(folder);
        const int Count = 150;
        (float[] weights, long asked) = Train(augment: null);
        (float[] expected, long each) = Train((inputs, _) => inputs);
        Assert.Equal(Count, asked);
        Assert.Equal(Count * s_options.Epochs, each);
        Assert.True(weights.Zip(expected).All(p => Math.Abs(p.First - p.Second) < 1e-4), "the student has learnt something else");

        (float[] Weights, long Asked) Train(
            Func<IReadOnlyDictionary<string, torch.Tensor>, int, IReadOnlyDictionary<string, torch.Tensor>>? augment)
        {
            using var student = new Trainer(model, s_options with { Augment = augment });
            student.Distill(teacher, temperature: 2);
            student.FitAsync(SmallModels.Data(Count)).GetAwaiter().GetResult();
            using torch.Tensor weight = student.Weight(student.Weights[0]);
            return (weight.data<float>().ToArray(), student.SamplesTaught);
        }
    }

    /// <summary>How often ONNX Runtime finds the corner.</summary>
    internal static double Accuracy(string path, int count, int seed, int? batch = null)
    {
        float[] outputs = OrtSession.Run(File.ReadAllBytes(path), SmallModels.Inputs(count, seed)).Values.First().ToFloats();
        long[] labels = SmallModels.Corners(count, seed).Labels;
        return labels.Where((label, i) =>
        {
            ReadOnlySpan<float> row = outputs.AsSpan(i * SmallModels.Classes, SmallModels.Classes);
            return row.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(row)) == label;
        }).Count() / (double)count;
    }

    /// <summary>A constant of a model file.</summary>
    internal static float[] Constant(string path, string name) =>
        Compiler.Onnx.OnnxImporter.Import(path).Values().First(v => v.Name == name).Constant!.ToFloats();

    private sealed class Report(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        void IProgress<TrainingProgress>.Report(TrainingProgress value) => tell(value);
    }
}
