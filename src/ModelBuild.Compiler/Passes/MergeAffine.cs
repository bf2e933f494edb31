using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Additions of and multiplications by constants that follow each other become at most a sum, a product and a sum; so does a
/// BatchNormalization that no convolution before it could take.
/// <code>
///   x ──► Sub mean ──► Div deviation        ⇒        x ──► Add −mean ──► Mul 1/deviation
///   x ──► Mul a ──► Add b ──► Mul c         ⇒        x ──► Mul a·c ──► Add b·c
///   x ──► BatchNormalization                ⇒        x ──► Mul f ──► Add s        where the mean is not large against the deviation
/// </code>
/// A sum that comes first stays first: a mean that is large against the deviation cancels exactly when it is taken off the input, and
/// leaves nothing but rounding when it is taken off the product. Runs after <see cref="FoldAffine"/>. Constants are combined in float64.
/// </summary>
internal sealed class MergeAffine : IPass
{
    /// <summary>Means beyond so many deviations are taken off first; up to here a product costs six of float32's 24 bits.</summary>
    private const double LargestMean = 64;

    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        var done = new HashSet<Node>();
        foreach (Node first in graph.Nodes.ToArray())
        {
            if (done.Contains(first) || Operations(first, null) is not var (input, operations))
            {
                continue;
            }

            if (Affine.Identity.Then(operations) is not { } affine)
            {
                // No kernel normalizes: whatever its numbers are, a normalization becomes arithmetic.
                if (first.Is("BatchNormalization"))
                {
                    Replace(
                        graph, context, [first], input, [.. operations.Select(o => (o.IsProduct ? "Mul" : "Add", "constant", o.Constant))]);
                    changed = true;
                }

                continue;
            }

            List<Node> chain = [first];
            while (graph.Follower(chain[^1].Output) is { } next && Operations(next, chain[^1].Output) is var (_, more)
                && affine.Then(more) is { } longer)
            {
                affine = longer;
                chain.Add(next);
            }

            done.UnionWith(chain);
            List<(string Type, string Role, Tensor Constant)> steps = [.. affine.Steps()];
            if (!steps.Select(s => s.Type).SequenceEqual(chain.Select(n => n.Type)))
            {
                Replace(graph, context, chain, input, steps);
                changed = true;
            }
        }

