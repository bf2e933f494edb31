using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using TorchSharp;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Networks;

/// <summary>Tensors of the compiler as LibTorch's and back. Both hold their elements in row-major order.</summary>
internal static class TorchTensors
{
    private static readonly (DataType Compiler, torch.ScalarType Torch)[] s_types =
    [
        (DataType.Float32, torch.ScalarType.Float32), (DataType.Float64, torch.ScalarType.Float64),
        (DataType.UInt8, torch.ScalarType.Byte), (DataType.Int8, torch.ScalarType.Int8), (DataType.Int16, torch.ScalarType.Int16),
        (DataType.Int32, torch.ScalarType.Int32), (DataType.Int64, torch.ScalarType.Int64), (DataType.Bool, torch.ScalarType.Bool),
    ];

    /// <summary>LibTorch's element type for one of ONNX's; null where it has none that it computes with.</summary>
    public static torch.ScalarType? TypeOf(DataType type) =>
        Array.FindIndex(s_types, t => t.Compiler == type) is >= 0 and var index ? s_types[index].Torch : null;

    /// <summary>A copy of a tensor of the compiler. Codes of types that LibTorch has not lie in the next larger one.</summary>
    /// <exception cref="CompilationException">MODELB4011: LibTorch does not compute with elements of its type.</exception>
    public static Tensor ToTorch(CompilerTensor tensor)
    {
        if (tensor.Type is DataType.Int4 or DataType.UInt4 or DataType.UInt16)
        {
            tensor = CompilerTensor.FromInt64s(
                tensor.Type == DataType.UInt16 ? DataType.Int32 : DataType.Int8, tensor.ToInt64s(), [.. tensor.Dimensions]);
        }

        torch.ScalarType type = TypeOf(tensor.Type) ?? throw new CompilationException(
            DiagnosticCodes.NotTrainable,
            $"The model has a tensor of type {tensor.Type}, which LibTorch does not compute with. Export it with float32 or int64.");
        Tensor result = torch.empty([.. tensor.Dimensions], type);
        tensor.Data.Span.CopyTo(result.bytes);
        return result;
    }

    /// <summary>A copy of a tensor of LibTorch.</summary>
    public static CompilerTensor ToCompiler(Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor plain = tensor.detach().cpu().contiguous();
        int index = Array.FindIndex(s_types, t => t.Torch == plain.dtype);
        DataType type = index >= 0 ? s_types[index].Compiler
            : throw new NotSupportedException($"Tensors of {plain.dtype} have no place in a model.");
        return new CompilerTensor(type, plain.shape, plain.bytes.ToArray());
    }
}
