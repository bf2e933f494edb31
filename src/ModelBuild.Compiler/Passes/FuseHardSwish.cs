using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Finds HardSigmoid and HardSwish in the arithmetic that exporters write for them.
/// <code>
///   clip(x + 3, 0, 6) / 6            ⇒        HardSigmoid(x)        with alpha = 1/6, beta = 1/2
///   x · HardSigmoid(x)               ⇒        HardSwish(x)
///   x · clip(x + 3, 0, 6) / 6        ⇒        HardSwish(x)
/// </code>
/// </summary>
internal sealed class FuseHardSwish : IPass
{
    private const double Sixth = 1.0 / 6;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => (n.Is("Mul") || n.Is("Div")) && n.Output.Type == DataType.Float32).ToArray())
        {
            if (node.Is("Mul") && (Gate(node, 0, 1) ?? Gate(node, 1, 0)) is { } gated)
            {
                graph.Replace(context, node, "HardSwish", [gated]);
                changed = true;
            }
            else if (Sixfold(node) is { } value && value.Producer is { } producer)
            {
                if (Clipped(value) is { } clipped)
                {
                    graph.Replace(context, node, "HardSigmoid", [clipped], ("alpha", (float)Sixth), ("beta", 0.5f));
                    changed = true;
                }
                else if (producer.Is("Mul") && (ClippedGate(producer, 0, 1) ?? ClippedGate(producer, 1, 0)) is { } swished)
                {
                    graph.Replace(context, node, "HardSwish", [swished]);
                    changed = true;
                }
            }
        }

        return changed;
    }

    /// <summary>x, where a Mul multiplies x by HardSigmoid(x).</summary>
    private static Value? Gate(Node node, int x, int gate) =>
        node.Required(gate).Producer is { } sigmoid && sigmoid.Is("HardSigmoid") && sigmoid.Required(0) == node.Required(x)
            && IsNear(sigmoid.Float("alpha", 0.2f), Sixth) && IsNear(sigmoid.Float("beta", 0.5f), 0.5)
            ? node.Required(x)
            : null;

    /// <summary>x, where a Mul multiplies x by clip(x + 3, 0, 6).</summary>
    private static Value? ClippedGate(Node node, int x, int gate) =>
        Clipped(node.Required(gate)) == node.Required(x) ? node.Required(x) : null;

    /// <summary>v, where a node divides v by six.</summary>
    private static Value? Sixfold(Node node) => node.Is("Div")
        ? Rewriting.Scalar(node.Required(1)) is { } divisor && IsNear(divisor, 6) && KeepsShape(node, node.Required(0))
            ? node.Required(0)
            : null
        : Rewriting.ScalarOperand(node) is var (other, factor) && IsNear(factor, Sixth) && KeepsShape(node, other) ? other : null;

    /// <summary>False where a constant of several dimensions makes more of the tensor than it is.</summary>
    private static bool KeepsShape(Node node, Value operand) => operand.KnownShape.Equals(node.Output.Shape);

    /// <summary>x, where a value is clip(x + 3, 0, 6).</summary>
    private static Value? Clipped(Value value) =>
        value.Producer is { } clip && clip.Is("Clip") && Clip.Bounds(clip) is (0, 6) && clip.Required(0).Producer is { } add
            && add.Is("Add")
            && Rewriting.ScalarOperand(add) is var (x, summand) && IsNear(summand, 3) && KeepsShape(add, x)
            ? x
            : null;

    private static bool IsNear(double value, double wanted) => Math.Abs(value - wanted) <= 1e-6 * wanted;
}
