using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>What is learnt of a graph with QuantizeLinear and DequantizeLinear: floats behind codes, scales and zero points.</summary>
internal sealed class QuantizedTraining : IDisposable
{
    private readonly List<LearnedRange> _ranges = [];
    private readonly List<LearnedWeights> _weights = [];
    private readonly List<LearnedBias> _biases = [];

    /// <summary>Prepares a network of a quantized graph.</summary>
    /// <param name="network">Of the graph; it gets the floats as weights.</param>
    /// <param name="floats">
    /// The numbers that codes were made of, by the node and the input where they are read, with the constant's name.
    /// </param>
    /// <param name="isTrained">Whether a weight of that name is trained.</param>
    /// <param name="isArrived">Whether codes are those that the model had when it was read.</param>
    public QuantizedTraining(
        Network network, IReadOnlyDictionary<(Node Node, int Input), (string Name, Compiler.Graphs.Tensor Numbers)> floats,
        Predicate<string> isTrained, bool isArrived = false)
    {
        AddRanges(network);
        var masters = new Dictionary<Node, TrainedTensor>();
        foreach ((Node node, int input) in network.Graph.Nodes.SelectMany(n => n.Inputs.Select((_, i) => (n, i))).ToArray())
        {
            if (node.Inputs[input]?.Producer is { } dequantize && dequantize.Is("DequantizeLinear") && dequantize.Required(0).IsConstant
                && !masters.ContainsKey(dequantize)
                && floats.TryGetValue((node, input), out (string Name, Compiler.Graphs.Tensor Numbers) original))
            {
                bool isBias = dequantize.Required(0).Type == DataType.Int32;
                if (isBias && isArrived && !HasUnitsOfProduct(node, dequantize))
                {
                    continue;
                }

                var value = new Value(original.Name)
                {
                    Type = DataType.Float32, Constant = original.Numbers, Shape = original.Numbers.Shape,
                };
                var master = new TrainedTensor(value, node, input, isTrained(original.Name), network.Device);
                masters.Add(dequantize, master);
                if (isBias)
                {
                    _biases.Add(new LearnedBias(
                        dequantize, master, node.Required(0).Producer!.Required(1), node.Required(1).Producer!.Required(1)));
                }
                else
                {
                    _weights.Add(new LearnedWeights(dequantize, master, isArrived, network.Device));
                }

                network.Add(master);
            }
        }

        network.Derive = Derive;
    }

    /// <summary>Ranges and scales that are learnt beside the weights.</summary>
    public IEnumerable<LearnedTensor> Learned =>
    [
        .. _ranges.Where(r => r.IsLearned).Select(r => new LearnedTensor($"{r.Name}/range", r.Factors, false, RangeRate)),
        .. _weights.Where(w => w.Master.Parameter.requires_grad)
            .Select(w => new LearnedTensor($"{w.Master.Name}/scale", w.Factors, false, RangeRate)),
    ];

    /// <summary>Factors near 1 move by less than weights do.</summary>
    private const double RangeRate = 0.1;

    /// <summary>Keeps what was learnt within its bounds, after a step.</summary>
    public void Bound()
    {
        _ranges.ForEach(r => r.Bound());
        _weights.ForEach(w => w.Bound());
    }

    /// <summary>Gives the graph's constants what was learnt.</summary>
    public void WriteBack()
    {
        _ranges.ForEach(r => r.WriteBack());
        _weights.ForEach(w => w.WriteBack());
        _biases.ForEach(b => b.WriteBack());
    }

    public void Dispose()
    {
        _ranges.ForEach(r => r.Dispose());
        _weights.ForEach(w => w.Dispose());
        _biases.ForEach(b => b.Dispose());
    }

    /// <summary>Whether a bias has a unit for each scale of the weights, which follows from theirs; another stays as it is.</summary>
    private static bool HasUnitsOfProduct(Node node, Node bias) =>
        node.Inputs.Count > 2 && node.Input(2) == bias.Output
            && node.Input(0)?.Producer is { } input && input.Is("DequantizeLinear") && input.Required(1).Constant is { Length: 1 }
            && node.Input(1)?.Producer is { } weights && weights.Is("DequantizeLinear")
            && weights.Required(1).Constant is { } scales && scales.Length == bias.Required(1).Constant!.Length
            && bias.Input(2)?.Constant?.ToInt64s().All(z => z == 0) != false;

    private Dictionary<Value, Tensor> Derive()
    {
        var derived = new Dictionary<Value, Tensor>();
        _ranges.ForEach(r => r.Derive(derived));
        _weights.ForEach(w => w.Derive(derived));
        _biases.ForEach(b => b.Derive(derived));
        return derived;
    }

    /// <summary>
    /// Tensors to which calibration gave the same scale and zero point share codes, which operators pass on as they are: they stay
    /// together. What the inputs are is not learnt.
    /// </summary>
    private void AddRanges(Network network)
    {
        var found = new Dictionary<(float, long, DataType), LearnedRange>();
        foreach (Node node in network.Graph.Nodes.Where(n => n.Is("QuantizeLinear") || n.Is("DequantizeLinear")))
        {
            if (node.Required(1).Constant is not { Length: 1 } scale || node.Required(0).IsConstant
                || node.Input(2) is { IsConstant: false })
            {
                continue;
            }

            DataType type = node.Is("QuantizeLinear") ? node.Output.Type : node.Required(0).Type;
            (float, long, DataType) key = (scale.ToFloats()[0], node.Input(2)?.Constant?.ToInt64s()[0] ?? 0, type);
            if (!found.TryGetValue(key, out LearnedRange? range))
            {
                bool isInput = node.Is("QuantizeLinear") && network.Graph.Inputs.Contains(node.Required(0));
                range = new LearnedRange(node.Required(1).Name, key.Item1, key.Item2, type, !isInput, network.Device);
                found.Add(key, range);
                _ranges.Add(range);
            }

            range.Add(node.Required(1), node.Input(2));
        }
    }
}
