using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Makes float32 of float16 and bfloat16: kernels compute in float32, and half precision is a way to store weights, which the mode
/// decides.
/// <code>
///   x (f32) ──► Cast f16 ──► Conv (W f16) ──► Cast f32 ──► y        ⇒        x ──► Conv (W f32) ──► y
/// </code>
/// Inputs and outputs of the model become float32 too. Results differ from the model's own by the roundings that no longer happen.
/// </summary>
internal sealed class WidenHalves : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Value value in graph.Values().Where(v => IsHalf(v.Type)))
        {
            value.Constant = value.Constant is { } constant ? Widen(constant) : null;
            value.Type = DataType.Float32;
            changed = true;
        }

        foreach (Node node in graph.Nodes)
        {
            foreach ((string name, AttributeValue attribute) in node.Attributes.ToArray())
            {
                if (name is "to" or "output_dtype" && attribute.Raw is (long)DataType.Float16 or (long)DataType.BFloat16)
                {
                    node.Attributes[name] = (long)DataType.Float32;
                }
                else if (attribute.Raw is Tensor { Type: DataType.Float16 or DataType.BFloat16 } tensor)
                {
                    node.Attributes[name] = Widen(tensor);
                }
            }
        }

        return changed;
    }

    private static bool IsHalf(DataType type) => type is DataType.Float16 or DataType.BFloat16;

    private static Tensor Widen(Tensor tensor) => Tensor.Of(tensor.ToFloats(), [.. tensor.Dimensions]);
}
