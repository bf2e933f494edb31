using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Operators;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Networks;

/// <summary>
/// A graph of the compiler as a function of LibTorch that can be differentiated by its weights. Not for several threads at once.
/// </summary>
internal sealed class Network : IDisposable
{
    private readonly Dictionary<Value, Tensor> _constants = [];
    private readonly Dictionary<Value, TrainedTensor> _trained = [];
    private readonly torch.Device _device;
    private readonly torch.ScalarType _precision;

    /// <param name="graph">As import made it, or quantized. Its constants are read now; <see cref="WriteBack"/> sets them.</param>
    /// <param name="isTrained">Whether a weight of that name is trained.</param>
    /// <param name="device">Where it runs; null for the processor.</param>
    /// <param name="precision">What float32 is computed in: float64 shows whether gradients are right.</param>
    public Network(
        Graph graph, Predicate<string>? isTrained = null, torch.Device? device = null,
        torch.ScalarType precision = torch.ScalarType.Float32)
    {
        Graph = graph;
        _device = device ?? torch.CPU;
        _precision = precision;
        foreach ((Value value, Node node, int input) in TrainableConstants.Find(graph))
        {
            Add(new TrainedTensor(value, node, input, isTrained?.Invoke(value.Name) ?? true, _device, precision));
        }
    }

    public Graph Graph { get; }

    public torch.Device Device => _device;

    /// <summary>The weights, in the order in which nodes read them.</summary>
    public List<TrainedTensor> Trained { get; } = [];

    /// <summary>
    /// Constants that are computed anew for each run from what is learnt: scales, zero points, codes of weights. Null where there are none.
    /// </summary>
    public Func<IReadOnlyDictionary<Value, Tensor>>? Derive { get; set; }

    /// <summary>Adds a weight that the graph does not have as such.</summary>
    public void Add(TrainedTensor trained)
    {
        Trained.Add(trained);
        _trained.Add(trained.Value, trained);
    }

    /// <summary>Takes what the running statistics of normalizations are, by the names of their constants.</summary>
    public IReadOnlyDictionary<string, Tensor> Statistics => Graph.Nodes.Where(n => n.Is("BatchNormalization"))
        .SelectMany(n => (Value[])[n.Required(3), n.Required(4)]).Where(v => v.IsConstant).Distinct()
        .ToDictionary(v => v.Name, Constant, StringComparer.Ordinal);

    /// <summary>Runs the graph.</summary>
    /// <param name="inputs">By name.</param>
    /// <param name="isTraining">Whether normalizations take the statistics of the batch, and remember them.</param>
    /// <param name="wanted">Values that are wanted beside the outputs.</param>
    /// <returns>Outputs and what was wanted. They belong to the caller's scope.</returns>
    public Dictionary<Value, Tensor> Run(
        IReadOnlyDictionary<string, Tensor> inputs, bool isTraining, IReadOnlyCollection<Value>? wanted = null)
    {
        IReadOnlyDictionary<Value, Tensor>? derived = Derive?.Invoke();
        var results = Graph.Inputs.ToDictionary(i => i, i => inputs[i.Name]);
        Run(Graph, results, derived, isTraining);
        return Graph.Outputs.Concat(wanted ?? []).Distinct().ToDictionary(v => v, v => Get(v, results, derived)!);
    }

    /// <summary>Gives the graph's constants what was learnt: weights, with exact zeros where they are pruned, and statistics.</summary>
    public void WriteBack()
    {
        foreach (TrainedTensor trained in Trained)
        {
            trained.ApplyMask();
            trained.Value.Constant = TorchTensors.ToCompiler(trained.Parameter);
        }

        foreach ((Value value, Tensor tensor) in _constants.Where(c => c.Key.Consumers.Any(n => n.Is("BatchNormalization"))))
        {
            value.Constant = TorchTensors.ToCompiler(tensor);
        }
    }

    /// <summary>Puts other statistics in the place of those that a normalization keeps.</summary>
    public void SetStatistics(string name, Tensor tensor)
    {
        Value value = Graph.Nodes.SelectMany(n => n.Inputs).OfType<Value>().First(v => v.Name == name);
        Replace(value, tensor.clone());
    }

