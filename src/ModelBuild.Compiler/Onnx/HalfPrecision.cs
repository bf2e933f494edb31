using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Makes float32 of float16 and bfloat16 at import: kernels compute in float32, and half precision is a way to store weights, which the
/// mode decides.
/// <code>
///   x (f32) ──► Cast f16 ──► Conv (W f16) ──► Cast f32 ──► y        ⇒        x ──► Conv (W f32) ──► y
/// </code>
/// Inputs and outputs of the model become float32 too. Results differ from the model's own by the roundings that no longer happen.
/// </summary>
internal static class HalfPrecision
{
    /// <param name="graph">Before inference: only inputs and constants have types.</param>
    public static void Widen(Graph graph)
    {
        foreach (Graph each in graph.AllGraphs())
        {
            WidenOne(each);
        }
    }

    private static void WidenOne(Graph graph)
    {
        foreach (Value value in graph.Values().Where(v => IsHalf(v.Type)))
        {
            value.Constant = value.Constant is { } constant ? Widen(constant) : null;
            value.Type = DataType.Float32;
        }

        foreach (Node node in graph.Nodes)
        {
            foreach ((string name, AttributeValue attribute) in node.Attributes.ToArray())
            {
                if (attribute.Raw is Tensor tensor && IsHalf(tensor.Type))
                {
                    node.Attributes[name] = Widen(tensor);
                }
                else if (name is "to" or "output_dtype" && attribute.Raw is (long)DataType.Float16 or (long)DataType.BFloat16)
                {
                    node.Attributes[name] = (long)DataType.Float32;
                }
            }
        }
    }

    private static bool IsHalf(DataType type) => type is DataType.Float16 or DataType.BFloat16;

    private static Tensor Widen(Tensor tensor) => Tensor.Of(tensor.ToFloats(), [.. tensor.Dimensions]);
}
