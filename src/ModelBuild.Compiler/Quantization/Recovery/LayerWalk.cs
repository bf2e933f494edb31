using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// Runs the float model and the quantized one side by side, node by node, for all samples at once: when a layer's turn comes, all before it
/// are done, and what it gets in either model is at hand. Tensors are kept until their last reader has run.
/// </summary>
internal sealed class LayerWalk
{
    private readonly Node[] _nodes;
    private readonly Dictionary<string, Node> _twins;
    private readonly int _samples;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<Value, Tensor[]> _tensors = [];
    private readonly ConcurrentDictionary<string, NodeRunner?> _common = new(StringComparer.Ordinal);

    /// <summary>What the tensors of all samples may take at a time.</summary>
    private const long Memory = 384L << 20;

    /// <summary>How many of a value's readers have run.</summary>
    private readonly Dictionary<Value, int> _reads = [];

    /// <param name="floats">The float model.</param>
    /// <param name="quantized">The same with QuantizeLinear and DequantizeLinear nodes; other nodes make values of the same names.</param>
    /// <param name="samples">Inputs by name.</param>
    public LayerWalk(
        Graph floats, Graph quantized, IReadOnlyCollection<IReadOnlyDictionary<string, Tensor>> samples, CancellationToken cancellation)
    {
        _nodes = [.. quantized.Nodes];
        _twins = floats.Nodes.Where(n => n.Outputs is [not null, ..]).ToDictionary(n => n.Output.Name, StringComparer.Ordinal);
        _samples = samples.Count;
        _cancellation = cancellation;
        Dictionary<string, Tensor[]> inputs = floats.Inputs.ToDictionary(
            i => i.Name, i => samples.Select(s => s[i.Name]).ToArray(), StringComparer.Ordinal);
        foreach (Value input in floats.Inputs.Concat(quantized.Inputs))
        {
            _tensors[input] = inputs[input.Name];
        }
    }

    /// <summary>The largest number of bytes that were held at a time.</summary>
    public long Bytes { get; private set; }

    /// <summary>
    /// As many samples as fit into memory with all tensors that have to be kept at a time, spread evenly over the given ones.
    /// </summary>
    /// <param name="find">The layer of a node and its twin; null where it is none.</param>
    /// <param name="compute">What a layer gives, unchanged; null where it cannot.</param>
    public static IReadOnlyDictionary<string, Tensor>[] Fitting<T>(
        Graph floats, Graph quantized, CalibrationData samples, Func<Node, Node?, T?> find, Func<T, LayerWalk, Tensor[][]?> compute,
        CancellationToken cancellation)
        where T : class
    {
        int count = (int)Math.Clamp(Memory / Math.Max(BytesOfASample(), 1), 1, samples.Count);
        return [.. samples.Spread(count)];

        // Where the sizes do not say that all samples fit, a walk with one of them shows what it takes.
        long BytesOfASample()
        {
            IReadOnlyDictionary<string, Tensor>[] first = [.. samples.Samples().Take(1)];
            var symbols = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (Value input in quantized.Inputs)
            {
                for (int i = 0; i < input.KnownShape.Rank; i++)
                {
                    symbols[input.KnownShape[i].ToString()] = first[0][input.Name].Dimensions[i];
                }
            }

            double all = quantized.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Sum(v => v.Shape is { } shape
                ? shape.Substitute(symbols).Aggregate(
                    (double)sizeof(float), (bytes, d) => bytes * (d.IsConstant ? d.Value : double.PositiveInfinity))
                : double.PositiveInfinity);
            if (2 * all * samples.Count <= Memory)
            {
                return (long)(2 * all);
            }

            var probe = new LayerWalk(floats, quantized, first, cancellation);
            probe.Run(find, compute);
            return probe.Bytes;
        }
    }

