using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Training.Checks;

/// <summary>Models that arrive with codes, of other tools or of our own: these are trained on, and stay what they are.</summary>
internal static class ArrivedChecks
{
    private static readonly TrainingOptions s_options = new()
    {
        Epochs = 4, BatchSize = 16, Optimizer = Optimizers.AdamW(3e-4), Seed = 3,
    };

    /// <summary>
    /// Codes with and without zero points, per tensor and per channel, of 8 and 16 bits, with and without codes for biases, and operators
    /// on codes.
    /// </summary>
    public static IEnumerable<string> Models =>
    [
        "aimet.default_cfg.lenet", "fashion_qat_w8a8_qcdq", "inc.QDQ_u8s8_pc.lenet", "nncf.default.lenet",
        "ort.static_default_s8s8_pt.resnet_folded", "ort.u16s8_pc.lenet", "ort.u8s8_pc.lenet", "ort.u8s8_pc_QOperator.lenet",
        "quark.XINT8.mobilenetv2_folded",
    ];

    [Check(nameof(Models))]
    public static void Trainer_OfModelThatAnotherToolQuantized_TrainsItWithItsCodes(string model)
    {
        using var folder = new TemporaryFolder();
        string path = Repository.Asset("quantized", model + ".onnx");
        Tensor images = NumpyFile.ReadNpz(Repository.Asset("quantized", model + ".npz"))
            .First(a => a.Key.StartsWith("in_", StringComparison.Ordinal)).Value;
        string input = OnnxImporter.Import(path).Inputs[0].Name;
        var inputs = new Dictionary<string, Tensor> { [input] = images };
        float[] before = OrtSession.Run(File.ReadAllBytes(path), inputs).Values.First().ToFloats();
        using var trainer = new Trainer(path, s_options);
        CheckNear(before, trainer.Outputs(inputs).Values.First(), "ONNX Runtime and the model before training");
        Assert.True(trainer.Weights.Count > 3, string.Join(", ", trainer.Weights));

        // Classes in another order than the model has them: there is something to learn.
        int samples = (int)images.Dimensions[0];
        int classes = before.Length / samples;
        long[] labels = [.. Enumerable.Range(0, samples).Select(i =>
        {
            ReadOnlySpan<float> row = before.AsSpan(i * classes, classes);
            return (long)((row.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(row)) + 1) % classes);
        })];
        TrainingData data = TrainingData.FromArrays(images.ToFloats(), labels);
        double loss = trainer.Evaluate(data).Loss;
        TrainingResult result = trainer.FitAsync(data, data).GetAwaiter().GetResult();
        Assert.True(result.Validation!.Loss < loss, $"the loss was {loss} and is {result.Validation.Loss}");

