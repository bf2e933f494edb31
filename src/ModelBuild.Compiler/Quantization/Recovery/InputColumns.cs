using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// What the sums of a layer were multiplied with on samples: for each of some places in its output the input's codes, one per term. A
/// matrix product is a convolution of one tap here, whose places are its rows.
/// </summary>
internal sealed class InputColumns
{
    /// <summary>Places that are looked at, over all samples.</summary>
    private const int Limit = 8192;

    private readonly Place[] _places;
    private readonly int _taps;
    private readonly int _channels;
    private readonly byte _zeroPoint;

    /// <param name="node">Of the layer.</param>
    /// <param name="terms">Products that an output adds up.</param>
    /// <param name="inputs">Its input's codes in each sample.</param>
    /// <param name="zeroPoint">Of the codes.</param>
    /// <param name="groups">How many groups of terms lie side by side in a row of a matrix product's input.</param>
    public InputColumns(Node node, int terms, IReadOnlyList<Tensor> inputs, int zeroPoint, int groups = 1)
    {
        _zeroPoint = (byte)zeroPoint;
        long[] kernel = node.Is("Conv") ? [.. node.Required(1).KnownShape.Skip(2).Select(d => d.Value)] : [];
        _taps = (int)kernel.Aggregate(1L, (a, b) => a * b);
        _channels = terms / _taps;
        SpatialWindow?[] windows = [.. inputs.Select(input =>
            kernel.Length == 0 ? null : SpatialWindow.Of(node, input.Shape, kernel, InferenceContext.Evaluation))];
        long[] counts = [.. inputs.Select((input, s) => windows[s] is not { } window
            ? input.Length / (terms * groups)
            : window.Output.Aggregate(input.Dimensions[0], (a, b) => a * b.Value))];
        long all = counts.Sum();
        _places = new Place[(int)Math.Min(all, Limit)];
        int sample = 0;
        long passed = 0;
        for (int i = 0; i < _places.Length; i++)
        {
            // Spread evenly, and by fractions of a step that do not repeat, so that images are not met at the same columns always.
            long index = Math.Min(all - 1, (long)((i + Fraction(i)) * all / _places.Length));
            while (index - passed >= counts[sample])
            {
                passed += counts[sample++];
            }

            _places[i] = windows[sample] is { } window
                ? OfWindow(inputs[sample], window, index - passed)
                : new Place(inputs[sample].Data, (int)((index - passed) * terms * groups), 1, [0]);
        }
    }

    /// <summary>How many places are looked at.</summary>
    public int Count => _places.Length;

    /// <summary>The codes of one group, [terms, <see cref="Count"/>]; padding is the zero point.</summary>
    /// <param name="group">The group.</param>
    /// <param name="first">The first term.</param>
    /// <param name="terms">How many terms.</param>
    public byte[] Read(int group, int first, int terms)
    {
        byte[] columns = new byte[terms * Count];
        for (int i = 0; i < Count; i++)
        {
            Place place = _places[i];
            ReadOnlySpan<byte> codes = place.Codes.Span;
            for (int t = 0; t < terms; t++)
            {
                (int channel, int tap) = Math.DivRem(first + t, _taps);
                int offset = place.Taps[tap];
                columns[(t * Count) + i] = offset < 0
                    ? _zeroPoint : codes[place.Start + (((group * _channels) + channel) * place.ChannelSize) + offset];
            }
        }

        return columns;
    }

    /// <summary>The fractional part of i/φ: of all sequences the one that is spread most evenly.</summary>
    private static double Fraction(int i)
    {
        double multiple = i * 0.6180339887498949;
        return multiple - Math.Floor(multiple);
    }

    private static Place OfWindow(Tensor input, SpatialWindow window, long index)
    {
        int[] sizes = [.. input.Dimensions.Skip(2).Select(d => (int)d)];
        int channelSize = sizes.Aggregate(1, (a, b) => a * b);
        long outputs = window.Output.Aggregate(1L, (a, b) => a * b.Value);
        int[] taps = new int[window.Kernel.Aggregate(1, (a, b) => a * b)];
        for (int tap = 0; tap < taps.Length; tap++)
        {
            (int place, int rest, int stride) = ((int)(index % outputs), tap, 1);
            for (int axis = sizes.Length - 1; axis >= 0 && taps[tap] >= 0; axis--)
            {
                int output = (int)window.Output[axis].Value;
                int at = (place % output * window.Strides[axis]) - window.Begin[axis]
                    + (rest % window.Kernel[axis] * window.Dilations[axis]);
                taps[tap] = at < 0 || at >= sizes[axis] ? -1 : taps[tap] + (at * stride);
                stride *= sizes[axis];
                place /= output;
                rest /= window.Kernel[axis];
            }
        }

        return new Place(input.Data, (int)(index / outputs * input.Dimensions[1]) * channelSize, channelSize, taps);
    }

    /// <summary>A place in the output of one sample.</summary>
    /// <param name="Codes">The sample's input.</param>
    /// <param name="Start">Where the first channel of its image begins.</param>
    /// <param name="ChannelSize">How far the next channel lies behind it.</param>
    /// <param name="Taps">The element of a channel that each tap meets; negative in the padding.</param>
    private readonly record struct Place(ReadOnlyMemory<byte> Codes, int Start, int ChannelSize, int[] Taps);
}
