using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Additions of and multiplications by constants that follow each other become one product and one sum, in this order; so does a
/// BatchNormalization that no convolution before it could take.
/// <code>
///   x ──► Sub mean ──► Div deviation        ⇒        x ──► Mul 1/deviation ──► Add −mean/deviation
///   x ──► BatchNormalization                ⇒        x ──► Mul f ──► Add s
/// </code>
/// Runs after <see cref="FoldAffine"/>. Constants are combined in float64.
/// </summary>
internal sealed class MergeAffine : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        var done = new HashSet<Node>();
        foreach (Node first in graph.Nodes.ToArray())
        {
            if (done.Contains(first))
            {
                continue;
            }

            if (Step(first, null) is not { } affine)
            {
                changed |= first.Is("BatchNormalization") && Decompose(graph, context, first);
                continue;
            }

            List<Node> chain = [first];
            while (graph.Follower(chain[^1].Output) is { } next && Step(next, chain[^1].Output) is { } step
                && affine.Then(step) is { } both)
            {
                affine = both with { Input = affine.Input };
                chain.Add(next);
            }

            done.UnionWith(chain);
            if (!IsCanonical(chain))
            {
                Replace(graph, context, chain, affine);
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>A normalization whose mean is large against its deviation takes the mean off first.</summary>
    private static bool Decompose(Graph graph, PassContext context, Node node)
    {
        if (FoldAffine.Map(node, node.Required(0)) is not var (factors, _))
        {
            return false;
        }

        int rank = node.Output.KnownShape.Rank;
        Value centred = graph.Append(context, "Sub", node.Name, [node.Required(0), Constant("mean", node.Required(3).Constant!.ToDoubles())], $"{node.Output.Name}_centred");
        Value scaled = graph.Append(context, "Mul", node.Name, [centred, Constant("factor", factors)], $"{node.Output.Name}_scaled");
        graph.Replace(context, node, "Add", [scaled, Constant("bias", node.Required(2).Constant!.ToDoubles())]);
        return true;

        Value Constant(string role, double[] values) => graph.NewConstant(
            $"{node.Output.Name}_{role}", Tensor.FromDoubles(DataType.Float32, values, [values.Length, .. Enumerable.Repeat(1L, rank - 2)]));
    }

    private static bool IsCanonical(List<Node> chain) => chain.Count switch
    {
        1 => chain[0].Is("Mul") || chain[0].Is("Add"),
        2 => chain[0].Is("Mul") && chain[1].Is("Add"),
        _ => false,
    };

    private static void Replace(Graph graph, PassContext context, List<Node> chain, Affine affine)
    {
        Node last = chain[^1];
        string name = string.Join(" + ", chain.Select(n => n.Name));
        Value input = affine.Input;
        bool adds = affine.Summand.ToDoubles().Any(s => s != 0);
        if (affine.Factor.ToDoubles().Any(f => f != 1) || !adds)
        {
            Value factor = graph.NewConstant($"{last.Output.Name}_factor", ToFloat32(affine.Factor));
            if (!adds)
            {
                graph.Replace(context, last, "Mul", [input, factor]).Name = name;
                return;
            }

            input = graph.Append(context, "Mul", name, [input, factor], $"{last.Output.Name}_scaled");
        }

        Value summand = graph.NewConstant($"{last.Output.Name}_summand", ToFloat32(affine.Summand));
        graph.Replace(context, last, "Add", [input, summand]).Name = name;
    }

    private static Tensor ToFloat32(Tensor tensor) => Tensor.FromDoubles(DataType.Float32, tensor.ToDoubles(), [.. tensor.Dimensions]);

    /// <summary>What a node does to an input; null where it does anything but multiply it by and add constants to it.</summary>
    /// <param name="input">The input in question; null for the one that is not constant.</param>
    private static Affine? Step(Node node, Value? input)
    {
        if (node.Domain != Domains.Onnx || node.Outputs is not [{ Type: DataType.Float32 } output])
        {
            return null;
        }

        if (node.Type == "BatchNormalization")
        {
            return (input is null || input == node.Required(0)) && FoldAffine.Map(node, node.Required(0)) is var (factors, summands)
                && !summands.Any(s => Math.Abs(s) > LargestSummand)
                ? new Affine(node.Required(0), PerChannel(factors), PerChannel(summands))
                : null;
        }

        if (node.Type is not ("Mul" or "Div" or "Add" or "Sub"))
        {
            return null;
        }

        bool isLeft = input is null ? !node.Required(0).IsConstant : node.Required(0) == input;
        Value changing = node.Required(isLeft ? 0 : 1);
        if (changing.IsConstant || node.Required(isLeft ? 1 : 0).Constant is not { } constant || !output.KnownShape.Equals(changing.Shape))
        {
            return null;
        }

        var number = Tensor.FromDoubles(DataType.Float64, constant.ToDoubles(), [.. constant.Dimensions]);
        return (node.Type, isLeft) switch
        {
            ("Mul", _) => new Affine(changing, number, Affine.Zero),
            ("Div", true) when number.ToDoubles().All(n => n != 0) => new Affine(changing, Affine.Map(number, n => 1 / n), Affine.Zero),
            ("Add", _) => new Affine(changing, Affine.One, number),
            ("Sub", true) => new Affine(changing, Affine.One, Affine.Map(number, n => -n)),
            ("Sub", false) => new Affine(changing, Affine.Map(Affine.One, n => -n), number),
            _ => null,
        };

        Tensor PerChannel(double[] values) =>
            Tensor.FromDoubles(DataType.Float64, values, [values.Length, .. Enumerable.Repeat(1L, output.KnownShape.Rank - 2)]);
    }

    /// <summary>
    /// Adds this much times 2⁻²⁴ of rounding error to results around one.
    /// </summary>
    private const double LargestSummand = 64;

    /// <summary>Input · factor + summand, with float64 constants that broadcast to the input.</summary>
    private sealed record Affine(Value Input, Tensor Factor, Tensor Summand)
    {
        public static Tensor Zero { get; } = Tensor.FromDoubles(DataType.Float64, [0]);

        public static Tensor One { get; } = Tensor.FromDoubles(DataType.Float64, [1]);

        public static Tensor Map(Tensor tensor, Func<double, double> formula) =>
            Tensor.FromDoubles(DataType.Float64, [.. tensor.ToDoubles().Select(formula)], [.. tensor.Dimensions]);

        /// <summary>This and then another; null where the constants would become larger than they are.</summary>
        public Affine? Then(Affine next)
        {
            if (Cancels(Summand, next.Factor))
            {
                return null;
            }

            Tensor factor = Zip(Factor, next.Factor, (a, b) => a * b);
            Tensor summand = Zip(Zip(Summand, next.Factor, (a, b) => a * b), next.Summand, (a, b) => a + b);
            long limit = new[] { Factor.Length, Summand.Length, next.Factor.Length, next.Summand.Length }.Max();
            return factor.Length <= limit && summand.Length <= limit ? new Affine(Input, factor, summand) : null;
        }

        /// <summary>
        /// True where a sum is scaled to numbers around one from far away, as in (x − mean) / deviation with a large mean: multiplied out, it
        /// would be a small difference of large products, and the sum has to come first.
        /// </summary>
        private static bool Cancels(Tensor summand, Tensor factor) =>
            Zip(summand, factor, (a, b) => a * b).ToDoubles().Any(s => Math.Abs(s) > LargestSummand);

        private static Tensor Zip(Tensor a, Tensor b, Func<double, double, double> formula) =>
            Arithmetic.Zip(a, b, a.ToDoubles(), b.ToDoubles(), formula, (values, dimensions) =>
                Tensor.FromDoubles(DataType.Float64, values, dimensions));
    }
}