    /// <summary>Walks as far as there are layers, or to the first node that cannot be computed by itself.</summary>
    /// <param name="find">The layer of a node and its twin; null where it is none.</param>
    /// <param name="visit">
    /// Is shown each layer before it has run, and says what it gives, for each output the tensor of each sample; null where it cannot.
    /// </param>
    public void Run<T>(Func<Node, Node?, T?> find, Func<T, LayerWalk, Tensor[][]?> visit)
        where T : class
    {
        int last = Array.FindLastIndex(_nodes, n => find(n, Twin(n)) is not null);
        for (int i = 0; i <= last; i++)
        {
            _cancellation.ThrowIfCancellationRequested();
            Node node = _nodes[i];
            Node? twin = Twin(node);
            if (IsReading(node) || node.Inputs.All(v => v is null || Constant(v) is not null))
            {
                // When its result is asked for.
                continue;
            }

            if (twin is not null && !Keep(twin, Compute(twin)))
            {
                return;
            }

            Tensor[][]? results = find(node, twin) is not { } layer
                ? twin is not null && IsSame(node, twin) ? [.. twin.Outputs.Select(o => o is null ? [] : _tensors[o])] : Compute(node)
                : visit(layer, this);
            if (!Keep(node, results))
            {
                return;
            }

            Bytes = Math.Max(Bytes, _tensors.Values.Distinct().Sum(tensors => tensors.Sum(t => (long)t.Data.Length)));
            Release(node);
            Release(twin);
        }
    }

    /// <summary>What a value is in each sample; null where it is not known.</summary>
    public Tensor[]? Of(Value value) => _tensors.GetValueOrDefault(value)
        ?? (Tensors(value) is { } tensors ? [.. Enumerable.Range(0, _samples).Select(tensors)] : null);

    /// <summary>The same node of the float model; null for what only the quantized one has.</summary>
    public Node? Twin(Node node) =>
        node.Outputs is [{ } output, ..] && _twins.TryGetValue(output.Name, out Node? twin) && twin.Type == node.Type ? twin : null;

    /// <summary>Computes a node for all samples.</summary>
    /// <param name="node">Of either graph; its inputs have been computed.</param>
    /// <param name="replaced">Constants instead of some inputs.</param>
    /// <returns>For each output the tensor of each sample; null where the node cannot be computed by itself.</returns>
    public Tensor[][]? Compute(Node node, IReadOnlyDictionary<int, Tensor>? replaced = null)
    {
        OperatorTraits traits = node.Traits();
        Tensor?[] constants = [.. node.Inputs.Select((v, i) => replaced?.GetValueOrDefault(i) ?? (v is null ? null : Constant(v)))];
        Func<int, Tensor>?[] tensors = [.. node.Inputs.Select((v, i) => v is null || constants[i] is not null ? null : Tensors(v))];
        if (node.IsControlFlow || tensors.Where((t, i) => t is null && node.Inputs[i] is not null && constants[i] is null).Any())
        {
            return null;
        }

        if (node.Is("QuantizeLinear") && constants[0] is null)
        {
            QuantizationParameters codes = QuantizationInputs.Parameters(node);
            var quantized = new Tensor[_samples];
            Parallel.For(0, _samples, s => quantized[s] = QuantizedValues.Quantize(tensors[0]!(s), codes));
            return [quantized];
        }

        // What has no parameters of its own is computed in one way in the whole model.
        bool isCommon = node.Attributes.Count == 0 && Array.TrueForAll(constants, c => c is null) && node.Outputs.Count == 1;
        ConcurrentDictionary<string, NodeRunner?> runners = isCommon ? _common : new(StringComparer.Ordinal);
        string name = $"{node.Domain} {node.Type} ";
        var results = new Tensor[_samples][];
        try
        {
            Parallel.For(0, _samples, (s, loop) =>
            {
                Tensor?[] inputs = [.. tensors.Select(t => t?.Invoke(s))];

                // Sizes and other parameters are part of what is computed: a plan holds for one value of them.
                Tensor?[] parameters = [.. inputs.Select((t, i) => constants[i]
                    ?? (i >= traits.Operands || traits.Constants.Contains(i) ? t : null))];
                if (runners.GetOrAdd(name + Key(inputs, parameters), _ => NodeRunner.Create(node, parameters, inputs)) is { } runner)
                {
                    results[s] = runner.Run(inputs);
                }
                else
                {
                    loop.Stop();
                }
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.All(i => i is UnsuitedDataException))
        {
            return null;
        }

        return Array.Exists(results, r => r is null)
            ? null : [.. node.Outputs.Select((_, o) => results.Select(r => r[o]).ToArray())];
    }

    /// <summary>Codes are kept, and the reals that they stand for are not.</summary>
    private static bool IsReading(Node node) => node.Is("DequantizeLinear") && !node.Required(0).IsConstant;

    /// <summary>Finds what a value is in a sample; null where that is not known.</summary>
    private Func<int, Tensor>? Tensors(Value value)
    {
        if (_tensors.TryGetValue(value, out Tensor[]? tensors))
        {
            return sample => tensors[sample];
        }

        if (value.Producer is not { } node || !IsReading(node) || !_tensors.TryGetValue(node.Required(0), out Tensor[]? codes))
        {
            return null;
        }

        QuantizationParameters parameters = QuantizationInputs.Parameters(node);
        return sample => QuantizedValues.Dequantize(codes[sample], parameters);
    }

    private static string Key(Tensor?[] inputs, Tensor?[] parameters)
    {
        var key = new StringBuilder();
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is { } input)
            {
                string content = parameters[i] is null ? string.Empty : Convert.ToBase64String(input.Data.Span);
                key.Append(input.Type).Append(input.Shape).Append(content).Append(';');
            }
        }

        return key.ToString();
    }

