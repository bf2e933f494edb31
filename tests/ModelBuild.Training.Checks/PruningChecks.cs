using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Training.Checks;

/// <summary>Weights that training makes zero, in the file that it writes.</summary>
internal static class PruningChecks
{
    public static IEnumerable<string> Patterns => ["unstructured", "1x2", "1x4", "2x4", "2:4"];

    [Check(nameof(Patterns))]
    public static void Trainer_ThatPrunes_WritesExactZerosInThePattern(string word)
    {
        using var folder = new TemporaryFolder();
        Assert.True(SparsityPattern.TryRead(word, out SparsityPattern pattern, out _));
        using var trainer = new Trainer(SmallModels.Dense(folder), new TrainingOptions
        {
            Epochs = 6, BatchSize = 32, Optimizer = Optimizers.AdamW(5e-3), Seed = 3,
        });
        double wanted = pattern == SparsityPattern.TwoOfFour ? 0.5 : 0.75;
        trainer.Prune(new PolynomialDecay(0, wanted, 20, 120, frequency: 10), pattern, scope: PruningScope.Layer);
        TrainingResult result = trainer.FitAsync(SmallModels.Data(1000), SmallModels.Data(300, 9)).GetAwaiter().GetResult();
        Assert.Equal(wanted, result.Sparsity, 0.001);
        Assert.True(result.Validation!.Accuracy > 0.93, $"{result.Validation.Accuracy:P1}");
        string saved = System.IO.Path.Combine(folder.Path, "saved.onnx");
        trainer.Save(saved);
        Graph graph = OnnxImporter.Import(saved);
        foreach (Node gemm in graph.Nodes.Where(n => n.Is("Gemm")))
        {
            Tensor weights = gemm.Required(1).Constant!;
            float[] numbers = weights.ToFloats();
            Assert.Equal(wanted, numbers.Count(w => w == 0) / (double)numbers.Length, 0.001);
            CheckPattern(numbers, (int)weights.Dimensions[0], (int)weights.Dimensions[1], pattern);
        }
    }

    /// <summary>Of [outputs, inputs]: blocks are zero as a whole, or two of four are.</summary>
    private static void CheckPattern(float[] numbers, int outputs, int inputs, SparsityPattern pattern)
    {
        if (pattern == SparsityPattern.Unstructured)
        {
            return;
        }

        for (int o = 0; o < outputs; o += pattern.Outputs)
        {
            for (int i = 0; i < inputs; i += pattern.Inputs)
            {
                int zeros = Enumerable.Range(0, pattern.Outputs * pattern.Inputs)
                    .Count(k => numbers[((o + (k / pattern.Inputs)) * inputs) + i + (k % pattern.Inputs)] == 0);
                bool fits = pattern == SparsityPattern.TwoOfFour ? zeros >= 2 : zeros == 0 || zeros == pattern.Outputs * pattern.Inputs;
                Assert.True(fits, $"{zeros} zeros at output {o}, input {i}");
            }
        }
    }

    [Check]
    public static void Trainer_ThatKeepsZeros_LeavesThemZeroAndMovesTheOthers()
    {
        using var folder = new TemporaryFolder();
        string sparse = System.IO.Path.Combine(folder.Path, "sparse.onnx");
        using (var pruned = new Trainer(SmallModels.Dense(folder), new TrainingOptions { Epochs = 2, BatchSize = 32 }))
        {
            pruned.Prune(new ConstantSparsity(0.6, 0));
            pruned.FitAsync(SmallModels.Data(300)).GetAwaiter().GetResult();
            pruned.Save(sparse);
        }

        string name = string.Empty;
        string tuned = System.IO.Path.Combine(folder.Path, "tuned.onnx");
        using (var trainer = new Trainer(sparse, new TrainingOptions { Epochs = 2, BatchSize = 32, KeepZeros = true }))
        {
            name = trainer.Weights[0];
            trainer.FitAsync(SmallModels.Data(300, 2)).GetAwaiter().GetResult();
            trainer.Save(tuned);
        }

        float[] before = TrainerChecks.Constant(sparse, name);
        float[] after = TrainerChecks.Constant(tuned, name);
        Assert.Equal(before.Select(w => w == 0), after.Select(w => w == 0));
        Assert.NotEqual(before, after);
    }

    [Check]
    public static void Trainer_ThatPrunesWithoutAWord_KeepsMoreOfTheSmallLayerAndReachesTheSparsityOfBoth()
    {
        using var folder = new TemporaryFolder();
        using var trainer = new Trainer(SmallModels.Dense(folder), new TrainingOptions { Epochs = 2, BatchSize = 32 });
        trainer.Prune(new ConstantSparsity(0.9, 0, 20));
        TrainingResult result = trainer.FitAsync(SmallModels.Data(640)).GetAwaiter().GetResult();
        Assert.Equal(0.9, result.Sparsity, 0.001);
        double[] layers = [.. trainer.Weights.Select(Kept).Where(k => k < 1)];
        Assert.Equal(2, layers.Length);
        Assert.True(layers[1] > 2 * layers[0], $"{layers[0]:P1} of the large layer, {layers[1]:P1} of the small one");

        double Kept(string name)
        {
            using TorchSharp.torch.Tensor weight = trainer.Weight(name);
            using TorchSharp.torch.Tensor mean = weight.ne(Scalars.Of(0)).to(TorchSharp.torch.ScalarType.Float32).mean();
            return weight.dim() < 2 ? 1 : mean.item<float>();
        }
    }

    [Check]
    public static void Trainer_ThatHasPruned_KeepsTheZerosInTheNextTraining()
    {
        using var folder = new TemporaryFolder();
        using var trainer = new Trainer(SmallModels.Dense(folder), new TrainingOptions { Epochs = 2, BatchSize = 32 });
        trainer.Prune(new PolynomialDecay(0.2, 0.8, 0, 18, frequency: 4));
        trainer.FitAsync(SmallModels.Data(320)).GetAwaiter().GetResult();

        // Of fewer steps than the schedule has: it is over.
        TrainingResult result = trainer.FitAsync(SmallModels.Data(64, 5)).GetAwaiter().GetResult();
        Assert.Equal(0.8, result.Sparsity, 0.001);
    }
}