        string saved = System.IO.Path.Combine(folder.Path, "saved.onnx");
        trainer.Save(saved);
        float[] trained = trainer.Outputs(inputs).Values.First();
        float[] judged = OrtSession.Run(File.ReadAllBytes(saved), inputs).Values.First().ToFloats();
        using CompiledModel compiled = ModelCompiler.CompileModel(new CompileOptions
        {
            ModelPath = saved, Mode = ModelMode.Int8, ClassName = "Saved", ResourceName = "Saved",
        });
        CheckNear(trained, judged, "training and ONNX Runtime");
        CheckNear(judged, new Interpreter(compiled.Compiled).Run(inputs).Values.First().ToFloats(), "ONNX Runtime and our kernels");
        Assert.Equal(Codes(path), Codes(saved));
    }

    public static IEnumerable<string> Modes => ["Int4Weights", "Int8", "Int8Weights"];

    [Check(nameof(Modes))]
    public static void Trainer_OfModelThatItQuantizedItself_GoesOn(string mode)
    {
        using var folder = new TemporaryFolder();
        string saved = System.IO.Path.Combine(folder.Path, "saved.onnx");
        using (var first = new Trainer(SmallModels.Convolutional(folder), s_options with { Epochs = 1 }))
        {
            first.QuantizeAware(Enum.Parse<ModelMode>(mode));
            first.FitAsync(SmallModels.Data(200)).GetAwaiter().GetResult();
            first.Save(saved);
        }

        double before = TrainerChecks.Accuracy(saved, 300, 9);
        using var trainer = new Trainer(saved, s_options with { Optimizer = Optimizers.AdamW(3e-3) });
        if (mode != nameof(ModelMode.Int8))
        {
            // Stored weights are numbers as others are, and get codes once more.
            trainer.QuantizeAware(Enum.Parse<ModelMode>(mode));
        }

        trainer.Prune(new ConstantSparsity(0.5, 0));
        trainer.FitAsync(SmallModels.Data(600, 2)).GetAwaiter().GetResult();
        trainer.Save(saved);
        double after = TrainerChecks.Accuracy(saved, 300, 9);
        Assert.True(after > 0.93 && after > before, $"{before:P1} became {after:P1}");
        float[][] weights =
            [.. OnnxImporter.Import(saved).Nodes.Where(n => n.Is("Conv") || n.Is("Gemm")).Select(n => Reals(n.Required(1)))];
        int all = weights.Sum(w => w.Length);
        int zeros = weights.Sum(w => w.Count(r => r == 0));
        Assert.True(zeros >= 0.49 * all, $"{zeros} of {all} weights are zero");

        static float[] Reals(Value value) => value.Constant?.ToFloats()
            ?? NodeEvaluator.Evaluate(value.Producer!, [.. value.Producer!.Inputs.Select(i => i?.Constant)])![0].ToFloats();
    }

    [Check]
    public static void Trainer_OfModelWithCodes_RefusesOtherCodesAndOtherWeights()
    {
        using var trainer = new Trainer(Repository.Asset("quantized", "ort.u8s8_pc.lenet.onnx"));
        foreach (Action action in (Action[])[() => trainer.QuantizeAware(ModelMode.Int8), trainer.Reinitialize])
        {
            CompilationException error = Assert.Throws<CompilationException>(action);
            Assert.Equal("MODELB4017", error.Findings[0].Code);
            Assert.Contains("the float model that it was made of", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Integer products without DequantizeLinear have no gradient.</summary>
    [Check]
    public static void Trainer_OfModelWithDynamicCodes_RefusesItByName()
    {
        using var trainer = new Trainer(Repository.Asset("quantized", "ort.dynamic_s8_pt.lenet.onnx"), s_options);
        TrainingData data = TrainingData.FromArrays(new float[2 * 28 * 28], [0L, 1L]);
        CompilationException error = Assert.Throws<CompilationException>(() => trainer.FitAsync(data).GetAwaiter().GetResult());
        Assert.Equal("MODELB4011", error.Findings[0].Code);
    }

    private static string Codes(string path) => string.Join(' ', OnnxImporter.Import(path).Nodes
        .Where(n => n.Is("QuantizeLinear") || n.Is("DequantizeLinear"))
        .GroupBy(n => $"{n.Type} {(n.Is("QuantizeLinear") ? n.Output.Type : n.Required(0).Type)}")
        .OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key} {g.Count()}"));

    /// <summary>
    /// A value on the border of two codes may fall on either side. In a network of fifty layers that is a few steps of the outputs' codes,
    /// of which there are 128 on a side.
    /// </summary>
    private static void CheckNear(float[] left, float[] right, string which)
    {
        float scale = left.Max(Math.Abs);
        double[] differences = [.. left.Zip(right).Select(p => (double)Math.Abs(p.First - p.Second) / scale).Order()];
        Assert.True(
            differences[(int)(differences.Length * 0.9)] < 2e-2 && differences[^1] < 0.1,
            $"{which} differ by {differences[(int)(differences.Length * 0.9)]:G3} in 90 % and {differences[^1]:G3} at most");
    }
}
