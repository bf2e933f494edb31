using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Pruning.Channels;

/// <summary>
/// How many multiply-accumulates a model takes with some channels gone, and how few channels a tensor may be left with. Dimensions that are
/// open count as 1.
/// </summary>
internal sealed class ChannelWork
{
    /// <summary>A tensor keeps one in so many of its channels at least.</summary>
    private const int LeastKept = 8;

    private readonly Layer[] _layers;
    private readonly Dictionary<int, List<int>> _layersOf = [];
    private readonly int[] _left;
    private readonly Dictionary<int, List<(int Tensor, int Count)>> _tensorsOf = [];

    public ChannelWork(Graph graph, ChannelGroups groups)
    {
        ILookup<Node, ChannelUse> uses = groups.Uses.Where(u => u.Input == 1 && IsLayer(u.Node)).ToLookup(u => u.Node);
        _layers = [.. graph.Nodes.Where(IsLayer).Select(n => new Layer(n, uses[n], groups))];
        for (int i = 0; i < _layers.Length; i++)
        {
            foreach (int root in _layers[i].Roots)
            {
                (_layersOf.TryGetValue(root, out List<int>? list) ? list : _layersOf[root] = []).Add(i);
            }
        }

        int[][] tensors =
        [
            .. graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Select(v => groups.Of(v)?.Channels).OfType<int[]>(),
        ];
        _left = new int[tensors.Length];
        for (int t = 0; t < tensors.Length; t++)
        {
            // What may still go.
            _left[t] = tensors[t].Length - Math.Max(1, (tensors[t].Length + LeastKept - 1) / LeastKept);
            foreach (IGrouping<int, int> channel in tensors[t].GroupBy(c => c))
            {
                (_tensorsOf.TryGetValue(channel.Key, out List<(int, int)>? list) ? list : _tensorsOf[channel.Key] = [])
                    .Add((t, channel.Count()));
            }
        }

        Macs = _layers.Sum(l => l.Macs);
    }

    /// <summary>What is left.</summary>
    public double Macs { get; private set; }

    /// <summary>What the removal of a channel saves now.</summary>
    public double Saved(int root) => _layersOf.TryGetValue(root, out List<int>? layers) ? layers.Sum(l => _layers[l].Saved(root)) : 0;

    /// <summary>What the removal of several channels saves now.</summary>
    public double Saved(IReadOnlyCollection<int> roots) =>
        roots.SelectMany(r => _layersOf.GetValueOrDefault(r) ?? []).Distinct().Sum(l => _layers[l].Saved(roots));

    /// <summary>Whether every tensor keeps enough channels without several.</summary>
    public bool MayGo(IReadOnlyCollection<int> roots) => roots.SelectMany(r => _tensorsOf.GetValueOrDefault(r) ?? [])
        .GroupBy(t => t.Tensor).All(t => _left[t.Key] >= t.Sum(u => u.Count));

    /// <summary>Whether every tensor keeps enough channels without one.</summary>
    public bool MayGo(int root) =>
        !_tensorsOf.TryGetValue(root, out List<(int Tensor, int Count)>? tensors) || tensors.TrueForAll(t => _left[t.Tensor] >= t.Count);

    /// <summary>Takes a channel away.</summary>
    public void Remove(int root)
    {
        Macs -= Saved(root);
        foreach (int layer in _layersOf.GetValueOrDefault(root) ?? [])
        {
            _layers[layer].Remove(root);
        }

        foreach ((int tensor, int count) in _tensorsOf.GetValueOrDefault(root) ?? [])
        {
            _left[tensor] -= count;
        }
    }

    private static bool IsLayer(Node node) =>
        node.Type is "Conv" or "Gemm" or "MatMul" && node.Domain == Domains.Onnx && node.Required(1).Constant is { Rank: >= 2 };

    /// <summary>A convolution or product.</summary>
    private sealed class Layer
    {
        private readonly Dictionary<int, int> _outputs = [];
        private readonly Dictionary<int, int> _inputs = [];
        private readonly double _macsOfPair;
        private double _outputsLeft;
        private double _inputsLeft;

        public Layer(Node node, IEnumerable<ChannelUse> uses, ChannelGroups groups)
        {
            Tensor weights = node.Required(1).Constant!;
            bool outputsFirst = Lowering.AnchorOperands.HasOutputsFirst(node);
            double places = node.Is("Conv")
                ? BudgetCheck.Macs(node.Output.KnownShape.Product(2, node.Output.KnownShape.Rank) * node.Output.KnownShape[0])
                : BudgetCheck.Macs(node.Output.KnownShape.Product(0, node.Output.KnownShape.Rank - 1));
            Macs = places * weights.Length;
            _outputsLeft = weights.Dimensions[outputsFirst ? 0 : 1];
            _inputsLeft = weights.Dimensions[outputsFirst ? 1 : 0];
            _macsOfPair = Macs / Math.Max(_outputsLeft * _inputsLeft, 1);
            foreach (ChannelUse use in uses)
            {
                Dictionary<int, int> counts = use.Kind == ChannelUseKind.Reads ? _inputs : _outputs;
                foreach (int channel in use.Channels)
                {
                    int root = groups.Root(channel);
                    counts[root] = counts.GetValueOrDefault(root) + 1;
                }
            }
        }

        public double Macs { get; }

        public IEnumerable<int> Roots => _outputs.Keys.Union(_inputs.Keys);

        public double Saved(int root) => Saved(_outputs.GetValueOrDefault(root), _inputs.GetValueOrDefault(root));

        public double Saved(IReadOnlyCollection<int> roots) =>
            Saved(roots.Sum(r => _outputs.GetValueOrDefault(r)), roots.Sum(r => _inputs.GetValueOrDefault(r)));

        private double Saved(double outputs, double inputs) =>
            _macsOfPair * ((_outputsLeft * _inputsLeft) - ((_outputsLeft - outputs) * (_inputsLeft - inputs)));

        public void Remove(int root)
        {
            _outputsLeft -= _outputs.GetValueOrDefault(root);
            _inputsLeft -= _inputs.GetValueOrDefault(root);
        }
    }
}
