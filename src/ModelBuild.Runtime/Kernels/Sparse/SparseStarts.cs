namespace ModelBuild.Runtime.Kernels;

/// <summary>Where each of several lists begins that lie behind one another, and where the last one ends.</summary>
internal static class SparseStarts
{
    /// <summary>Checks that the lists follow one another and are all there is.</summary>
    /// <param name="starts">The numbers; one more than there are lists.</param>
    /// <param name="count">How many elements all lists have.</param>
    /// <param name="lists">What the lists are.</param>
    /// <param name="elements">What their elements are.</param>
    /// <param name="parameter">Whose they are.</param>
    /// <exception cref="ArgumentException">They do not, or are not.</exception>
    public static void Check(ReadOnlySpan<int> starts, int count, string lists, string elements, string parameter)
    {
        int before = 0;
        foreach (int start in starts)
        {
            if (start < before)
            {
                throw new ArgumentException($"The {lists} of the weights do not follow one another.", parameter);
            }

            before = start;
        }

        if (starts[0] != 0 || before != count)
        {
            throw new ArgumentException($"The {lists} of the weights do not have all of the {elements}.", parameter);
        }
    }
}
