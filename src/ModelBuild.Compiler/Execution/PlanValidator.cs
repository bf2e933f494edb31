using System.Numerics;
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
/// <param name="mode">What the plan is made for.</param>
internal sealed class PlanValidator(InferenceContext context, ModelMode mode, CancellationToken cancellation)
{
    /// <summary>Multiplications up to which a graph is evaluated by its operators' definitions: well under a second.</summary>
    private const double MeaningBudget = 5e7;

    /// <summary>Memory that a plan may take to be tried. One that takes more does so because a small model asks for it.</summary>
    private const double MemoryBudget = 1L << 29;

    /// <summary>
    /// Largest error of an output: of float against the largest element, of quantized noise against the signal. What rounding does besides
    /// is granted besides.
    /// </summary>
    private const double Bound = 1e-3;

    /// <summary>
    /// Of the noise that quantization steps make, so much is granted: values that lie between two codes may be rounded either way. The
    /// noise of rounding has 1/12 of a step's power; a third of all values rounded the other way have four times as much, so twice the
    /// amplitude.
    /// </summary>
    private const double StepFactor = 2;

    /// <summary>
    /// How many units in float32's last place every result is moved by, to see what sums in another order may do to the outputs.
    /// </summary>
    private const double Disturbance = 32;

    /// <summary>Inputs that are tried where one leaves in doubt whether a difference is chance.</summary>
    private const int Trials = 8;

    /// <summary>How much more than what that does is granted, since only one way of it is tried.</summary>
    private const double DisturbanceFactor = 2;

    /// <summary>Of the numbers that are tried where the first ones may have met a tie.</summary>
    private const int OtherSeed = 20261128;

    /// <summary>What a plan has to compute of the inputs that it is tried with.</summary>
    /// <param name="Graph">What the plan is made of.</param>
    /// <param name="Outputs">By name; none where the inputs do not suit the model, so that there is nothing to compare.</param>
    /// <param name="IsMeaning">True where the operators' own definitions say so, false where a plan without fusions does.</param>
    public sealed record Expectation(Graph Graph, Dictionary<string, Tensor> Outputs, bool IsMeaning);

    /// <summary>Compares a graph with the one that it was made of by passes that keep its meaning.</summary>
    /// <returns>What the graph means; null where that would be too much work.</returns>
    /// <exception cref="CompilationException">MODELB9002: they differ.</exception>
    public Dictionary<string, Tensor>? CheckPasses(Graph before, Graph after, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor>? actual = Evaluate(after, inputs);
        if (actual is not null && Evaluate(before, inputs) is { } expected
            && FindDifference(expected, actual, IsQuantized(after)) is { } difference
            && !(IsQuantized(after) ? IsStepNoise(after, inputs, expected, actual) : IsNoise(before, inputs, expected, actual)))
        {
            throw Different($"the simplified graph differs from the imported one {difference}", after, before, inputs);
        }

        return actual;
    }

    /// <summary>
    /// Finds out what the outputs of a plan have to be, before there is one: weights of large models are not to be in memory twice.
    /// </summary>
    /// <param name="graph">What the plan will be made of, before lowering.</param>
    /// <param name="plain">Makes a plan of a graph without fusions.</param>
    /// <param name="known">What the graph means, where that has been found out already.</param>
    public Expectation Expect(
        Graph graph, Func<Graph, CompiledPlan> plain, IReadOnlyDictionary<string, Tensor> inputs, Dictionary<string, Tensor>? known) =>
        (known ?? Evaluate(graph, inputs)) is { } meaning
            ? new Expectation(graph, meaning, IsMeaning: true)
            : new Expectation(graph, Run(plain, graph, inputs) ?? [], IsMeaning: false);