    /// <summary>What a value always is; null where it depends on the sample.</summary>
    private static Tensor? Constant(Value value) => value.Constant
        ?? (value.Producer is { IsControlFlow: false, Outputs.Count: 1 } node && node.Is("DequantizeLinear")
            && node.Inputs.All(i => i is null or { IsConstant: true })
                ? NodeEvaluator.Evaluate(node, [.. node.Inputs.Select(i => i?.Constant)])?[0]
                : null);

    private bool IsSame(Node node, Node twin) => node.Inputs.Count == twin.Inputs.Count
        && Enumerable.Range(0, node.Inputs.Count).All(i => (node.Inputs[i], twin.Inputs[i]) switch
        {
            (null, null) => true,
            ({ Constant: { } a }, { Constant: { } b }) => ReferenceEquals(a, b),
            ({ } a, { } b) => _tensors.TryGetValue(a, out Tensor[]? x) && _tensors.TryGetValue(b, out Tensor[]? y) && x == y,
            _ => false,
        });

    private bool Keep(Node node, Tensor[][]? results)
    {
        for (int o = 0; o < node.Outputs.Count && results is not null; o++)
        {
            if (node.Outputs[o] is { } output)
            {
                _tensors[output] = results[o];
            }
        }

        return results is not null;
    }

    private void Release(Node? node)
    {
        foreach (Value input in node?.Inputs.OfType<Value>() ?? [])
        {
            if (++CollectionsMarshal.GetValueRefOrAddDefault(_reads, input, out _) == input.Consumers.Count)
            {
                Forget(input);
                Release(input.Producer is { } producer && IsReading(producer) ? producer : null);
            }
        }

        foreach (Value output in node?.Outputs.OfType<Value>().Where(o => o.Consumers.Count == 0) ?? [])
        {
            Forget(output);
        }
    }

    private void Forget(Value value)
    {
        if (_tensors.Remove(value, out Tensor[]? tensors) && !_tensors.ContainsValue(tensors))
        {
            LargeGarbage.Add(tensors.Sum(t => (long)t.Data.Length));
        }
    }
}
