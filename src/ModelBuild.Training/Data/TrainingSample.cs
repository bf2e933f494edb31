namespace ModelBuild.Training;

/// <summary>One sample of training data, as an application has it in memory.</summary>
public sealed record TrainingSample
{
    /// <summary>
    /// The elements of each input in row-major order, without a batch axis: float[], double[], byte[], int[], long[] or bool[].
    /// </summary>
    public required IReadOnlyDictionary<string, Array> Inputs { get; init; }

    /// <summary>
    /// Dimensions of inputs, without a batch axis, where the model leaves more than one of them open; all others follow from the number of
    /// elements.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>>? Shapes { get; init; }

    /// <summary>Numbers of classes, from 0 on: one, or one for each position of the output. Null where there are none.</summary>
    public IReadOnlyList<long>? Labels { get; init; }

    /// <summary>What the output is to be, in row-major order. Null where that is not known.</summary>
    public IReadOnlyList<float>? Target { get; init; }
}
