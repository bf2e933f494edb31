using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Finds activation functions in the arithmetic that exporters write for them, where it is left in float: one pass over memory for up to
/// eight.
/// <code>
///   x · sigmoid(a·x)                                        ⇒   Swish(x)      SiLU; QuickGelu with a = 1.702
///   x · tanh(softplus(x))                                   ⇒   Mish(x)
///   x · ½ · (1 + erf(x / √2))                               ⇒   Gelu(x)
///   x · ½ · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))        ⇒   Gelu(x)       approximated by tanh
/// </code>
/// Factors stand in any order; constants may be divided by instead.
/// </summary>
internal sealed class FuseActivations : IPass
{
    private const double RootOfHalf = 0.70710678118654752;
    private const double RootOfTwoOverPi = 0.79788456080286536;
    private const double Cubic = 0.044715;

    /// <summary>Products in a row that can belong to one function: of longer ones no end is looked for.</summary>
    private const int MostProducts = 4;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;

        // The last factor of a product comes last: from there all that belong to it are found.
        foreach (Node node in graph.Nodes.Where(n => n.Is("Mul") && n.Output.Type == DataType.Float32).Reverse().ToArray())
        {
            if (node.Graph == graph && Find(graph, node) is { } found)
            {
                Value output = node.Output;
                string name = found.Nodes.Select(n => n.Name).Reverse().Aggregate(Rewriting.JoinNames);
                found.Nodes.ForEach(graph.Remove);
                context.Inference.Infer(graph.Add(
                    new Node(Domains.Onnx, found.Type, name, [found.X], [output], AttributeValue.ByName(found.Attributes))));
                changed = true;
            }
        }

