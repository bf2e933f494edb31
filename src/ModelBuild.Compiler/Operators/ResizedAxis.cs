namespace ModelBuild.Compiler.Operators;

/// <summary>One axis of a Resize.</summary>
/// <param name="Axis">Which.</param>
/// <param name="Length">Elements along it before.</param>
/// <param name="Result">Elements along it afterwards.</param>
/// <param name="Scale">How much longer the result is, as given or as it follows from the sizes.</param>
internal sealed record ResizedAxis(int Axis, int Length, int Result, float Scale)
{
    /// <summary>Where the region begins that becomes the result: 0 is the first element, 1 the last.</summary>
    public float Start { get; init; }

    /// <summary>Where it ends.</summary>
    public float End { get; init; } = 1;

    /// <summary>Where an element of the result lies in the input, by the formulas of <c>coordinate_transformation_mode</c>.</summary>
    /// <remarks>In float32, since that is how others do it: at halves it decides what is nearest.</remarks>
    public float Coordinate(int index, string mode) => mode switch
    {
        "half_pixel" => ((index + 0.5f) / Scale) - 0.5f,
        "half_pixel_symmetric" => (Length / 2f * (1 - (Result / (Scale * Length)))) + ((index + 0.5f) / Scale) - 0.5f,
        "pytorch_half_pixel" => Result > 1 ? ((index + 0.5f) / Scale) - 0.5f : 0,
        "align_corners" => Result > 1 ? index * (Length - 1f) / (Result - 1f) : 0,
        "asymmetric" => index / Scale,
        "tf_half_pixel_for_nn" => (index + 0.5f) / Scale,
        _ => Result > 1
            ? (Start * (Length - 1f)) + (index * (End - Start) * (Length - 1f) / (Result - 1f))
            : 0.5f * (Start + End) * (Length - 1f),
    };
}
