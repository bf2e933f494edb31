#nullable enable
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelBuild.OnnxRuntime;

/// <summary>A model in ONNX Runtime: one thread, operators in sequence.</summary>
public sealed class OrtModel : IDisposable
{
    private readonly RunOptions _options = new();
    private readonly InferenceSession _session;
    private readonly List<OrtValue> _bound = [];

    /// <param name="onnx">The model's file.</param>
    /// <param name="exact">
    /// Integer products as the ONNX file says. Without it, kernels for AVX2 saturate sums of two products, which is what an application
    /// gets that does not ask.
    /// </param>
    /// <param name="optimize">All of its optimizations, or none: then every node is computed as ONNX defines it, Q/DQ nodes too.</param>
    public OrtModel(ReadOnlySpan<byte> onnx, bool exact = true, bool optimize = true)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = optimize ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        options.AddSessionConfigEntry("session.x64quantprecision", exact ? "1" : "0");
        _session = new InferenceSession(onnx.ToArray(), options);
    }

    /// <summary>Why ONNX Runtime is not here: it is.</summary>
    public static string? Unavailable => null;

    public static string Version => OrtEnv.Instance().GetVersionString();

    public IReadOnlyList<string> Inputs => _session.InputNames;

    public IReadOnlyList<string> Outputs => _session.OutputNames;

    /// <summary>All outputs by name.</summary>
    public IReadOnlyDictionary<string, OrtTensor> Run(params (string Name, OrtTensor Tensor)[] inputs)
    {
        OrtValue[] values = [.. inputs.Select(i => ToValue(i.Tensor))];
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_options, [.. inputs.Select(i => i.Name)], values, _session.OutputNames);
            return _session.OutputNames.Zip(outputs).ToDictionary(o => o.First, o => FromValue(o.Second));
        }
        finally
        {
            Array.ForEach(values, v => v.Dispose());
        }
    }

    /// <summary>Ties the only input and the first output to arrays once, for a call that does nothing but run: the least it can cost.</summary>
    public Action Bind(OrtTensor input, OrtTensor output)
    {
        OrtValue[] inputs = [ToValue(input)];
        OrtValue[] outputs = [ToValue(output)];
        string[] inputNames = [_session.InputNames[0]];
        string[] outputNames = [_session.OutputNames[0]];
        _bound.AddRange([.. inputs, .. outputs]);
        return () => _session.Run(_options, inputNames, inputs, outputNames, outputs);
    }

    public void Dispose()
    {
        _bound.ForEach(v => v.Dispose());
        _session.Dispose();
        _options.Dispose();
    }

    /// <remarks>A pattern such as <c>byte[]</c> would not do: to the runtime an sbyte[] is one too.</remarks>
    private static OrtValue ToValue(OrtTensor tensor) => Type.GetTypeCode(tensor.Values.GetType().GetElementType()) switch
    {
        TypeCode.Single => OrtValue.CreateTensorValueFromMemory(tensor.As<float>(), tensor.Dimensions),
        TypeCode.Byte => OrtValue.CreateTensorValueFromMemory(tensor.As<byte>(), tensor.Dimensions),
        TypeCode.SByte => OrtValue.CreateTensorValueFromMemory(tensor.As<sbyte>(), tensor.Dimensions),
        TypeCode.Int32 => OrtValue.CreateTensorValueFromMemory(tensor.As<int>(), tensor.Dimensions),
        TypeCode.Int64 => OrtValue.CreateTensorValueFromMemory(tensor.As<long>(), tensor.Dimensions),
        _ => throw new NotSupportedException($"Elements of {tensor.Values.GetType().Name}."),
    };

    private static OrtTensor FromValue(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        Array values = info.ElementDataType switch
        {
            TensorElementType.Float => value.GetTensorDataAsSpan<float>().ToArray(),
            TensorElementType.UInt8 => value.GetTensorDataAsSpan<byte>().ToArray(),
            TensorElementType.Int8 => value.GetTensorDataAsSpan<sbyte>().ToArray(),
            TensorElementType.Int32 => value.GetTensorDataAsSpan<int>().ToArray(),
            TensorElementType.Int64 => value.GetTensorDataAsSpan<long>().ToArray(),
            _ => throw new NotSupportedException($"Elements of {info.ElementDataType}."),
        };
        return new OrtTensor(values, info.Shape);
    }
}
