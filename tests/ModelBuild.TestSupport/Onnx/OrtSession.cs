using Microsoft.ML.OnnxRuntime;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>A model in ONNX Runtime, the judge of the tests: operators in sequence, on one thread unless it is told otherwise.</summary>
internal sealed class OrtSession : IDisposable
{
    private readonly RunOptions _options = new();
    private readonly InferenceSession _session;
    private readonly List<OrtValue> _bound = [];

    /// <param name="onnx">The model's file.</param>
    /// <param name="optimize">
    /// All of its optimizations, which an application gets; or none: then every node is computed as ONNX defines it, Q/DQ nodes too.
    /// </param>
    /// <param name="exact">
    /// Integer products as the ONNX file says. Without it, kernels for AVX2 saturate sums of two products, which is what an application
    /// gets that does not ask.
    /// </param>
    /// <param name="threads">How many work on an operator.</param>
    /// <param name="profile">How the file begins into which its profiler writes the time of each node.</param>
    public OrtSession(ReadOnlySpan<byte> onnx, bool optimize = true, bool exact = true, int threads = 1, string? profile = null)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = optimize ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };

        if (profile is not null)
        {
            options.ProfileOutputPathPrefix = profile;
            options.EnableProfiling = true;
        }

        options.AddSessionConfigEntry("session.x64quantprecision", exact ? "1" : "0");
        _session = new InferenceSession(onnx.ToArray(), options);
    }

    public static string Version => OrtEnv.Instance().GetVersionString();

    public IReadOnlyList<string> InputNames => _session.InputNames;

    /// <summary>Runs a model once, and gives all its outputs by name.</summary>
    public static Dictionary<string, Tensor> Run(ReadOnlySpan<byte> onnx, IReadOnlyDictionary<string, Tensor> inputs, bool optimize = false)
    {
        using var session = new OrtSession(onnx, optimize);
        return session.Run(inputs);
    }

    /// <summary>All outputs by name. Inputs that the model does not have, or no longer has, are left out.</summary>
    public Dictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs)
    {
        (string Name, Tensor Tensor)[] given = [.. _session.InputNames.Select(name => (name, inputs[name]))];
        OrtValue[] values = [.. given.Select(i => ToValue(i.Tensor))];
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs =
                _session.Run(_options, [.. given.Select(i => i.Name)], values, _session.OutputNames);
            return _session.OutputNames.Zip(outputs).ToDictionary(o => o.First, o => FromValue(o.Second));
        }
        finally
        {
            Array.ForEach(values, v => v.Dispose());
        }
    }

    /// <summary>
    /// Ties the only input and the first output to arrays once, for a call that does nothing but run: the least it can cost.
    /// </summary>
    public Action Bind(float[] input, long[] inputShape, float[] output, long[] outputShape)
    {
        OrtValue[] inputs = [OrtValue.CreateTensorValueFromMemory(input, inputShape)];
        OrtValue[] outputs = [OrtValue.CreateTensorValueFromMemory(output, outputShape)];
        string[] inputNames = [_session.InputNames[0]];
        string[] outputNames = [_session.OutputNames[0]];
        _bound.AddRange([.. inputs, .. outputs]);
        return () => _session.Run(_options, inputNames, inputs, outputNames, outputs);
    }

    /// <summary>Ties inputs and outputs by any name, of the sizes that a first call finds, for a call that does nothing but run.</summary>
    public Action Bind(IReadOnlyDictionary<string, Tensor> inputs)
    {
        string[] inputNames = [.. _session.InputNames];
        string[] outputNames = [.. _session.OutputNames];
        Dictionary<string, Tensor> found = Run(inputs);
        OrtValue[] given = [.. inputNames.Select(name => ToValue(inputs[name]))];
        OrtValue[] taken = [.. outputNames.Select(name => ToValue(found[name]))];
        _bound.AddRange([.. given, .. taken]);
        return () => _session.Run(_options, inputNames, given, outputNames, taken);
    }

    /// <summary>Ends what the profiler writes.</summary>
    /// <returns>Its file.</returns>
    public string EndProfiling() => _session.EndProfiling();

    public void Dispose()
    {
        _bound.ForEach(v => v.Dispose());
        _session.Dispose();
        _options.Dispose();
    }

    /// <remarks>The numbers of ONNX's types are those of ONNX Runtime too.</remarks>
    private static OrtValue ToValue(Tensor tensor)
    {
        OrtValue value = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, (Microsoft.ML.OnnxRuntime.Tensors.TensorElementType)tensor.Type, [.. tensor.Dimensions]);
        tensor.Data.Span.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    private static Tensor FromValue(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return new Tensor((DataType)info.ElementDataType, info.Shape, value.GetTensorMutableRawData().ToArray());
    }
}
