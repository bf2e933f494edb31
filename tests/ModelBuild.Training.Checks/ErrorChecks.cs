using ModelBuild.Compiler;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Training.Checks;

/// <summary>What users get wrong: each has its code and says what to do.</summary>
internal static class ErrorChecks
{
    [Check]
    public static void Trainer_WithWrongInput_SaysWhatIsWrong()
    {
        using var folder = new TemporaryFolder();
        string path = SmallModels.Dense(folder);
        (float[] inputs, long[] labels) = SmallModels.Corners(64);
        var options = new TrainingOptions { BatchSize = 32 };
        Expect("MODELB4012", "there are 64 labels", () => Fit(
            TrainingData.From(labels.Select((label, i) => new TrainingSample
            {
                Inputs = new Dictionary<string, Array> { ["input0"] = inputs.AsSpan(i * 128, 128).ToArray() }, Labels = [label, label],
            })), options));
        Expect("MODELB4012", "label 4", () => Fit(TrainingData.FromArrays(inputs, [.. labels.Skip(1), 4L]), options));
        Expect("MODELB4012", "neither labels nor targets", () => Fit(TrainingData.FromArrays(inputs, 64), options));
        Expect("MODELB4013", "no sample", () => Fit(TrainingData.FromArrays([], []), options));
        Expect("MODELB4013", "no sample", () => Fit(TrainingData.From([]), options));
        Expect("MODELB4013", "100 elements", () => Fit(TrainingData.FromArrays(new float[100], [1L]), options));
        Expect("MODELB4014", "smaller learning rate", () => Fit(
            TrainingData.FromArrays(inputs, labels), options with { Epochs = 40, Optimizer = Optimizers.Sgd(1e30) }));
        Expect("MODELB4015", "up to step 100", () => Fit(
            TrainingData.FromArrays(inputs, labels), options, t => t.Prune(new PolynomialDecay(0, 0.5, 0, 100))));
        Expect("MODELB4016", "cannot be read", () => Fit(
            TrainingData.FromArrays(inputs, labels), options, t => t.Resume(System.IO.Path.Combine(folder.Path, "none"))));
        Expect("MODELB4016", "damaged", () => Fit(
            TrainingData.FromArrays(inputs, labels), options, t => t.Resume(folder.Write("half", new byte[100]))));
        Expect("MODELB4017", "no such weight", () => Fit(
            TrainingData.FromArrays(inputs, labels), options with { Freeze = ["nothing"] }));
        Expect("MODELB4017", "no output 'x'", () => Fit(TrainingData.FromArrays(inputs, labels), options, t => t.CrossEntropy("x")));
        Expect("MODELB4017", "no weight 'x'", () => Fit(TrainingData.FromArrays(inputs, labels), options, t => t.Weight("x")));
        Expect("MODELB4017", "2:4", () => Fit(
            TrainingData.FromArrays(inputs, labels), options, t => t.Prune(new ConstantSparsity(0.8, 0), SparsityPattern.TwoOfFour)));
        Expect("MODELB4017", "names no node", () => Fit(
            TrainingData.FromArrays(inputs, labels), options, t => t.Prune(new ConstantSparsity(0.5, 0), exclude: ["nothing"])));
        Expect("MODELB4017", "validation", () => Fit(
            TrainingData.FromArrays(inputs, labels), options with { EarlyStopping = new EarlyStopping() }));
        Expect("MODELB4011", "no weight", () => Fit(TrainingData.FromArrays(inputs, labels), options with { Freeze = ["*"] }));
        Expect("MODELB0018", "is a folder", () =>
        {
            using var trainer = new Trainer(path, options);
            trainer.Save(folder.Path);
        });

        void Fit(TrainingData data, TrainingOptions how, Action<Trainer>? prepare = null)
        {
            using var trainer = new Trainer(path, how);
            prepare?.Invoke(trainer);
            trainer.FitAsync(data).GetAwaiter().GetResult();
        }
    }

    private static void Expect(string code, string part, Action action)
    {
        CompilationException wrong = Assert.Throws<CompilationException>(action);
        Assert.Equal(code, wrong.Findings[0].Code);
        Assert.Contains(part, wrong.Findings[0].Message, StringComparison.Ordinal);
    }
}
