namespace ModelBuild.Runtime.Kernels;

/// <summary>The forms of kernels that finish.</summary>
/// <param name="Target">What they make.</param>
/// <param name="IsPartial">Whether channels of the last panel are missing, whose place belongs to the next pixel or to nobody.</param>
internal readonly record struct FinishingForm(FinishingTarget Target, bool IsPartial)
{
    /// <summary>How many there are.</summary>
    public const int Count = 2 * ((int)FinishingTarget.FloatsWithResidual + 1);

    /// <summary>Whether something lies beside the output: a residual, or the parameters of rows.</summary>
    public bool HasBeside => Target is not (FinishingTarget.Codes or FinishingTarget.Floats);

    /// <summary>Bytes of an output element.</summary>
    public int OutputBytes => Target is FinishingTarget.Codes or FinishingTarget.CodesWithResidual ? sizeof(byte) : sizeof(float);

    /// <summary>The number of it.</summary>
    public int Index => (2 * (int)Target) + (IsPartial ? 1 : 0);

    /// <summary>By its number.</summary>
    public static FinishingForm Of(int index) => new((FinishingTarget)(index / 2), index % 2 != 0);
}
