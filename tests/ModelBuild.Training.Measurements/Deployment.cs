using System.Runtime.InteropServices;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Pruning;
using ModelBuild.TestSupport;

namespace ModelBuild.Training.Measurements;

/// <summary>
/// A model as an application has it: compiled as a build compiles it, and called as the class that the generator writes.
/// </summary>
/// <param name="Bytes">Of the weights that the assembly carries.</param>
/// <param name="Right">Of the test images, 0 to 1.</param>
internal sealed record Deployment(long Bytes, double Right)
{
    private const string Class = "Deployed";
    private const int Batch = 100;

    /// <param name="model">The ONNX file.</param>
    /// <param name="mode">How it is stored and computed.</param>
    /// <param name="images">What it is tried on; calibration is on 512 others, of the training set.</param>
    /// <param name="pruning">What the build does to it; null for nothing.</param>
    /// <param name="isCompressed">Whether weights are stored entropy coded.</param>
    public static Deployment Of(
        string model, ModelMode mode, FashionImages images, PruningOptions? pruning = null, bool isCompressed = false)
    {
        using var folder = new TemporaryFolder();
        using CompileResult compiled = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = model,
            Mode = mode,
            CalibrationFiles = [folder.Write("calibration.npy", Calibration())],
            Pruning = pruning ?? new PruningOptions(),
            Compress = isCompressed,
            ClassName = Class,
            Namespace = "Models",
            ResourceName = "deployed.weights",
        });
        GeneratedModels classes = GeneratedModels.Build(compiled);
        int right = 0;
        int all = 0;
        foreach ((Tensor pixels, byte[] labels) in images.TestBatches(Batch))
        {
            Tensor scores = classes.Predict(Class, new Dictionary<string, Tensor> { [Input(compiled)] = pixels }).Values.First();
            ReadOnlySpan<float> elements = MemoryMarshal.Cast<byte, float>(scores.Data.Span);
            int classesOfImage = elements.Length / labels.Length;
            for (int i = 0; i < labels.Length; i++)
            {
                ReadOnlySpan<float> row = elements.Slice(i * classesOfImage, classesOfImage);
                int best = 0;
                for (int c = 1; c < row.Length; c++)
                {
                    best = row[c] > row[best] ? c : best;
                }

                right += best == labels[i] ? 1 : 0;
            }

            all += labels.Length;
        }

        return new Deployment(compiled.WeightsLength, right / (double)all);
    }

    private static string Input(CompileResult compiled) => ModelBuild.Plan.PlanReader.Read(compiled.Plan).Inputs[0].Name;

    /// <summary>The 512 images of the training set that all figures of the documents are calibrated on.</summary>
    private static byte[] Calibration()
    {
        Tensor images = NumpyFile.ReadNpz(SharedFolder.File(Path.Combine("data", "fashion-calibration.npz")))["images"];
        float[] pixels = Array.ConvertAll(images.Data.ToArray(), pixel => pixel / 255f);
        return NumpyFile.Float32([pixels.Length / (28 * 28), 1, 28, 28], pixels);
    }
}
