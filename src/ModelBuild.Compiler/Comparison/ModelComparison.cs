using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Comparison;

/// <summary>Runs two plans on the same samples.</summary>
internal static class ModelComparison
{
    /// <param name="left">What counts as right.</param>
    /// <param name="right">What is compared with it; its inputs have the same names, or it has as many, in the same order.</param>
    /// <param name="pairs">Names of outputs.</param>
    /// <param name="samples">Inputs by the names that they have on the left.</param>
    /// <returns>Of each pair.</returns>
    public static (IReadOnlyList<TensorDifference> Differences, int Samples) Run(
        Interpreter left, Interpreter right, IReadOnlyList<(string Left, string Right)> pairs,
        IEnumerable<IReadOnlyDictionary<string, Tensor>> samples, CancellationToken cancellation)
    {
        TensorDifference[] differences = [.. pairs.Select(_ => new TensorDifference())];
        string[] taken = [.. right.Plan.Inputs.Select(i => i.Name)];
        string[] given = [.. left.Plan.Inputs.Select(i => i.Name)];
        bool isByName = taken.All(given.Contains);
        int count = 0;
        foreach (IReadOnlyDictionary<string, Tensor> sample in samples)
        {
            cancellation.ThrowIfCancellationRequested();
            Dictionary<string, Tensor> expected = left.Run(sample);
            Dictionary<string, Tensor> actual = right.Run(
                taken.Select((name, i) => (name, sample[isByName ? name : given[i]])).ToDictionary(StringComparer.Ordinal));
            for (int i = 0; i < pairs.Count; i++)
            {
                Tensor reference = expected[pairs[i].Left];
                differences[i].Add(
                    reference.ToDoubles(), actual[pairs[i].Right].ToDoubles(), reference.Dimensions.LastOrDefault());
            }

            count++;
        }

        return (differences, count);
    }
}
