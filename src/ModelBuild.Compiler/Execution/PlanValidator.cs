using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// Runs every plan once in the build that makes it, and compares what it computes with what the graph means: where that is little work,
/// by the operators' own definitions, otherwise by a plan of the same graph without fusions. A plan that binds, runs and agrees cannot
/// fail at the application's first call.
/// </summary>
/// <param name="context">For messages and inference.</param>
internal sealed class PlanValidator(InferenceContext context, CancellationToken cancellation)
{
    /// <summary>Multiplications up to which a graph is evaluated by its operators' definitions: well under a second.</summary>
    private const double MeaningBudget = 5e7;

    /// <summary>
    /// Largest error of an output: of float against the largest element, of quantized noise against the signal. What rounding does besides is
    /// granted besides.
    /// </summary>
    private const double Bound = 1e-3;

    /// <summary>
    /// Of the noise that quantization steps make, so much is granted: values that lie between two codes may be rounded either way. The noise of
    /// rounding has 1/12 of a step's power; a third of all values rounded the other way have four times as much, so twice the amplitude.
    /// </summary>
    private const double StepFactor = 2;

    /// <summary>How much more than the noise of rounding each result to float32 is granted to sums in another order.</summary>
    private const double NoiseFactor = 100;

    /// <summary>Compares a graph with the one that it was made of by passes that keep its meaning.</summary>
    /// <returns>What the graph means; null where that would be too much work.</returns>
    /// <exception cref="CompilationException">MODELB9002: they differ.</exception>
    public Dictionary<string, Tensor>? CheckPasses(Graph before, Graph after, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor>? actual = Evaluate(after, inputs);
        if (actual is not null && Evaluate(before, inputs) is { } expected
            && FindDifference(expected, actual, IsQuantized(after)) is { } difference
            && !(IsQuantized(after) ? IsStepNoise(expected, actual, Evaluate(SmoothGraph.Of(after), inputs)) : IsNoise(before, inputs, expected, actual)))
        {
            throw Different($"the simplified graph differs from the imported one {difference}", after, before, inputs);
        }

        return actual;
    }

    /// <summary>Runs a plan and compares it with its graph.</summary>
    /// <param name="graph">What the plan was made of, before lowering.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="plain">Makes a plan of a graph without fusions.</param>
    /// <param name="known">What the graph means, where that has been found out already.</param>
    /// <exception cref="CompilationException">MODELB9002: the plan cannot run, or computes something else.</exception>
    public void CheckPlan(
        Graph graph, CompiledPlan plan, Func<Graph, CompiledPlan> plain, IReadOnlyDictionary<string, Tensor> inputs, Dictionary<string, Tensor>? known)
    {
        Dictionary<string, Tensor> actual = new Interpreter(plan).Run(inputs);
        bool isQuantized = IsQuantized(graph);
        if ((known ?? Evaluate(graph, inputs)) is { } meaning)
        {
            if (FindDifference(meaning, actual, isQuantized) is { } difference
                && !(isQuantized ? IsStepNoise(meaning, actual, Evaluate(SmoothGraph.Of(graph), inputs)) : IsNoise(graph, inputs, meaning, actual)))
            {
                throw Different($"the plan differs from the graph {difference}", plan, graph, inputs);
            }
        }
        else
        {
            Dictionary<string, Tensor> expected = new Interpreter(plain(graph)).Run(inputs);
            if (FindDifference(expected, actual, isQuantized) is { } difference
                && !(isQuantized && IsStepNoise(expected, actual, new Interpreter(plain(SmoothGraph.Of(graph))).Run(inputs))))
            {
                throw Error($"the plan differs from one without fusions {difference}");
            }
        }
    }

    private static bool IsQuantized(Graph graph) => graph.Nodes.Any(n => n.Is("QuantizeLinear"));

    /// <summary>The meaning of a graph; null where it would be too much work.</summary>
    private Dictionary<string, Tensor>? Evaluate(Graph graph, IReadOnlyDictionary<string, Tensor> inputs)
    {
        try
        {
            var evaluator = new GraphEvaluator(graph, inputs, context);
            return evaluator.Work <= MeaningBudget ? evaluator.Run(cancellation) : null;
        }
        catch (CompilationException)
        {
            // The sizes of the probe do not suit the graph: where it is compiled at all, that is said at the call.
            return null;
        }
    }

    /// <summary>Says where two sets of outputs differ by more than their bound, or null.</summary>
    private static string? FindDifference(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual, bool quantized)
    {
        foreach ((string name, Tensor tensor) in expected.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            if (!actual.TryGetValue(name, out Tensor? other) || !tensor.Dimensions.SequenceEqual(other.Dimensions) || tensor.Type != other.Type)
            {
                return $"in output '{name}', which is {other?.Type}{other?.Shape} instead of {tensor.Type}{tensor.Shape}";
            }

            double error = quantized ? Noise(tensor, other) : LargestError(tensor, other);
            if (!(error <= Bound))
            {
                return FormattableString.Invariant($"by {error:G3} of its range in output '{name}'");
            }
        }

        return null;
    }

    /// <summary>Largest difference of finite elements over the largest finite element; infinite where finite meets infinite.</summary>
    private static double LargestError(Tensor expected, Tensor actual)
    {
        double largest = 0;
        double error = 0;
        foreach ((double e, double a) in expected.ToDoubles().Zip(actual.ToDoubles()))
        {
            if (double.IsFinite(e) && double.IsFinite(a))
            {
                largest = Math.Max(largest, Math.Abs(e));
                error = Math.Max(error, Math.Abs(e - a));
            }
            else if (!e.Equals(a))
            {
                return double.PositiveInfinity;
            }
        }

        return error == 0 ? 0 : error / largest;
    }

