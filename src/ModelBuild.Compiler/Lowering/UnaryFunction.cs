using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Recognises a value that is a function, element by element, of one other value: a chain or a small graph of unary operators and of
/// binary ones with scalars or with each other (x · sigmoid(x)). In codes such a function is a table, whatever it consists of.
/// </summary>
internal static class UnaryFunction
{
    private const int MaximumNodes = 32;

    /// <summary>The one value that <paramref name="value"/> is a function of, where there is one and a function in between.</summary>
    public static Value? RootOf(Value value)
    {
        Value? root = null;
        int budget = MaximumNodes;
        return Visit(value, ref root, ref budget) && root != value ? root : null;
    }

    /// <summary>The nodes between root and value, with the names for comments.</summary>
    public static IReadOnlyList<Node> Nodes(Value value, Value root)
    {
        var nodes = new List<Node>();
        Collect(value);
        return nodes;

        void Collect(Value v)
        {
            if (v != root && v.Producer is { } node && !nodes.Contains(node))
            {
                foreach (Value input in node.Inputs.OfType<Value>())
                {
                    Collect(input);
                }

                nodes.Add(node);
            }
        }
    }

    /// <summary>The function's values for given arguments.</summary>
    public static float[] Evaluate(Value value, Value root, float[] arguments)
    {
        var results = new Dictionary<Value, Tensor> { [root] = Tensor.Of(arguments, arguments.Length) };
        foreach (Node node in Nodes(value, root))
        {
            Tensor?[] inputs = [.. node.Inputs.Select(v => v is null ? null : results.GetValueOrDefault(v) ?? v.Constant!.Reshape())];
            results[node.Output] = OperatorRegistry.Find(node)!.Evaluate(node, inputs)![0];
        }

        return results[value].ToFloats();
    }

    private static bool Visit(Value value, ref Value? root, ref int budget)
    {
        if (value.Constant is { Length: 1 })
        {
            return true;
        }

        Node? node = value.Producer;
        if (node is null || !node.Traits().IsTabular
            || node.Inputs.OfType<Value>().Any(v => v.IsConstant ? v.Constant!.Length != 1 : !v.KnownShape.Equals(value.KnownShape)))
        {
            if (root is not null && root != value)
            {
                return false;
            }

            root = value;
            return !value.IsConstant;
        }

        foreach (Value input in node.Inputs.OfType<Value>())
        {
            if (--budget < 0 || !Visit(input, ref root, ref budget))
            {
                return false;
            }
        }

        return true;
    }
}
