using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;

namespace ModelBuild.SampleModels;

/// <summary>
/// Brings the channels of a convolutional network to one size, so that small ones do not vanish in the 8 bits that all channels of a tensor
/// share: what makes a channel multiplies it by a factor, and what reads it divides by the same. All factors are powers of two, so that no
/// result changes, not in its last bit.
/// </summary>
/// <remarks>Cross-layer equalization (Nagel et al., 2019), by what channels hold on real pictures instead of the size of weights.</remarks>
internal sealed class ChannelBalance
{
    private readonly GraphMessage _network;

    /// <summary>For each channel the next one on the way to that which stands for all that must have the same factor.</summary>
    private readonly List<int> _parents = [];

    /// <summary>Channels that keep their size.</summary>
    private readonly HashSet<int> _fixed = [];

    /// <summary>The channels of each tensor.</summary>
    private readonly Dictionary<string, int[]> _channels = new(StringComparer.Ordinal);

    /// <param name="network">
    /// Of Conv, Relu, Add, MaxPool and Pad it is known what becomes of a channel; what any other operator reads stays as it is.
    /// </param>
    /// <param name="weights">Its constants by name.</param>
    public ChannelBalance(GraphMessage network, IReadOnlyDictionary<string, Tensor> weights)
    {
        _network = network;
        foreach (NodeMessage node in network.Nodes)
        {
            string output = node.Outputs[0];
            switch (node.Type)
            {
                case "Conv":
                    Read(node.Inputs[0], weights[node.Inputs[1]]);
                    _channels[output] = New((int)weights[node.Inputs[1]].Dimensions[0]);
                    break;
                case "Relu" or "MaxPool":
                    _channels[output] = _channels[node.Inputs[0]];
                    break;
                case "Add":
                    _channels[output] = _channels[node.Inputs[0]];
                    foreach ((int left, int right) in _channels[output].Zip(_channels[node.Inputs[1]]))
                    {
                        _parents[Root(left)] = Root(right);
                    }

                    break;
                case "Pad":
                    // Behind the channels that there are, as many as the pads say.
                    long[] pads = weights[node.Inputs[1]].ToInt64s();
                    _channels[output] = [.. _channels[node.Inputs[0]], .. New((int)pads[(pads.Length / 2) + 1])];
                    break;
                default:
                    foreach (string input in node.Inputs.Where(_channels.ContainsKey))
                    {
                        _fixed.UnionWith(_channels[input]);
                    }

                    break;
            }
        }
    }

    /// <summary>The tensors whose channels have to be measured.</summary>
    public IReadOnlyList<string> Tensors => [.. _network.Nodes.Select(n => n.Outputs[0]).Where(_channels.ContainsKey)];

    /// <summary>Scales weights and biases.</summary>
    /// <param name="weights">All by name; those of convolutions are replaced.</param>
    /// <param name="largest">The largest magnitude in each channel of each of <see cref="Tensors"/>.</param>
    public void Scale(Dictionary<string, Tensor> weights, IReadOnlyDictionary<string, float[]> largest)
    {
        var sizes = new Dictionary<int, float>();
        foreach (string tensor in Tensors)
        {
            foreach ((int channel, float size) in _channels[tensor].Zip(largest[tensor]))
            {
                sizes[Root(channel)] = Math.Max(sizes.GetValueOrDefault(Root(channel)), size);
            }
        }

        HashSet<int> kept = [.. _fixed.Select(Root)];
        foreach (NodeMessage node in _network.Nodes.Where(n => n.Type == "Conv"))
        {
            float[] made = [.. _channels[node.Outputs[0]].Select(Factor)];
            float[] read = [.. _channels[node.Inputs[0]].Select(Factor)];
            Tensor kernels = weights[node.Inputs[1]];
            int row = (int)kernels.Length / made.Length;
            int columns = (int)kernels.Dimensions[1];
            weights[node.Inputs[1]] = Scaled(kernels, i => made[i / row] / read[columns == 1 ? i / row : i / (row / columns) % columns]);

            // Several convolutions may share a bias of zeros; any other would be scaled by each of them.
            Tensor bias = weights[node.Inputs[2]];
            if (_network.Nodes.Count(n => n.Inputs.Contains(node.Inputs[2])) > 1 && bias.ToFloats().Any(b => b != 0))
            {
                throw new NotSupportedException($"'{node.Inputs[2]}' is the bias of several convolutions.");
            }

            weights[node.Inputs[2]] = Scaled(bias, i => made[i]);
        }

        float Factor(int channel) =>
            !kept.Contains(Root(channel)) && sizes.GetValueOrDefault(Root(channel)) is > 0 and float size
                ? MathF.ScaleB(1, -(int)MathF.Round(MathF.Log2(size)))
                : 1;
    }

    private static Tensor Scaled(Tensor tensor, Func<int, float> factor) =>
        Tensor.Of([.. tensor.ToFloats().Select((value, i) => value * factor(i))], [.. tensor.Dimensions]);

    /// <summary>A convolution's input that no known operator has made, the picture, stays as it is.</summary>
    private void Read(string tensor, Tensor kernels)
    {
        if (!_channels.ContainsKey(tensor))
        {
            _channels[tensor] = New((int)kernels.Dimensions[1]);
            _fixed.UnionWith(_channels[tensor]);
        }
    }

    private int[] New(int count)
    {
        int first = _parents.Count;
        _parents.AddRange(Enumerable.Range(first, count));
        return [.. Enumerable.Range(first, count)];
    }

    private int Root(int channel)
    {
        while (_parents[channel] != channel)
        {
            channel = _parents[channel];
        }

        return channel;
    }
}