        return changed;
    }

    private static void Replace(
        Graph graph, PassContext context, List<Node> chain, Value input, List<(string Type, string Role, Tensor Constant)> steps)
    {
        Node last = chain[^1];
        string name = string.Join(" + ", chain.Select(n => n.Name));
        foreach ((string type, string role, Tensor constant) in steps[..^1])
        {
            input = graph.Append(context, type, name, [input, Constant(role, constant)], $"{last.Output.Name}_{type}");
        }

        (string finalType, string finalRole, Tensor finalConstant) = steps[^1];
        graph.Replace(context, last, finalType, [input, Constant(finalRole, finalConstant)]).Name = name;

        Value Constant(string role, Tensor tensor) => graph.NewConstant(
            $"{last.Output.Name}_{role}", Tensor.FromDoubles(DataType.Float32, tensor.ToDoubles(), [.. tensor.Dimensions]));
    }

    /// <summary>
    /// What a node does to an input, as sums and products with constants in their order; null where it does anything else.
    /// </summary>
    /// <param name="input">The input in question; null for the one that is not constant.</param>
    private static (Value Input, Operation[] Operations)? Operations(Node node, Value? input)
    {
        if (node.Domain != Domains.Onnx || node.Outputs is not [{ Type: DataType.Float32 } output])
        {
            return null;
        }

        if (node.Type == "BatchNormalization")
        {
            return FoldAffine.Map(node, node.Required(0)) is var (factors, summands)
                ? (node.Required(0), Normalization(node, factors, summands))
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
        Operation[]? operations = (node.Type, isLeft) switch
        {
            ("Mul", _) => [Operation.Product(number)],
            ("Div", true) when number.ToDoubles().All(n => n != 0) => [Operation.Product(Affine.Map(number, n => 1 / n))],
            ("Add", _) => [Operation.Sum(number)],
            ("Sub", true) => [Operation.Sum(Affine.Map(number, n => -n))],
            ("Sub", false) => [Operation.Sum(Affine.Map(number, n => -n)), Operation.Product(Affine.Map(Affine.One, n => -n))],
            _ => null,
        };
        return operations is null ? null : (changing, operations);
    }

    private static Operation[] Normalization(Node node, double[] factors, double[] summands)
    {
        double[] means = node.Required(3).Constant!.ToDoubles();
        double[] variances = node.Required(4).Constant!.ToDoubles();
        double epsilon = node.Float("epsilon", 1e-5f);
        // Where there is no deviation at all, ONNX Runtime's order decides what becomes NaN.
        bool meansAreLarge = means.Zip(variances).Any(
            s => s.Second + epsilon > 0 && Math.Abs(s.First) > LargestMean * Math.Sqrt(s.Second + epsilon));
        return meansAreLarge
            ? [
                Operation.Sum(PerChannel(Array.ConvertAll(means, m => -m))), Operation.Product(PerChannel(factors)),
                Operation.Sum(PerChannel(node.Required(2).Constant!.ToDoubles())),
            ]
            : [Operation.Product(PerChannel(factors)), Operation.Sum(PerChannel(summands))];

        Tensor PerChannel(double[] values) => Tensor.FromDoubles(
            DataType.Float64, values, [values.Length, .. Enumerable.Repeat(1L, node.Output.KnownShape.Rank - 2)]);
    }

    /// <summary>A sum or a product with a constant, float64, that broadcasts to the other operand.</summary>
    private readonly record struct Operation(bool IsProduct, Tensor Constant)
    {
        public static Operation Sum(Tensor constant) => new(false, constant);

        public static Operation Product(Tensor constant) => new(true, constant);
    }

    /// <summary>(x + shift) · factor + summand.</summary>
    private sealed record Affine(Tensor Shift, Tensor Factor, Tensor Summand)
    {
        private static readonly Tensor s_zero = Tensor.FromDoubles(DataType.Float64, [0]);

        public static Tensor One { get; } = Tensor.FromDoubles(DataType.Float64, [1]);

        public static Affine Identity { get; } = new(s_zero, One, s_zero);

        /// <summary>True where multiplying by the factors rounds nothing: powers of two.</summary>
        private bool IsExact =>
            Array.TrueForAll(Factor.ToDoubles(), f => f != 0 && double.IsFinite(f) && Math.ScaleB(f, -Math.ILogB(f)) is 1 or -1);

        public static Tensor Map(Tensor tensor, Func<double, double> formula) =>
            Tensor.FromDoubles(DataType.Float64, [.. tensor.ToDoubles().Select(formula)], [.. tensor.Dimensions]);

        /// <summary>
        /// This and then others; null where the constants would become larger than they are, or too large or small for float32 to be sure
        /// to hold what lies between.
        /// </summary>
        public Affine? Then(Operation[] operations)
        {
            Affine? result = this;
            foreach (Operation operation in operations)
            {
                result = operation.IsProduct ? result.Times(operation.Constant) : result.Plus(operation.Constant);
                if (result is null)
                {
                    return null;
                }
            }

            return result;
        }

        /// <summary>The nodes that compute it, of which there is at least one.</summary>
        public IEnumerable<(string Type, string Role, Tensor Constant)> Steps()
        {
            bool multiplies = Factor.ToDoubles().Any(f => f != 1);
            if (!multiplies && Sum(Shift, Summand) is { } sum && !IsZero(sum))
            {
                yield return ("Add", "summand", sum);
                yield break;
            }

            if (!IsZero(Shift))
            {
                yield return ("Add", "shift", Shift);
            }

            if (multiplies || IsZero(Shift))
            {
                yield return ("Mul", "factor", Factor);
            }

            if (!IsZero(Summand))
            {
                yield return ("Add", "summand", Summand);
            }
        }

        private Affine? Plus(Tensor constant) =>
            (IsExact ? Sum(Summand, constant) : Combine(Summand, constant, (a, b) => a + b)) is { } summand
                ? this with { Summand = summand }
                : null;

        /// <summary>
        /// A sum behind factors that round nothing may as well stand before them, and does, so that it comes before the new factor.
        /// </summary>
        private Affine? Times(Tensor constant)
        {
            bool isExact = IsExact;
            Tensor? shift = isExact ? Sum(Shift, Zip(Summand, Factor, (s, f) => s / f)) : Shift;
            Tensor? summand = isExact ? s_zero : Combine(Summand, constant, (a, b) => a * b);
            return FoldAffine.IsOrdinary(constant.ToDoubles()) && Combine(Factor, constant, (a, b) => a * b) is { } factor
                && FoldAffine.IsOrdinary(factor.ToDoubles()) && shift is not null && summand is not null
                ? new Affine(shift, factor, summand)
                : null;
        }

        /// <summary>
        /// One sum for two that follow each other, where a float32 can say it: x + a may be small and exact for large x and a, and then the
        /// rounding of a + b would be large beside it.
        /// </summary>
        private static Tensor? Sum(Tensor a, Tensor b) =>
            Combine(a, b, (x, y) => x + y) is { } sum && sum.ToDoubles().All(v => (float)v == v) ? sum : null;

        private static bool IsZero(Tensor tensor) => tensor.ToDoubles().All(v => v == 0);

        /// <summary>Element by element; null where that would be more elements than either has.</summary>
        private static Tensor? Combine(Tensor a, Tensor b, Func<double, double, double> formula) =>
            Zip(a, b, formula) is { } result && result.Length <= Math.Max(a.Length, b.Length) ? result : null;

        private static Tensor Zip(Tensor a, Tensor b, Func<double, double, double> formula) =>
            Arithmetic.Zip(a, b, a.ToDoubles(), b.ToDoubles(), formula, (values, dimensions) =>
                Tensor.FromDoubles(DataType.Float64, values, dimensions));
    }
}
