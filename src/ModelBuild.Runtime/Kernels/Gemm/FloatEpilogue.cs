using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>What becomes of the float accumulators of a convolution or matrix product, as one argument.</summary>
/// <remarks><c>bias</c> holds a value per output channel, padded as <see cref="WeightPacking.PadChannels{T}"/> does; a residual has the
/// shape of the output.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct FloatEpilogue
{
    internal readonly EpilogueKind Kind;
    internal readonly ReadOnlySpan<float> Bias;
    internal readonly ReadOnlySpan<float> Residual;
    internal readonly Span<float> Output;
    private readonly float _minimum;
    private readonly float _maximum;

    private FloatEpilogue(
        EpilogueKind kind, ReadOnlySpan<float> bias, ReadOnlySpan<float> residual, float minimum, float maximum, Span<float> output)
    {
        Kind = kind;
        Bias = bias;
        Residual = residual;
        _minimum = minimum;
        _maximum = maximum;
        Output = output;
    }

    /// <summary>Stores <c>clamp(acc, minimum, maximum)</c>.</summary>
    /// <param name="bias">One value per output channel, padded.</param>
    /// <param name="minimum">Smallest output; minus infinity for none. A fused Relu is a bound.</param>
    /// <param name="maximum">Largest output; infinity for none.</param>
    /// <param name="output">The output.</param>
    /// <returns>The epilogue.</returns>
    public static FloatEpilogue Store(ReadOnlySpan<float> bias, float minimum, float maximum, Span<float> output)
        => new(EpilogueKind.Store, bias, default, minimum, maximum, output);

    /// <summary>Adds a residual and stores <c>clamp(acc + r, minimum, maximum)</c>.</summary>
    /// <param name="bias">One value per output channel, padded.</param>
    /// <param name="residual">What is added, of the output's shape.</param>
    /// <param name="minimum">Smallest output; minus infinity for none.</param>
    /// <param name="maximum">Largest output; infinity for none.</param>
    /// <param name="output">The output. It may be the residual itself.</param>
    /// <returns>The epilogue.</returns>
    public static FloatEpilogue AddAndStore(
        ReadOnlySpan<float> bias, ReadOnlySpan<float> residual, float minimum, float maximum, Span<float> output)
        => new(EpilogueKind.AddAndStore, bias, residual, minimum, maximum, output);

    /// <summary>Checks every length once, so that the kernels need not.</summary>
    internal void Validate(long outputLength, int paddedChannels)
    {
        SpanGuard.Length(Bias.Length, paddedChannels, "epilogue.bias");
        SpanGuard.Length(Output.Length, outputLength, "epilogue.output");
        if (Kind == EpilogueKind.AddAndStore)
        {
            SpanGuard.Length(Residual.Length, outputLength, "epilogue.residual");
        }
    }

    /// <summary>The arguments of the epilogue kernels, once everything is pinned.</summary>
    internal unsafe EpilogueArguments Pinned(float* residual, float* output, int channels) => new()
    {
        Residual = residual,
        Minimum = _minimum,
        Maximum = _maximum,
        Output = output,
        Channels = channels,
    };
}
