using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;
using TorchSharp;

namespace ModelBuild.Training.Checks;

/// <summary>Training with roundings, and that what it writes computes what was trained, in ONNX Runtime and in our own kernels.</summary>
internal static class QuantizationChecks
{
    private static readonly TrainingOptions s_options = new()
    {
        Epochs = 5, BatchSize = 32, Optimizer = Optimizers.AdamW(3e-3), Schedule = LearningRates.Cosine(), Seed = 3,
    };

    public static IEnumerable<string> Cases =>
    [
        "Int8 convolutional", "Int8 dense", "Int8 recurrent", "Int4Weights convolutional", "Int4Weights dense", "Int4Weights recurrent",
        "Int8Weights convolutional", "Int8Weights recurrent",
    ];

    [Check(nameof(Cases))]
    public static void Trainer_WithCodes_WritesWhatOnnxRuntimeAndTheCompilerCompute(string name)
    {
        using var folder = new TemporaryFolder();
        ModelMode mode = Enum.Parse<ModelMode>(name.Split(' ')[0]);
        string path = name.Split(' ')[1] switch
        {
            "convolutional" => SmallModels.Convolutional(folder),
            "recurrent" => SmallModels.Recurrent(folder),
            _ => SmallModels.Dense(folder),
        };
        using var trainer = new Trainer(path, s_options);
        trainer.FitAsync(SmallModels.Data(600)).GetAwaiter().GetResult();
        trainer.QuantizeAware(mode);
        TrainingResult result = trainer.FitAsync(SmallModels.Data(600, 2), SmallModels.Data(300, 9)).GetAwaiter().GetResult();
        Assert.True(result.Validation!.Accuracy > 0.93, $"{result.Validation.Accuracy:P1}");
        string saved = System.IO.Path.Combine(folder.Path, "saved.onnx");
        trainer.Save(saved);

        // The same function in three ways: as it was trained, by ONNX Runtime, by the kernels of a build.
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(300, 9);
        float[] trained = trainer.Outputs(inputs).Values.First();
        float[] judged = OrtSession.Run(File.ReadAllBytes(saved), inputs).Values.First().ToFloats();
        using CompiledModel compiled = ModelCompiler.CompileModel(new CompileOptions
        {
            ModelPath = saved, Mode = mode == ModelMode.Int8 ? mode : ModelMode.Fp32, ClassName = "Saved", ResourceName = "Saved",
        });
        float[] built = new Interpreter(compiled.Compiled).Run(inputs).Values.First().ToFloats();
        float scale = trained.Max(Math.Abs);
        CheckNear(trained, judged, scale, "training and ONNX Runtime");
        CheckNear(judged, built, scale, "ONNX Runtime and our kernels");
        Assert.True(
            mode != ModelMode.Int8 || name.EndsWith("recurrent", StringComparison.Ordinal)
                || OnnxImporter.Import(saved).Nodes.Any(n => n.Is("QuantizeLinear")),
            "the file has no codes of activations");
    }

    /// <summary>A value on the border of two codes may fall on either side: that is one step for few elements.</summary>
    private static void CheckNear(float[] left, float[] right, float scale, string which)
    {
        double[] differences = [.. left.Zip(right).Select(p => (double)Math.Abs(p.First - p.Second) / scale).Order()];
        Assert.True(
            differences[(int)(differences.Length * 0.9)] < 1e-3 && differences[^1] < 0.1,
            $"{which} differ by {differences[(int)(differences.Length * 0.9)]:G3} in 90 % and {differences[^1]:G3} at most");
    }

    [Check]
    public static void Trainer_ThatPrunesAndQuantizes_KeepsZerosInCodes()
    {
        foreach (ModelMode mode in (ModelMode[])[ModelMode.Int8, ModelMode.Int4Weights])
        {
            using var folder = new TemporaryFolder();
            using var trainer = new Trainer(SmallModels.Dense(folder), s_options);
            trainer.Prune(new PolynomialDecay(0, 0.8, 5, 60, frequency: 5), scope: PruningScope.Layer);
            trainer.QuantizeAware(mode);
            trainer.FitAsync(SmallModels.Data(600)).GetAwaiter().GetResult();
            string saved = System.IO.Path.Combine(folder.Path, "saved.onnx");
            trainer.Save(saved);
            var network = new Networks.Network(OnnxImporter.Import(saved));
            foreach (Node gemm in network.Graph.Nodes.Where(n => n.Is("Gemm")))
            {
                float[] reals = Reals(gemm.Required(1));
                Assert.True(reals.Count(w => w == 0) >= 0.79 * reals.Length, $"{reals.Count(w => w == 0)} of {reals.Length} are zero");
            }
        }

        static float[] Reals(Value value) => value.Constant?.ToFloats()
            ?? NodeEvaluator.Evaluate(value.Producer!, [.. value.Producer!.Inputs.Select(i => i?.Constant)])![0].ToFloats();
    }

    /// <summary>Where rounding does not switch, its gradient is that of the identity; what is cut off has none.</summary>
    [Check]
    public static void Codes_OfReals_HaveStraightThroughGradients()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor x = torch.tensor([-9f, -0.3f, 0.26f, 1.1f, 99f]).requires_grad_(true);
        torch.Tensor scale = torch.tensor(0.5f).requires_grad_(true);
        torch.Tensor zero = torch.tensor(3f);
        torch.Tensor reals = (Operators.QuantizationPairs.Codes(x, scale, zero, DataType.UInt8) - zero) * scale;
        Assert.Equal([-1.5f, -0.5f, 0.5f, 1f, 99f], reals.data<float>().ToArray());
        reals.sum().backward();
        Assert.Equal([0f, 1, 1, 1, 1], x.grad!.data<float>().ToArray());

        // Inside round(x / s) − x / s, at the lower end its distance from zero: Esser and others, "Learned Step Size Quantization".
        double[] expected = [-3, -1 + 0.6, 1 - 0.52, 2 - 2.2, 198 - 198];
        Assert.Equal(expected.Sum(), scale.grad!.item<float>(), 1e-4);
    }
}
