using FashionMnist;

namespace ModelBuild.Conformance.Tests;

/// <summary>The classes that this project's build has generated, against ONNX Runtime, on the 2,000 test images of the sample.</summary>
public sealed class GeneratedClassesTests(GeneratedClassesTests.Predictions predictions) : IClassFixture<GeneratedClassesTests.Predictions>
{
    [Theory]
    [InlineData("lenet")]
    [InlineData("resnet")]
    public void Predict_Fp32_IsWithinOneTenThousandthOfOnnxRuntime(string model)
    {
        Assert.InRange(Scores.RelativeError(predictions.OfOnnxRuntime(model, "fp32"), predictions.Of(model, "fp32")), 0, 1e-4);
    }

    [Theory]
    [InlineData("lenet")]
    [InlineData("resnet")]
    public void Predict_Int8_AgreesWithOnnxRuntimeOnOurQdqFile(string model)
    {
        Assert.InRange(Scores.Agreement(predictions.OfOnnxRuntime(model, "int8"), predictions.Of(model, "int8")), 99.8, 100);
    }

    [Theory]
    [InlineData("lenet")]
    [InlineData("resnet")]
    public void Predict_Fp16_AgreesWithOnnxRuntimeOnOurFp16File(string model)
    {
        Assert.InRange(Scores.Agreement(predictions.OfOnnxRuntime(model, "fp16"), predictions.Of(model, "fp16")), 99.8, 100);
    }

    [Theory]
    [InlineData("lenet", "fp32", 0.1)]
    [InlineData("lenet", "fp16", 0.1)]
    [InlineData("lenet", "int8", 0.3)]
    [InlineData("resnet", "fp32", 0.1)]
    [InlineData("resnet", "fp16", 0.1)]
    [InlineData("resnet", "int8", 0.3)]
    public void Predict_EveryMode_KeepsTheAccuracyOfOnnxRuntimeInFp32(string model, string mode, double points)
    {
        double expected = Scores.Accuracy(predictions.OfOnnxRuntime(model, "fp32"), predictions.Images.Label);
        double actual = Scores.Accuracy(predictions.Of(model, mode), predictions.Images.Label);
        Assert.InRange(Math.Abs(actual - expected), 0, points + 1e-9);
    }

    [Theory]
    [InlineData("lenet")]
    [InlineData("resnet")]
    public void Predict_Int8_IsAtLeast35DecibelsFromFp32(string model)
    {
        Assert.InRange(Scores.SqnrDb(predictions.Of(model, "fp32"), predictions.Of(model, "int8")), 35, double.PositiveInfinity);
    }

    [Theory]
    [InlineData("lenet", "fp16", 0.525)]
    [InlineData("lenet", "int8", 0.27)]
    [InlineData("resnet", "fp16", 0.525)]
    [InlineData("resnet", "int8", 0.27)]
    public void Weights_SmallModes_TakeTheirShareOfFp32(string model, string mode, double share)
    {
        Assert.InRange(Predictions.WeightBytes(model, mode), 1, share * Predictions.WeightBytes(model, "fp32"));
    }

    [Theory]
    [InlineData("lenet", "fp32")]
    [InlineData("lenet", "fp16")]
    [InlineData("lenet", "int8")]
    [InlineData("resnet", "fp32")]
    [InlineData("resnet", "fp16")]
    [InlineData("resnet", "int8")]
    public void Predict_IntoTheCallersSpan_AllocatesNothing(string model, string mode)
    {
        Predict predict = Predictions.Class(model, mode);
        var scores = new float[Scores.Classes];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                predict(predictions.Images[i], scores);
            }
        }));
    }

    [Theory]
    [InlineData("lenet", "fp32")]
    [InlineData("lenet", "int8")]
    [InlineData("resnet", "fp32")]
    [InlineData("resnet", "int8")]
    public void Predict_ABatch_GivesWhatItsImagesGiveAlone(string model, string mode)
    {
        const int Batch = 5;
        var pixels = new List<float>();
        for (int i = 0; i < Batch; i++)
        {
            pixels.AddRange(predictions.Images[i]);
        }

        var scores = new float[Batch * Scores.Classes];
        Predictions.Class(model, mode)(pixels.ToArray(), scores);

        // Sums of integers do not depend on their order; sums of floats may be cut in other tiles for a batch.
        Assert.InRange(Scores.RelativeError(predictions.Of(model, mode)[..scores.Length], scores), 0, mode == "int8" ? 0 : 1e-5);
    }

    public delegate void Predict(ReadOnlySpan<float> pixels, Span<float> scores);

    /// <summary>Everybody's scores of all images, computed when first asked for.</summary>
    public sealed class Predictions
    {
        private readonly Dictionary<(string, string), float[]> _ours = [];
        private readonly Dictionary<(string, string), float[]> _theirs = [];

        internal FashionImages Images { get; } = FashionImages.Load(Path.Combine(AppContext.BaseDirectory, "data"));

        internal static Predict Class(string model, string mode) => (model, mode) switch
        {
            ("lenet", "fp32") => new LenetFp32().Predict,
            ("lenet", "fp16") => new Lenet().Predict,
            ("lenet", "int8") => new LenetInt8().Predict,
            ("resnet", "fp32") => new ResnetFp32().Predict,
            ("resnet", "fp16") => new Resnet().Predict,
            _ => new ResnetInt8().Predict,
        };

        internal static long WeightBytes(string model, string mode)
        {
            string name = mode == "fp16" ? model : model + mode;
            string resource = typeof(Predictions).Assembly.GetManifestResourceNames()
                .Single(n => $".{n}".EndsWith($".{name}.weights", StringComparison.OrdinalIgnoreCase));
            using Stream stream = typeof(Predictions).Assembly.GetManifestResourceStream(resource)!;
            return stream.Length;
        }

        internal float[] Of(string model, string mode)
        {
            if (!_ours.TryGetValue((model, mode), out float[]? scores))
            {
                scores = new float[Images.Count * Scores.Classes];
                Predict predict = Class(model, mode);
                for (int i = 0; i < Images.Count; i++)
                {
                    predict(Images[i], scores.AsSpan(i * Scores.Classes, Scores.Classes));
                }

                _ours.Add((model, mode), scores);
            }

            return scores;
        }

        internal float[] OfOnnxRuntime(string model, string mode)
        {
            if (!_theirs.TryGetValue((model, mode), out float[]? scores))
            {
                using var session =
                    new OrtSession(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", $"{model}.{mode}.onnx")));
                scores = new float[Images.Count * Scores.Classes];
                var input = new float[FashionImages.Pixels];
                var output = new float[Scores.Classes];
                Action run = session.Bind(input, [1, 1, 28, 28], output, [1, Scores.Classes]);
                for (int i = 0; i < Images.Count; i++)
                {
                    Images[i].CopyTo(input);
                    run();
                    output.CopyTo(scores, i * Scores.Classes);
                }

                _theirs.Add((model, mode), scores);
            }

            return scores;
        }
    }
}
