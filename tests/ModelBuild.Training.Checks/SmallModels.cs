using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Training.Checks;

/// <summary>Models and samples of which it is known what can be learnt.</summary>
internal static class SmallModels
{
    public const int Classes = 4;

    /// <summary>A convolution with BatchNormalization, a residual sum, pooling and two products, ending in Softmax.</summary>
    public static string Convolutional(TemporaryFolder folder, bool endsInSoftmax = true, string name = "small.onnx")
    {
        var builder = new TestGraph();
        Value x = builder.Input(2, 8, 8);
        Value first = builder.Relu6(builder.BatchNormalization(builder.Conv(x, 8, 3, pad: 1)));
        Value second = builder.Node("Relu", builder.BatchNormalization(builder.Conv(first, 8, 3, pad: 1)));
        Value sum = builder.Node("Add", [first, second]);
        Value pooled = builder.Node("MaxPool", sum, ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]));
        Value depthwise = builder.Node("Relu", builder.BatchNormalization(builder.Conv(pooled, 8, 3, pad: 1, groups: 8)));
        Value flat = builder.Node("Flatten", depthwise);
        Value hidden = builder.Node("Relu", builder.Gemm(flat, 16));
        Value logits = builder.Gemm(hidden, Classes);
        return Write(builder, endsInSoftmax ? builder.Node("Softmax", logits, ("axis", 1L)) : logits, folder, name);
    }

    /// <summary>Two products.</summary>
    public static string Dense(TemporaryFolder folder, string name = "dense.onnx")
    {
        var builder = new TestGraph();
        Value flat = builder.Node("Flatten", builder.Input(2, 8, 8));
        return Write(builder, builder.Gemm(builder.Node("Relu", builder.Gemm(flat, 32)), Classes), folder, name);
    }

    /// <summary>An LSTM over the rows of an image, and a product behind its last state.</summary>
    public static string Recurrent(TemporaryFolder folder)
    {
        var builder = new TestGraph();
        Value x = builder.Input(2, 8, 8);
        Value rows = builder.Node("Transpose", x, ("perm", (long[])[2, 0, 1, 3]));
        Value steps = builder.Node("Reshape", [rows, builder.Constant(Tensor.Of([0L, -1, 16], 3))]);
        Value y = builder.Node(
            "LSTM", [steps, builder.Weights(1, 48, 16), builder.Weights(1, 48, 12), builder.Weights(1, 96)], ("hidden_size", 12L));
        Value last = builder.Node(
            "Gather", [y, builder.Constant(Tensor.Of([-1L], []))], ("axis", 0L));
        Value flat = builder.Node("Squeeze", [last, builder.Constant(Tensor.Of([0L], 1))]);
        return Write(builder, builder.Gemm(flat, Classes), folder, "recurrent.onnx");
    }

    /// <summary>Images with a bright square in one of four corners, noise over it, and which corner it is.</summary>
    public static (float[] Inputs, long[] Labels) Corners(int count, int seed = 1)
    {
        var random = new Random(seed);
        float[] inputs = new float[count * 128];
        long[] labels = new long[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = random.Next(Classes);
            Span<float> image = inputs.AsSpan(i * 128, 128);
            for (int p = 0; p < 128; p++)
            {
                (int y, int x) = (p % 64 / 8, p % 8);
                bool isInside = y / 4 == labels[i] / 2 && x / 4 == labels[i] % 2;
                image[p] = (float)((random.NextDouble() - 0.5) + (isInside ? 0.4 : 0));
            }
        }

        return (inputs, labels);
    }

    public static TrainingData Data(int count, int seed = 1)
    {
        (float[] inputs, long[] labels) = Corners(count, seed);
        return TrainingData.FromArrays(inputs, labels);
    }

    /// <summary>The same as a tensor for a run.</summary>
    public static Dictionary<string, Tensor> Inputs(int count, int seed) =>
        new(StringComparer.Ordinal) { ["input0"] = Tensor.Of(Corners(count, seed).Inputs, count, 2, 8, 8) };

    private static string Write(TestGraph builder, Value output, TemporaryFolder folder, string name)
    {
        builder.Graph.Outputs.Add(output);
        return folder.Write(name, OnnxExporter.Export(builder.Graph));
    }
}