        return changed;
    }

    /// <param name="Type">The operator.</param>
    /// <param name="X">Its argument.</param>
    /// <param name="Nodes">All that become one, the last first.</param>
    /// <param name="Attributes">Of the operator.</param>
    private sealed record Found(string Type, Value X, List<Node> Nodes, params (string Name, AttributeValue Value)[] Attributes);

    private static Found? Find(Graph graph, Node product)
    {
        var nodes = new List<Node>();
        var factors = new List<Value>();
        if (Factors(graph, product, nodes, factors) is not { } scale || factors.Count != 2)
        {
            return null;
        }

        foreach ((Value x, Value gate) in (ReadOnlySpan<(Value, Value)>)[(factors[0], factors[1]), (factors[1], factors[0])])
        {
            // Each factor has the shape of the product, which the other one could widen.
            if (x.KnownShape.Equals(product.Output.Shape) && gate.KnownShape.Equals(x.KnownShape)
                && (Gated(graph, x, gate, scale) ?? Gelu(graph, x, gate, scale)) is { } found)
            {
                return found with { Nodes = [.. nodes, .. found.Nodes] };
            }
        }

        return null;
    }

    /// <summary>What a tree of products multiplies.</summary>
    /// <returns>The constant factors; null where there are more products than any function has.</returns>
    private static double? Factors(Graph graph, Node product, List<Node> nodes, List<Value> factors)
    {
        nodes.Add(product);
        double scale = 1;
        foreach (Value factor in product.Inputs.OfType<Value>())
        {
            if (Rewriting.Scalar(factor) is { } number)
            {
                scale *= number;
            }
            else if (graph.Maker(factor, "Mul") is { } inner)
            {
                if (nodes.Count >= MostProducts || Factors(graph, inner, nodes, factors) is not { } more)
                {
                    return null;
                }

                scale *= more;
            }
            else if (graph.Maker(factor, "Div") is { } quotient && Rewriting.Scalar(quotient.Required(1)) is { } divisor)
            {
                nodes.Add(quotient);
                factors.Add(quotient.Required(0));
                scale /= divisor;
            }
            else
            {
                factors.Add(factor);
            }
        }

        return scale;
    }

    private static Found? Gated(Graph graph, Value x, Value gate, double scale)
    {
        if (scale != 1)
        {
            return null;
        }

        if (graph.Maker(gate, "Sigmoid") is { } sigmoid)
        {
            return Multiple(graph, sigmoid.Required(0), x) is var (alpha, nodes)
                ? new("Swish", x, [sigmoid, .. nodes], ("alpha", (float)alpha)) : null;
        }

        return graph.Maker(gate, "Tanh") is { } tanh && graph.Maker(tanh.Required(0), "Softplus") is { } softplus
            && softplus.Required(0) == x ? new("Mish", x, [tanh, softplus]) : null;
    }

    private static Found? Gelu(Graph graph, Value x, Value gate, double scale)
    {
        // scale · (f + 1), or 2·scale · (½·f + ½), which MergeAffine may have made of it.
        if (graph.Maker(gate, "Add") is not { } sum || Rewriting.ScalarOperand(sum) is not var (scaled, one) || !IsNear(scale * one, 0.5))
        {
            return null;
        }

        var nodes = new List<Node> { sum };
        double factor = 1;
        if (graph.Maker(scaled, "Mul") is { } half && Rewriting.ScalarOperand(half) is var (function, number))
        {
            (scaled, factor) = (function, number);
            nodes.Add(half);
        }

        if (!IsNear(scale * factor, 0.5))
        {
            return null;
        }

        if (graph.Maker(scaled, "Erf") is { } erf)
        {
            return Multiple(graph, erf.Required(0), x) is var (root, inner) && IsNear(root, RootOfHalf)
                ? new("Gelu", x, [.. nodes, erf, .. inner]) : null;
        }

        return graph.Maker(scaled, "Tanh") is { } tanh && CubicNodes(graph, tanh.Required(0), x) is { } cubic
            ? new("Gelu", x, [.. nodes, tanh, .. cubic], ("approximate", "tanh")) : null;
    }

    /// <summary>The nodes that make √(2/π) · (x + 0.044715 · x³), or x · √(2/π) · (1 + 0.044715 · x²).</summary>
    private static List<Node>? CubicNodes(Graph graph, Value argument, Value x)
    {
        var nodes = new List<Node>();
        var factors = new List<Value>();
        if (graph.Maker(argument, "Mul") is not { } product
            || Factors(graph, product, nodes, factors) is not { } scale || !IsNear(scale, RootOfTwoOverPi))
        {
            return null;
        }

        bool isFactored = factors.Count == 2 && factors.Remove(x);
        if (factors.Count != 1 || graph.Maker(factors[0], "Add") is not { } sum)
        {
            return null;
        }

        nodes.Add(sum);
        foreach ((int first, int power) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 0)])
        {
            bool isFirst = isFactored ? Rewriting.Scalar(sum.Required(first)) == 1 : sum.Required(first) == x;
            if (isFirst && Power(graph, sum.Required(power), x) is var (degree, small, inner)
                && degree == (isFactored ? 2 : 3) && IsNear(small, Cubic))
            {
                return [.. nodes, .. inner];
            }
        }

        return null;
    }

    /// <summary>A value that is scale · x^degree.</summary>
    private static (double Degree, double Scale, List<Node> Nodes)? Power(Graph graph, Value value, Value x)
    {
        if (value == x)
        {
            return (1, 1, []);
        }

        if (graph.Maker(value, "Pow") is { } power)
        {
            return power.Required(0) == x && Rewriting.Scalar(power.Required(1)) is { } exponent ? (exponent, 1, [power]) : null;
        }

        // x·x reads its operand twice, which no private value allows but x itself.
        var nodes = new List<Node>();
        var factors = new List<Value>();
        if (graph.Maker(value, "Mul") is not { } product || Factors(graph, product, nodes, factors) is not { } scale)
        {
            return null;
        }

        double degree = 0;
        foreach (Value factor in factors)
        {
            if (factor == x)
            {
                degree++;
            }
            else if (graph.Maker(factor, "Pow") is { } inner && Power(graph, factor, x) is var (more, _, _))
            {
                degree += more;
                nodes.Add(inner);
            }
            else
            {
                return null;
            }
        }

        return (degree, scale, nodes);
    }

    /// <summary>A value that is a constant multiple of x, and the nodes that multiply.</summary>
    private static (double Factor, List<Node> Nodes)? Multiple(Graph graph, Value value, Value x)
    {
        if (value == x)
        {
            return (1, []);
        }

        return graph.Maker(value) is not { } maker ? null
            : maker.Is("Mul") && Rewriting.ScalarOperand(maker) is var (other, number) && other == x ? (number, [maker])
            : maker.Is("Div") && maker.Required(0) == x && Rewriting.Scalar(maker.Required(1)) is { } divisor ? (1 / divisor, [maker])
            : null;
    }

    /// <summary>Constants are often written with few digits.</summary>
    private static bool IsNear(double value, double wanted) => Math.Abs(value - wanted) <= 1e-5 * wanted;
}