    /// <summary>Root of the ratio between the power of the difference and that of the signal, over finite elements.</summary>
    private static double Noise(Tensor expected, Tensor actual)
    {
        double signal = 0;
        double noise = 0;
        foreach ((double e, double a) in expected.ToDoubles().Zip(actual.ToDoubles()))
        {
            if (double.IsFinite(e) && double.IsFinite(a))
            {
                signal += e * e;
                noise += (e - a) * (e - a);
            }
        }

        return noise == 0 ? 0 : Math.Sqrt(noise / signal);
    }

    /// <summary>True where the difference is no more than what quantization steps make.</summary>
    /// <param name="smooth">What the graph means without them.</param>
    private static bool IsStepNoise(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual, Dictionary<string, Tensor>? smooth) =>
        smooth is not null && expected.All(e => actual.TryGetValue(e.Key, out Tensor? other) && e.Value.Length == other.Length
            && Noise(e.Value, other) <= Bound + (StepFactor * Noise(e.Value, smooth[e.Key])));

    /// <summary>
    /// True where the difference is what rounding makes of an ill-conditioned network: rounding each result to float32, against not
    /// rounding, moves the outputs comparably.
    /// </summary>
    private bool IsNoise(Graph graph, IReadOnlyDictionary<string, Tensor> inputs, Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual)
    {
        if (new GraphEvaluator(InFloat64(graph), Widen(inputs), context).Run(cancellation) is not { } exact)
        {
            return false;
        }

        return expected.All(e => !e.Value.Type.IsFloat() || !actual.TryGetValue(e.Key, out Tensor? other) || e.Value.Length != other.Length
            ? false
            : LargestError(e.Value, other) <= Bound + (NoiseFactor * LargestError(exact[e.Key], e.Value)));

        static Dictionary<string, Tensor> Widen(IReadOnlyDictionary<string, Tensor> tensors) =>
            tensors.ToDictionary(t => t.Key, t => Float64(t.Value), StringComparer.Ordinal);
    }

    private static Graph InFloat64(Graph graph)
    {
        Graph copy = graph.Clone();
        foreach (Value value in copy.Values())
        {
            if (value.Constant is { Type: DataType.Float32 } constant)
            {
                value.Constant = Float64(constant);
            }

            value.Type = value.Type == DataType.Float32 ? DataType.Float64 : value.Type;
        }

        foreach (Node cast in copy.Nodes.Where(n => n.Is("Cast") && n.Int("to") == (long)DataType.Float32))
        {
            cast.Attributes["to"] = (long)DataType.Float64;
        }

        return copy;
    }

    private static Tensor Float64(Tensor tensor) =>
        tensor.Type == DataType.Float32 ? Tensor.FromDoubles(DataType.Float64, tensor.ToDoubles(), [.. tensor.Dimensions]) : tensor;

    private CompilationException Different(string what, CompiledPlan plan, Graph graph, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor> meanings = Meanings(graph, inputs);
        string? first = null;
        new Interpreter(plan).Run(inputs, (tensor, data) =>
        {
            if (first is null && meanings.TryGetValue(tensor.Name, out Tensor? meaning) && meaning.Type == tensor.Type.ToDataType()
                && meaning.Data.Length == data.Length)
            {
                // Lowered data may lie channels-last: compare what does not depend on the order.
                double[] sorted = [.. new Tensor(meaning.Type, [meaning.Length], data.ToArray()).ToDoubles().Order()];
                double[] expected = [.. meaning.ToDoubles().Order()];
                double scale = expected.Select(Math.Abs).Where(double.IsFinite).DefaultIfEmpty(0).Max();
                first = expected.Zip(sorted).Any(p => !(Math.Abs(p.First - p.Second) <= Bound * scale)) ? tensor.Name : null;
            }
        });
        return Error(what, first);
    }

    private CompilationException Different(string what, Graph graph, Graph original, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor> meanings = Meanings(original, inputs);
        string? first = null;
        new GraphEvaluator(graph, inputs, context).Run(cancellation, (name, tensor) =>
        {
            if (first is null && meanings.TryGetValue(name, out Tensor? meaning) && meaning.Dimensions.SequenceEqual(tensor.Dimensions)
                && !(LargestError(meaning, tensor) <= Bound))
            {
                first = name;
            }
        });
        return Error(what, first);
    }

    /// <summary>What every value of a graph means, by name.</summary>
    private Dictionary<string, Tensor> Meanings(Graph graph, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var meanings = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        new GraphEvaluator(graph, inputs, context).Run(cancellation, (name, tensor) => meanings[name] = tensor);
        return meanings;
    }

    private CompilationException Error(string what, string? firstTensor) =>
        Error($"{what}; the first tensor that differs is {(firstTensor is null ? "the output" : $"'{firstTensor}'")}");

    private CompilationException Error(string what) => new(
        DiagnosticCodes.ValidationFailed,
        $"Model '{Path.GetFileName(context.File)}': {what}. This is a defect of ModelBuild, found before it could do harm; please report it "
            + "with the model. Mode=\"fp32\" may work meanwhile.",
        context.File);
}
