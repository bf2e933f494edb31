using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;

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
                    .ToDictionary(d => d[0], d => long.Parse(d[1], System.Globalization.CultureInfo.InvariantCulture)),
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

    private static Dictionary<string, Tensor> Named(Dictionary<string, Tensor> arrays, string prefix) =>
        arrays.Where(a => a.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(a => a.Key[prefix.Length..], a => a.Value);
}
