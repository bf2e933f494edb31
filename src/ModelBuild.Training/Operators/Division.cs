using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Operators that make several tensors of one.</summary>
internal static class Division
{
    public static IEnumerable<(string Type, Translator Translate)> All => [("Split", Split), ("TopK", TopK)];

    private static Tensor[] Split(NodeCall call)
    {
        long axis = call.Node.Axis(call.Rank);
        long length = call[0].shape[axis];
        int count = call.Node.Outputs.Count;
        long part = (length + count - 1) / count;
        long[] sizes = call.Numbers(1)
            ?? [.. Enumerable.Range(0, count).Select(i => Math.Clamp(length - (i * part), 0, part))];
        return call[0].split(sizes, axis);
    }

    private static Tensor[] TopK(NodeCall call)
    {
        long axis = NodeCall.Axis(call.Node.Int("axis", -1), call.Rank);

        // A stable sort: of equal ones the first come first, as ONNX has it.
        bool isLargest = call.Node.Int("largest", 1) != 0;
        (Tensor values, Tensor places) = torch.sort(call[0], axis, descending: isLargest, stable: true);
        long count = call.Numbers(1)![0];
        return [values.narrow(axis, 0, count), places.narrow(axis, 0, count)];
    }
}
