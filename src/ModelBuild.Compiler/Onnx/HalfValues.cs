using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Which values of a graph are in half precision as the file has it, as far as that can be told before inference: a conversion of such a
/// value to its own type asks for nothing.
/// </summary>
internal static class HalfValues
{
    /// <summary>Operators whose outputs have the type of their first input.</summary>
    private static readonly HashSet<string> s_keeping = new(
        ("Abs Add Ceil Clip Concat Conv ConvTranspose Div Elu Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gelu Gemm "
            + "HardSigmoid HardSwish Identity InstanceNormalization LeakyRelu Log LogSoftmax MatMul Max Mean Min Mul Neg PRelu Pad Pow "
            + "Reciprocal ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum Relu Reshape Round Sigmoid Slice Softmax Softplus Split Sqrt "
            + "Squeeze Sub Sum Tanh Tile Transpose Trilu Unsqueeze").Split(' '),
        StringComparer.Ordinal);

    /// <param name="graph">Sorted; its inputs and constants have the types of the file.</param>
    /// <returns>Their types, by value.</returns>
    public static Dictionary<Value, DataType> Find(Graph graph)
    {
        var types = new Dictionary<Value, DataType>();
        foreach (Node node in graph.Nodes)
        {
            DataType type = node switch
            {
                { Domain: not Domains.Onnx } => DataType.Undefined,
                { Type: "Cast" } => node.Attributes.TryGetValue("to", out AttributeValue? to) && to.Raw is long number
                    ? (DataType)number : DataType.Undefined,
                { Type: "CastLike" or "Where" } => Of(node.Input(1)),
                _ => s_keeping.Contains(node.Type) ? Of(node.Input(0)) : DataType.Undefined,
            };
            foreach (Value output in type is DataType.Float16 or DataType.BFloat16 ? node.Outputs.OfType<Value>() : [])
            {
                types[output] = type;
            }
        }

        return types;

        DataType Of(Value? value) => value is null ? DataType.Undefined : types.GetValueOrDefault(value, value.Type);
    }
}
