namespace ModelBuild.Runtime;

/// <summary>How a model runs: an argument of the constructor of generated classes.</summary>
/// <remarks>It cannot be changed once it was made, and may be shared by any number of models and threads.</remarks>
public sealed class ModelOptions
{
    private readonly int _threads = 1;

    /// <summary>
    /// How many threads may work on one call at most, the caller's included: 1 unless it is set. <see cref="Environment.ProcessorCount"/>
    /// takes all processors.
    /// </summary>
    /// <remarks>
    /// More threads make one call of a large model faster. Where calls come from several threads anyway, 1 gives the most calls per second.
    /// The other threads belong to all models of the process, and there are no more of them than processors: calls that find none with
    /// nothing to do run on the caller's. Outputs are the same, to the bit, whatever the number.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public int Threads
    {
        get => _threads;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Threads));
            _threads = value;
        }
    }
}
