using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests;

/// <summary>
/// A model of one input and one output, compiled in this process and run by the compiler's interpreter: the kernels of the generated class.
/// </summary>
internal sealed class Network
{
    private readonly CompiledModel _model;

    private Network(CompiledModel model)
    {
        _model = model;
        Interpreter = new Interpreter(model.Compiled);
    }

    public Interpreter Interpreter { get; }

    /// <summary>What is computed, as an ONNX graph.</summary>
    public Graph Portable => _model.Portable;

    /// <summary>One of the sample's models, calibrated as there.</summary>
    public static Network OfSample(string model, ModelMode mode) =>
        Compile(Repository.Sample("models", model + ".onnx"), mode, [SampleImages.All]);

    /// <summary>A model that another tool has quantized.</summary>
    public static Network Quantized(string model) => Compile(Repository.Asset("quantized", model + ".onnx"), ModelMode.Int8, []);

    public static Network Compile(string file, ModelMode mode, string[] calibration) => new(ModelCompiler.CompileModel(new CompileOptions
    {
        ModelPath = file,
        Mode = mode,
        CalibrationFiles = calibration,
        ClassName = "Network",
        ResourceName = "Network.weights",
    }));

    public float[] Run(float[] input, params long[] dimensions) =>
        Interpreter.Run(new Dictionary<string, Tensor> { [Portable.Inputs[0].Name] = Tensor.Of(input, dimensions) }).Values.Single()
            .ToFloats();
}