    /// <summary>Runs a plan and compares its outputs with what they have to be.</summary>
    /// <param name="plain">Makes a plan of a graph without fusions.</param>
    /// <param name="fused">Makes a plan of a graph as the plan was made.</param>
    /// <remarks>
    /// Steps of quantization may tip a decision (<see cref="DecidedSizes"/>): another box is suppressed, and all outputs behind it are
    /// others. Rounding of floats tips one where it meets a tie, which other numbers do not where candidates are few. Else what decides is
    /// compared instead.
    /// </remarks>
    /// <exception cref="CompilationException">MODELB9002: the plan cannot run, or computes something else.</exception>
    public void CheckPlan(
        CompiledPlan plan, Expectation expectation, Func<Graph, CompiledPlan> plain, Func<Graph, CompiledPlan> fused,
        IReadOnlyDictionary<string, Tensor> inputs)
    {
        if (Judge(plan, expectation, plain, fused, inputs, mayBeTie: true) is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>What is wrong with a plan; null where nothing is.</summary>

    private CompilationException? Judge(
        CompiledPlan plan, Expectation expectation, Func<Graph, CompiledPlan> plain, Func<Graph, CompiledPlan> fused,
        IReadOnlyDictionary<string, Tensor> inputs, bool mayBeTie)
    {
        (Graph graph, Dictionary<string, Tensor> expected, bool isMeaning) = expectation;
        bool isQuantized = IsQuantized(graph);
        if (Run(plan, inputs) is not { } actual || FindDifference(expected, actual, isQuantized) is not { } difference)
        {
            return null;
        }

        bool isGranted = !isQuantized ? isMeaning && IsNoise(graph, inputs, expected, actual)
            : isMeaning ? IsStepNoise(graph, inputs, expected, actual)
            : Run(plain, SmoothGraph.Of(graph), inputs) is { } reals
                && (IsStepNoise(expected, actual, reals, reals) || IsStepNoise(graph, plan, plain));
        if (isGranted)
        {
            return null;
        }

        if (mayBeTie && DecidedSizes.Before(graph) is { } before)
        {
            if (!isQuantized)
            {
                Dictionary<string, Tensor> others = ProbeInputs.For(graph, seed: OtherSeed);
                CompilationException? fault =
                    Judge(plan, Expect(graph, plain, others, known: null), plain, fused, others, mayBeTie: false);
                HashSet<string> undecided = [.. before.Outputs.Select(o => o.Name)];
                if (fault is null
                    || FindDifference(expected.Where(e => undecided.Contains(e.Key)).ToDictionary(), actual, isQuantized) is not null)
                {
                    return fault;
                }
            }

            Expectation deciding = Expect(before, plain, inputs, known: null);
            return TemporaryPlan.Use(() => fused(before), cut => Judge(cut, deciding, plain, fused, inputs, mayBeTie: true));
        }

        return isMeaning
            ? Different($"the plan differs from the graph {difference}", plan, graph, inputs)
            : Error($"the plan differs from one without fusions {difference}");
    }

    private Dictionary<string, Tensor>? Run(
        Func<Graph, CompiledPlan> make, Graph graph, IReadOnlyDictionary<string, Tensor> inputs) =>
        TemporaryPlan.Use(() => make(graph), plan => Run(plan, inputs));

    /// <summary>The outputs of a plan; null where the inputs are none that the model could take, or where it would take too much.</summary>
    private Dictionary<string, Tensor>? Run(CompiledPlan plan, IReadOnlyDictionary<string, Tensor> inputs)
    {
        try
        {
            var interpreter = new Interpreter(plan);
            return interpreter.Bytes(inputs) <= MemoryBudget ? interpreter.Run(inputs) : null;
        }
        catch (UnsuitedDataException)
        {
            return null;
        }
        catch (InvalidOperationException e)
        {
            throw Error(e.Message.TrimEnd('.'));
        }
    }

    private static bool IsQuantized(Graph graph) => 
        graph.Nodes.Any(n => n.Is("QuantizeLinear") || SmoothGraph.IsQuantization(n) || RecurrentCoding.Of(n) is not null);

    /// <summary>The meaning of a graph; null where it would be too much work.</summary>
    private Dictionary<string, Tensor>? Evaluate(
        Graph graph, IReadOnlyDictionary<string, Tensor> inputs, Func<string, Tensor, Tensor>? disturb = null)
    {
        try
        {
            var evaluator = new GraphEvaluator(graph, inputs, context);
            return evaluator.Work <= MeaningBudget ? evaluator.Run(cancellation, disturb: disturb) : null;
        }
        catch (Exception e) when (e is CompilationException or UnsuitedDataException)
        {
            // The probe does not suit the graph: where it is compiled at all, that is said at the call.
            return null;
        }
    }

    /// <summary>Says where two sets of outputs differ by more than their bound, or null.</summary>
    private static string? FindDifference(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual, bool quantized)
    {
        foreach ((string name, Tensor tensor) in expected.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            if (!actual.TryGetValue(name, out Tensor? other) || !tensor.Dimensions.SequenceEqual(other.Dimensions)
                || tensor.Type != other.Type)
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

    /// <summary>Largest difference over the largest finite element.</summary>
    private static double LargestError(Tensor expected, Tensor actual)
    {
        (double error, double largest) = LargestDifference(expected, actual);
        return error == 0 ? 0 : error / largest;
    }

    /// <summary>
    /// Largest difference of finite elements, infinite where finite meets infinite, and the largest finite element that is expected.
    /// </summary>
    private static (double Error, double Largest) LargestDifference(Tensor expected, Tensor actual)
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
                error = double.PositiveInfinity;
            }
        }

        return (error, largest);
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

    /// <summary>
    /// True where the difference is what rounding makes of an ill-conditioned network: moving every result by some units in the last
    /// place moves the outputs comparably.
    /// </summary>
    /// <remarks>
    /// Where constants are not finite, the order of work decides what becomes NaN: zeros of a padding that are multiplied with them, or
    /// not. Then only what is finite on both sides is compared.
    /// </remarks>
    private bool IsNoise(
        Graph graph, IReadOnlyDictionary<string, Tensor> inputs, Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual) =>
        !HasFiniteConstants(graph) ? expected.All(e => IsWithin(e.Value, actual.GetValueOrDefault(e.Key), Noise, Bound))
        : Evaluate(graph, inputs, Disturb) is { } disturbed
            && expected.All(e => IsWithin(
                e.Value, actual.GetValueOrDefault(e.Key), (wanted, got) => LargestDifference(wanted, got).Error,
                Granted(e.Value, disturbed[e.Key])));

    /// <summary>Not over the largest element: a difference of equals has none, and is moved all the same.</summary>
    private static double Granted(Tensor expected, Tensor disturbed)
    {
        (double moved, double largest) = LargestDifference(expected, disturbed);
        return (Bound * largest) + (DisturbanceFactor * moved);
    }

    private static bool HasFiniteConstants(Graph graph) => graph.Values().All(v => v.Constant?.IsFinite() != false);

    /// <summary>The same for quantized graphs, where steps make noise of their own.</summary>
    private bool IsStepNoise(
        Graph graph, IReadOnlyDictionary<string, Tensor> inputs, Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual)
    {
        Graph smooth = SmoothGraph.Of(graph);
        return Evaluate(smooth, inputs) is { } reals && IsStepNoise(expected, actual, reals, Evaluate(smooth, inputs, Disturb) ?? reals);
    }

    /// <summary>
    /// The same over several inputs: an output of few elements may by chance be met by little of the noise that steps make and by much of
    /// what values between two codes do, and not be so every time.
    /// </summary>
    /// <param name="plain">Makes a plan without fusions.</param>
    private bool IsStepNoise(Graph graph, CompiledPlan plan, Func<Graph, CompiledPlan> plain)
    {
        Dictionary<string, Tensor>[] inputs =
            [.. Enumerable.Range(OtherSeed, Trials).Select(seed => ProbeInputs.For(graph, seed: seed))];
        Dictionary<string, Tensor>?[] expected = RunAll(plain, graph, inputs);
        Dictionary<string, Tensor>?[] smooth = RunAll(plain, SmoothGraph.Of(graph), inputs);
        Dictionary<string, Tensor>?[] actual = [.. inputs.Select(i => Run(plan, i))];
        if (expected.Concat(smooth).Concat(actual).Contains(null))
        {
            return false;
        }

        return expected[0]!.Keys.All(name =>
            (Joined(expected, name), Joined(actual, name), Joined(smooth, name)) is var (wanted, got, reals)
            && wanted.Length == got.Length && wanted.Length == reals.Length
            && Noise(wanted, got) <= Bound + (StepFactor * Noise(wanted, reals)));

        static Tensor Joined(Dictionary<string, Tensor>?[] outputs, string name)
        {
            double[] all = [.. outputs.SelectMany(o => o!.TryGetValue(name, out Tensor? tensor) ? tensor.ToDoubles() : [])];
            return Tensor.FromDoubles(DataType.Float64, all, all.Length);
        }
    }

    private Dictionary<string, Tensor>?[] RunAll(
        Func<Graph, CompiledPlan> make, Graph graph, IEnumerable<IReadOnlyDictionary<string, Tensor>> inputs) =>
        TemporaryPlan.Use(() => make(graph), plan => inputs.Select(i => Run(plan, i)).ToArray());

    /// <param name="smooth">What the graph means without steps.</param>
    /// <param name="disturbed">The same with results that were moved.</param>
    private static bool IsStepNoise(
        Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual, Dictionary<string, Tensor> smooth,
        Dictionary<string, Tensor> disturbed) =>
        expected.All(e => IsWithin(
            e.Value, actual.GetValueOrDefault(e.Key), Noise,
            Bound + (StepFactor * Noise(e.Value, smooth[e.Key])) + (DisturbanceFactor * Noise(smooth[e.Key], disturbed[e.Key]))));

    private static bool IsWithin(Tensor expected, Tensor? actual, Func<Tensor, Tensor, double> error, double bound) =>
        actual is not null && expected.Type == actual.Type && expected.Dimensions.SequenceEqual(actual.Dimensions)
            && error(expected, actual) <= bound;

    /// <summary>
    /// Numbers moved up or down, as their places say and the tensor's name: what is computed twice is moved in two ways.
    /// </summary>
    private static Tensor Disturb(string name, Tensor tensor)
    {
        // Not string's own hash code, which is another one in every process.
        uint seed = name.Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619));
        const double Unit = Disturbance / (1 << 23);
        return tensor.Type.IsFloat()
            ? Tensor.FromDoubles(
                tensor.Type, [.. tensor.ToDoubles().Select((value, i) => value * (1 + (IsUp(i) ? Unit : -Unit)))], [.. tensor.Dimensions])
            : tensor;

        bool IsUp(int place) => int.IsOddInteger(BitOperations.PopCount(unchecked(((uint)place ^ seed) * 0x9E3779B1)));
    }

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
        $"Model '{Path.GetFileName(context.File)}': {what}. This is a defect of ModelBuild, found before it could do harm; please report "
            + $"it with the model. {(mode == ModelMode.Fp32 ? "Backend=\"onnxruntime\" runs it" : "Mode=\"fp32\" may work")} meanwhile.",
        context.File);
}
