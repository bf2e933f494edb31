using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Cli.Tests.Support;

/// <summary>Small models, and what they take.</summary>
internal static class Models
{
    public static string Lenet => Repository.Sample("models", "lenet.onnx");

    public static string Resnet => Repository.Sample("models", "resnet.onnx");

    public static string Calibration => Repository.Sample("calibration", "*.npz");

    /// <summary>LeNet that NNCF has quantized, in Q/DQ form, but for the Softmax at its end.</summary>
    public static string QuantizedLenet => Repository.Asset("quantized", "nncf.default.lenet.onnx");

    /// <summary>Pictures of the calibration set, as an input takes them.</summary>
    public static Tensor Pictures(int count) => SampleImages.First(count);

    /// <summary>Two inputs that share a batch, three outputs, of which two clash as names of files.</summary>
    public static byte[] TwoInputs() => new OnnxGraph()
        .Input("left", "batch", 3)
        .Input("right/side", DataType.Int64, "batch", 3)
        .Node("Cast", ["right/side"], ["reals"], ("to", 1))
        .Node("Add", ["left", "reals"], ["sum:1"])
        .Node("Mul", ["left", "reals"], ["sum/1"])
        .Node("Less", ["left", "reals"], ["less"])
        .Output("sum:1", "batch", 3)
        .Output("sum/1", "batch", 3)
        .Output("less", DataType.Bool, "batch", 3)
        .ToModel();

    /// <summary>Operators of two kinds that nobody knows, and one that everybody does.</summary>
    public static byte[] Unsupported() => new OnnxGraph()
        .Input("x", "batch", 3)
        .Node("com.example", "Frobnicate", "first", ["x"], ["a"])
        .Node("Relu", ["a"], ["b"])
        .Node("com.example", "Twiddle", "second", ["b"], ["c"])
        .Node("com.example", "Twiddle", "third", ["c"], ["y"])
        .Output("y", "batch", 3)
        .ToModel(others: ("com.example", 1));

    /// <summary>Dimensions that the class calls otherwise than the model does.</summary>
    public static byte[] ClashingNames() => new OnnxGraph()
        .Input("x", "H", "count")
        .Node("Neg", ["x"], ["y"])
        .Output("y", "H", "count")
        .ToModel();

    /// <summary>Rows of a table, by index.</summary>
    public static byte[] Rows() => new OnnxGraph()
        .Input("rows", DataType.Int64, "batch")
        .Constant("table", [2, 2], [1, 2, 3, 4])
        .Node("Gather", ["table", "rows"], ["y"])
        .Output("y", "batch", 2)
        .ToModel();

    /// <summary>How many elements the output has is decided by what is in the input.</summary>
    public static byte[] NonZero() => new OnnxGraph()
        .Input("x", "batch", 3)
        .Node("NonZero", ["x"], ["y"])
        .Output("y", DataType.Int64, 2, "count")
        .ToModel();

    /// <summary>A dimension that is open and does not lead.</summary>
    public static byte[] OpenLength() => new OnnxGraph()
        .Input("x", "batch", "length")
        .Node("Relu", ["x"], ["y"])
        .Output("y", "batch", "length")
        .ToModel();
}
