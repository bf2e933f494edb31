using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Calibration;

/// <summary>
/// ONNX's test data: a folder has <c>input_0.pb</c>, <c>input_1.pb</c>, …, each a TensorProto that bears the name of its input or stands
/// for the one at that place.
/// </summary>
internal static class OnnxTensors
{
    /// <summary>The arrays in the order of the inputs.</summary>
    /// <exception cref="CompilationException">MODELB2002: an input has none. MODELB2003: one cannot be read.</exception>
    public static IEnumerable<(IArrayReader Array, Value Input, string File)> Open(SampleGroup group, IReadOnlyList<Value> inputs)
    {
        (string File, Tensor Tensor, string Name)[] tensors = [.. group.Files.Select(file => Read(file))];
        foreach ((Value input, int place) in inputs.Select((input, place) => (input, place)))
        {
            int found = Array.FindIndex(tensors, t => t.Name == input.Name);
            found = found >= 0 ? found : Array.FindIndex(
                tensors, t => SampleGroup.InputNumber(t.File) == place && !inputs.Any(i => i.Name == t.Name));
            found = found < 0 && inputs.Count == 1 && tensors.Length == 1 ? 0 : found;
            if (found < 0)
            {
                throw new CompilationException(
                    DiagnosticCodes.CalibrationShape,
                    $"Calibration data '{group.Name}' has no tensor for the model's input '{input.Name}'. ONNX's test data has a file "
                        + $"input_K.pb for each input, counted from 0: add input_{place}.pb, or name a tensor '{input.Name}'.",
                    group.Name);
            }

            (string file, Tensor tensor, _) = tensors[found];
            yield return (
                new LoadedArray(
                    Path.GetFileName(file), tensor.Type, tensor.Dimensions.ToArray(), "Write the tensor as the model takes it.",
                    () => tensor.Data),
                input, file);
        }
    }

    private static (string File, Tensor Tensor, string Name) Read(string file)
    {
        try
        {
            using FileStream stream = NpyReader.OpenFile(file, ArrayUse.Calibration);
            if (stream.Length > NpyReader.MaximumBytesAtOnce)
            {
                throw OnnxFormatException.TooLarge($"the file has {stream.Length} bytes");
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            TensorMessage message = TensorMessage.Read(new WireReader(bytes));
            Tensor tensor = message.ToTensor((_, _) => throw OnnxFormatException.Corrupt("its data lies in another file"));
            return (file, tensor, message.Name);
        }
        catch (Exception e) when (e is OnnxFormatException or IOException)
        {
            throw new CompilationException(
                DiagnosticCodes.CalibrationType,
                $"Sample file '{file}' is no tensor of ONNX (TensorProto), or is damaged: {e.Message}. Write it with "
                    + "onnx.numpy_helper.from_array(samples).SerializeToString(), or save the samples with numpy.save.",
                file);
        }
    }
}
