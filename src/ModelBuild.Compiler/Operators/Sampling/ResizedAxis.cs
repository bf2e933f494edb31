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
}
