namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// What the weights of a layer can be: whole multiples of a step, from a smallest to a largest one. A step holds for an output, or for a
/// block of its terms.
/// </summary>
/// <param name="Steps">[outputs, <paramref name="Blocks"/>].</param>
/// <param name="Low">The smallest multiple of each step.</param>
/// <param name="High">The largest.</param>
/// <param name="Blocks">Of an output.</param>
/// <param name="BlockSize">Terms of a block.</param>
internal sealed record LevelGrid(float[] Steps, short[] Low, short[] High, int Blocks, int BlockSize)
{
    /// <summary>Where this is cut out of a larger one.</summary>
    private int FirstOutput { get; init; }

    private int FirstTerm { get; init; }

    /// <summary>Multiples from −127 to 127 of one step for each output.</summary>
    public static LevelGrid Symmetric(float[] steps)
    {
        var high = new short[steps.Length];
        Array.Fill(high, (short)sbyte.MaxValue);
        return new LevelGrid(steps, Array.ConvertAll(high, h => (short)-h), high, 1, int.MaxValue);
    }

    /// <summary>The same for some outputs and terms, which are counted from zero then.</summary>
    public LevelGrid Part(int firstOutput, int firstTerm) =>
        this with { FirstOutput = FirstOutput + firstOutput, FirstTerm = FirstTerm + firstTerm };

    /// <summary>The step of a weight, and its bounds.</summary>
    public (float Step, short Low, short High) At(int output, int term)
    {
        int index = ((FirstOutput + output) * Blocks) + ((FirstTerm + term) / BlockSize);
        return (Steps[index], Low[index], High[index]);
    }
}
