using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Conformance.Tests.Road;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests;

/// <summary>Trained models of the shared folder, the whole road, against the outputs that ONNX Runtime gave for the same inputs.</summary>
public sealed class RealModelsTests
{
    [SharedTheory]
    [InlineData("models/real/blazeface.onnx", "")]
    [InlineData("models/real/efficientnet_lite0.onnx", "")]
    [InlineData("models/real/g2p_id_lstm_encoder.onnx", "unk__67=24")]
    [InlineData("models/real/g2p_id_lstm_decoder.onnx", "unk__58=1")]
    [InlineData("models/real/minilm_l6.onnx", "sequence=16")]
    public void Predict_RealInputs_GivesWhatOnnxRuntimeGave(string model, string dimensions)
    {
        foreach ((ModelMode mode, double bound) in (IEnumerable<(ModelMode, double)>)[(ModelMode.Fp32, 1e-4), (ModelMode.Fp16, 2e-3)])
        {
            using CompileResult result = ModelCompiler.Compile(new CompileOptions
            {
                ModelPath = SharedFolder.File(model),
                Mode = mode,
                ClassName = "Model",
                ResourceName = "Model.weights",
                Dimensions = dimensions.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(d => d.Split('='))
                    .ToDictionary(
                        d => d[0], d => (DimensionRange)long.Parse(d[1], System.Globalization.CultureInfo.InvariantCulture)),
            });
            Dictionary<string, Tensor> arrays = NumpyFile.ReadNpz(SharedFolder.File(Path.ChangeExtension(model, ".ref.npz")));
            Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", Named(arrays, "in_"));

            Assert.All(Named(arrays, "out_"), output =>
            {
                Assert.Equal(output.Value.Dimensions, actual[output.Key].Dimensions);
                float[] expected = output.Value.ToFloats();
                float range = expected.Max() - expected.Min();
                Assert.InRange(expected.Zip(actual[output.Key].ToFloats(), (e, a) => Math.Abs(e - a)).Max() / range, 0, bound);
            });
        }
    }

    /// <summary>One class for all sizes of what a model leaves open.</summary>
    [SharedTheory]
    [InlineData("models/real/efficientnet_lite0.onnx")]
    [InlineData("models/real/g2p_id_lstm_encoder.onnx")]
    [InlineData("models/real/g2p_id_lstm_decoder.onnx")]
    [InlineData("models/real/minilm_l6.onnx")]
    [InlineData("models/fashion/lenet.onnx")]
    [InlineData("models/fashion/lstm.onnx")]
    [InlineData("models/fashion/mobilenetv2_folded.onnx")]
    public void Predict_ThreeSizesOfEveryOpenDimension_GivesWhatOnnxRuntimeComputes(string model)
    {
        string path = SharedFolder.File(model);
        string arrays = Path.ChangeExtension(path, ".ref.npz");
        Dictionary<string, Tensor> reference = File.Exists(arrays) ? Named(NumpyFile.ReadNpz(arrays), "in_") : [];
        using var session = new OrtSession(File.ReadAllBytes(path));
        foreach ((ModelMode mode, double bound) in (IEnumerable<(ModelMode, double)>)[(ModelMode.Fp32, 1e-4), (ModelMode.Fp16, 2e-3)])
        {
            using CompileResult result = ModelCompiler.Compile(
                new CompileOptions { ModelPath = path, Mode = mode, ClassName = "Model", ResourceName = "Model.weights" });
            GeneratedModels generated = GeneratedModels.Build(result);
            ExecutionPlan plan = PlanReader.Read(result.Plan);
            Assert.NotEmpty(plan.Symbols);
            for (int size = 0; size < 3; size++)
            {
                // Each its own, so that no two are taken for one another.
                Dictionary<string, long> sizes = plan.Symbols.Select((symbol, i) => (symbol, (3L * size) + (5 * i) + 1))
                    .ToDictionary(s => s.symbol, s => s.Item2, StringComparer.Ordinal);
                Dictionary<string, Tensor> inputs = plan.Inputs.ToDictionary(
                    p => p.Name,
                    p =>
                    {
                        long[] shape = [.. plan.Tensors[p.Tensor].Shape.Select(d => d.Evaluate(sizes))];
                        return reference.TryGetValue(p.Name, out Tensor? given) ? Sized(given, shape) : ModelParts.Values(1, shape);
                    });
                Dictionary<string, Tensor> expected = session.Run(inputs);
                Dictionary<string, Tensor> actual = generated.Predict("Model", inputs);
                Assert.All(plan.Outputs, output =>
                {
                    Assert.Equal(expected[output.Name].Dimensions, actual[output.Name].Dimensions);
                    float[] e = expected[output.Name].ToFloats();
                    float range = Math.Max(e.Max() - e.Min(), 1e-3f);
                    Assert.InRange(e.Zip(actual[output.Name].ToFloats(), (x, y) => Math.Abs(x - y)).Max() / range, 0, bound);
                });
            }
        }
    }

    /// <summary>A tensor of another size with the same elements, from the start again where they do not suffice.</summary>
    private static Tensor Sized(Tensor tensor, long[] dimensions)
    {
        int elementSize = tensor.Type.Size();
        long length = dimensions.Aggregate(1L, (a, b) => a * b);
        var data = new byte[length * elementSize];
        for (long i = 0; i < length; i++)
        {
            long rest = i;
            long from = 0;
            long stride = 1;
            for (int d = dimensions.Length - 1; d >= 0; d--)
            {
                from += rest % dimensions[d] % tensor.Dimensions[d] * stride;
                stride *= tensor.Dimensions[d];
                rest /= dimensions[d];
            }

            tensor.Data.Slice((int)from * elementSize, elementSize).CopyTo(data.AsMemory((int)i * elementSize));
        }

        return new Tensor(tensor.Type, dimensions, data);
    }

    private static Dictionary<string, Tensor> Named(Dictionary<string, Tensor> arrays, string prefix) =>
        arrays.Where(a => a.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(a => a.Key[prefix.Length..], a => a.Value);
}
