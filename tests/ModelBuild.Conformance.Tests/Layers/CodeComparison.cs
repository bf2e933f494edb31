using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Layers;

/// <summary>
/// Runs a quantized model from its input to its end here and in ONNX Runtime, and counts how many codes of each tensor that both have are
/// equal. Unlike <see cref="LayerComparison"/>, each layer reads what its own engine has made of the layers before.
/// </summary>
internal static class CodeComparison
{
    /// <param name="Name">Of the tensor in the file.</param>
    /// <param name="Length">Its number of codes.</param>
    /// <param name="Different">How many of them differ.</param>
    /// <param name="Largest">The largest difference.</param>
    public sealed record Row(string Name, long Length, long Different, long Largest)
    {
        public override string ToString() => $"{Name}: {Different} of {Length} differ, by {Largest} at most";
    }

    /// <param name="file">The model's file.</param>
    /// <param name="model">The same, compiled.</param>
    /// <param name="inputs">By name.</param>
    /// <param name="optimize">Whether ONNX Runtime fuses operators.</param>
    /// <returns>A row for each tensor of codes in the order of the model, and the largest error of outputs that are real, in parts of
    /// the largest number or of 1.</returns>
    public static (IReadOnlyList<Row> Rows, double Error) Run(
        string file, CompiledModel model, IReadOnlyDictionary<string, Tensor> inputs, bool optimize)
    {
        var seen = new Dictionary<string, (PlanTensor Tensor, byte[] Data)>(StringComparer.Ordinal);
        Dictionary<string, Tensor> outputs = new Interpreter(model.Compiled).Run(
            inputs, (tensor, data) => seen[tensor.Name] = (tensor, data.ToArray()));
        Value[] codes =
        [
            .. model.Portable.Nodes.Where(n => n.Is("QuantizeLinear")).Select(n => n.Output)
                .Where(v => v.Type is DataType.UInt8 or DataType.Int8 && Seen(v) is not null && !model.Portable.IsOutput(v)),
        ];
        Dictionary<string, Tensor> theirs = OrtSession.Run(
            WithOutputs(File.ReadAllBytes(file), codes.Select(v => v.Name)), inputs, optimize);
        Dictionary<string, Tensor> ends = OrtSession.Run(File.ReadAllBytes(file), inputs, optimize);
        double error = outputs.Where(o => o.Value.Type == DataType.Float32)
            .Max(o => Error(ends[o.Key].ToFloats(), o.Value.ToFloats()));
        return ([.. codes.Select(v => Count(v.Name, theirs[v.Name], Seen(v)!.Value))], error);

        // Lowering moves codes through operators that only select, and gives them a name of their own.
        (PlanTensor Tensor, byte[] Data)? Seen(Value value)
        {
            Node quantize = value.Producer!;
            float scale = quantize.Required(1).Constant!.ToFloats()[0];
            foreach (string name in new[] { value.Name, value.Name + "_quantized", quantize.Required(0).Name + "_quantized" })
            {
                if (seen.TryGetValue(name, out (PlanTensor Tensor, byte[] Data) found) && found.Tensor.Type == PlanType.U8
                    && found.Tensor.Scale == scale)
                {
                    return found;
                }
            }

            return null;
        }
    }

    private static double Error(float[] expected, float[] actual) =>
        expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max() / Math.Max(1, expected.Max(Math.Abs));

    private static Row Count(string name, Tensor expected, (PlanTensor Tensor, byte[] Data) actual)
    {
        long[] theirs = expected.ToInt64s();
        int shift = expected.Type == DataType.Int8 ? 128 : 0;
        byte[] ours = actual.Data.Length == theirs.Length ? actual.Data : throw new InvalidOperationException($"{name} has another size.");
        bool isTurned = expected.Rank > 2 && HasSize(expected.Rank - 1, expected.Dimensions[1])
            && !Enumerable.Range(1, expected.Rank - 1).All(i => HasSize(i, expected.Dimensions[i]));
        ours = isTurned ? LayerComparison.ChannelsFirst(ours, [expected.Dimensions[0], expected.Dimensions[1]]) : ours;
        long[] differences = [.. theirs.Zip(ours, (e, a) => Math.Abs(e + shift - a))];
        return new Row(name, theirs.Length, differences.Count(d => d > 0), differences.DefaultIfEmpty().Max());

        bool HasSize(int axis, long size) => actual.Tensor.Shape[axis].Equals((Dimension)size);
    }

    /// <summary>Two graphs in one file are read as one with what both have.</summary>
    private static byte[] WithOutputs(byte[] file, IEnumerable<string> names)
    {
        var graph = new ProtoMessage();
        foreach (string name in names)
        {
            graph.Message(12, new ProtoMessage().Text(1, name));
        }

        return [.. file, .. new ProtoMessage().Message(7, graph).ToArray()];
    }
}