    public void Dispose()
    {
        Trained.ForEach(t => t.Dispose());
        foreach (Tensor constant in _constants.Values)
        {
            constant.Dispose();
        }
    }

    private void Run(
        Graph graph, Dictionary<Value, Tensor> results, IReadOnlyDictionary<Value, Tensor>? derived, bool isTraining)
    {
        foreach (Node node in graph.Nodes)
        {
            Tensor?[] inputs = [.. node.Inputs.Select(i => Get(i, results, derived))];
            if (_device.type != DeviceType.CPU && inputs.Any(i => i is not null && i.device_type != DeviceType.CPU))
            {
                inputs = [.. inputs.Select(i => i?.to(_device))];
            }

            var call = new NodeCall(node, inputs, isTraining)
            {
                Update = isTraining ? (input, tensor) => Replace(node.Required(input), tensor) : null,
                RunBody = (body, given) =>
                {
                    var inner = body.Inputs.Zip(given).Where(p => p.Second is not null).ToDictionary(p => p.First, p => p.Second!);
                    Run(body, inner, derived, isTraining);
                    return [.. body.Outputs.Select(o => Get(o, inner, derived)!)];
                },
            };

            // What lies between inputs and outputs of a node is let go of at once, but for what gradients need.
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor[] made = Compute(call);
            foreach (Tensor tensor in made.Distinct<Tensor>(ReferenceEqualityComparer.Instance)
                .Where(t => !inputs.Any(i => ReferenceEquals(i, t))))
            {
                tensor.MoveToOuterDisposeScope();
            }

            for (int i = 0; i < Math.Min(made.Length, node.Outputs.Count); i++)
            {
                if (node.Outputs[i] is { } output)
                {
                    results[output] = made[i];
                }
            }
        }
    }

    private Tensor[] Compute(NodeCall call)
    {
        try
        {
            return Translators.Find(call.Node) is { } translate && !WantsMore(call.Node) ? translate(call) : EvaluatedNode.Run(call);
        }
        catch (NotSupportedException)
        {
            return EvaluatedNode.Run(call);
        }
        catch (System.Runtime.InteropServices.ExternalException e)
        {
            throw new CompilationException(DiagnosticCodes.NotTrainable,
                $"Node '{call.Node.Label}' ({call.Node.Type}) cannot be computed by LibTorch: {FirstLine(e.Message)}. "
                    + $"Its inputs have the shapes {string.Join(", ", call.Inputs.OfType<Tensor>().Select(Shown))}: see to it that the "
                    + "samples fit the model.");
        }
    }

    /// <summary>Places of maxima are something that only the compiler's kernel counts as ONNX does.</summary>
    private static bool WantsMore(Node node) => node.Is("MaxPool") && node.Outputs.Count > 1 && node.Outputs[1] is not null;

    private static string Shown(Tensor tensor) => $"[{string.Join(",", tensor.shape)}]";

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', '\r');

    private Tensor? Get(Value? value, Dictionary<Value, Tensor> results, IReadOnlyDictionary<Value, Tensor>? derived) =>
        value is null ? null
        : derived is not null && derived.TryGetValue(value, out Tensor? computed) ? computed
        : _trained.TryGetValue(value, out TrainedTensor? trained) ? trained.Parameter
        : value.IsConstant ? Constant(value)
        : results[value];

    private Tensor Constant(Value value)
    {
        if (!_constants.TryGetValue(value, out Tensor? tensor))
        {
            Tensor made = TorchTensors.ToTorch(value.Constant!);
            tensor = (value.Type == DataType.Float32 ? made.to(_precision, _device) : made).DetachFromDisposeScope();
            _constants.Add(value, tensor);
        }

        return tensor;
    }

    private void Replace(Value value, Tensor tensor)
    {
        if (_constants.Remove(value, out Tensor? old))
        {
            old.Dispose();
        }

        _constants[value] = tensor.DetachFromDisposeScope();
    }
}
