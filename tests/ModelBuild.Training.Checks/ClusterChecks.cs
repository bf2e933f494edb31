using ModelBuild.Compiler;
using ModelBuild.Compiler.Clustering;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using TorchSharp;
using TorchSharp.Modules;

namespace ModelBuild.Training.Checks;

/// <summary>Weights with few values that stay few.</summary>
internal static class ClusterChecks
{
    [Check(nameof(AllOptimizers))]
    public static void Trainer_ThatKeepsClusters_MovesValuesAndKeepsThemTogether(string name)
    {
        using var folder = new TemporaryFolder();
        string clustered = Clustered(folder, clusters: 8);
        string tuned = System.IO.Path.Combine(folder.Path, "tuned.onnx");
        string[] weights;
        var options = new TrainingOptions
        {
            Epochs = 3, BatchSize = 32, KeepClusters = true,
            Optimizer = name == "sgd" ? Optimizers.Sgd(1e-3, momentum: 0.9) : Optimizers.AdamW(2e-3),
        };
        double before;
        double after;
        using (var trainer = new Trainer(clustered, options))
        {
            weights = [.. trainer.Weights];
            before = trainer.Evaluate(SmallModels.Data(300, 9)).Loss;
            trainer.FitAsync(SmallModels.Data(600, 2)).GetAwaiter().GetResult();
            after = trainer.Evaluate(SmallModels.Data(300, 9)).Loss;
            trainer.Save(tuned);
        }

        Assert.True(after < before, $"{before} became {after}");
        int matrices = 0;
        foreach (string weight in weights)
        {
            float[] old = TrainerChecks.Constant(clustered, weight);
            float[] now = TrainerChecks.Constant(tuned, weight);
            Assert.NotEqual(old, now);
            if (old.Length > 64)
            {
                matrices++;
                Assert.True(old.Distinct().Count() <= 8 && old.Contains(0), "a matrix of 8 values, zero among them");
                Assert.Equal(old.Select(w => w == 0), now.Select(w => w == 0));
                Assert.True(old.Zip(now).Distinct().Count() == old.Distinct().Count(), "values that were one have become several");
            }
        }

        Assert.Equal(2, matrices);
    }

    public static IEnumerable<string> AllOptimizers => ["sgd", "adamw"];

    /// <summary>The gradient of a value is the sum over its weights, as if the layer looked them up in a table.</summary>
    [Check]
    public static void Gradients_OfTiedWeights_AreSums()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var weights = new Parameter(torch.tensor((float[])[1, 2, 0, 1, 2, 1, 0, 1]).reshape(2, 4));
        using WeightClusters clusters = WeightClusters.Of(weights, 3)!;
        (weights * torch.tensor((float[])[1, 2, 3, 4, 5, 6, 7, 8]).reshape(2, 4)).sum().backward();

        clusters.TieGradients();

        Assert.Equal([19f, 7f, 0f, 19f, 7f, 19f, 0f, 19f], weights.grad!.flatten().data<float>().ToArray());
        Assert.True(WeightClusters.Of(weights, 2) is null, "three values are more than two");
    }

    [Check]
    public static void Trainer_WithoutFewValues_SaysSo()
    {
        using var folder = new TemporaryFolder();
        using var trainer = new Trainer(SmallModels.Dense(folder), new TrainingOptions { KeepClusters = true });
        try
        {
            trainer.FitAsync(SmallModels.Data(64)).GetAwaiter().GetResult();
        }
        catch (CompilationException e) when (e.Findings[0].Code == DiagnosticCodes.TrainingOption)
        {
            Assert.True(e.Findings[0].Message.Contains("modelbuild cluster", StringComparison.Ordinal), e.Findings[0].Message);
            return;
        }

        Assert.True(false, "nothing was said");
    }

    /// <summary>A model that has been pruned and clustered.</summary>
    private static string Clustered(TemporaryFolder folder, int clusters)
    {
        CompileOptions options = new()
        {
            ModelPath = SmallModels.Dense(folder), Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
            Clustering = new ClusteringOptions { Clusters = clusters },
            Pruning = new Compiler.Pruning.PruningOptions { Sparsity = 0.3 },
        };
        string file = System.IO.Path.Combine(folder.Path, "clustered.onnx");
        using FileStream stream = File.Create(file);
        ModelCompiler.Compile(options).WriteOnnx(stream);
        return file;
    }
}
