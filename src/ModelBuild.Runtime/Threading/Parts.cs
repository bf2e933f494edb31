namespace ModelBuild.Runtime;

/// <summary>Parts of nearly equal size: none is larger than another by more than one.</summary>
internal static class Parts
{
    /// <summary>Where a part begins, and so where the one before it ends.</summary>
    /// <param name="total">What is cut.</param>
    /// <param name="part">The number of the part; that of all parts for the end of the last.</param>
    /// <param name="parts">How many there are.</param>
    public static int First(int total, int part, int parts) => (int)First((long)total, part, parts);

    /// <inheritdoc cref="First(int, int, int)"/>
    public static long First(long total, int part, int parts) => total * part / parts;
}
