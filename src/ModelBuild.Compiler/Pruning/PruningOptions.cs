using System.Globalization;

namespace ModelBuild.Compiler.Pruning;

/// <summary>Which weights become zero before anything else happens to the model. Immutable: any thread may use it.</summary>
public sealed record PruningOptions
{
    /// <summary>The words for <see cref="Criterion"/>.</summary>
    public static IReadOnlyList<string> Criteria { get; } = ["magnitude", "second-order"];

    /// <summary>The words for <see cref="Scope"/>.</summary>
    public static IReadOnlyList<string> Scopes { get; } = ["layer", "global"];

    /// <summary>
    /// Part of the weights that becomes zero, from 0 to below 1; null where nothing was said: a half for
    /// <see cref="SparsityPattern.TwoOfFour"/>, otherwise none.
    /// </summary>
    public double? Sparsity { get; init; }

    /// <summary>Which become zero together.</summary>
    public SparsityPattern Pattern { get; init; } = SparsityPattern.Unstructured;

    /// <summary>
    /// Names of nodes, of tensors that they make or of weights, that stay as they are; <c>*</c> and <c>?</c> stand for any characters and
    /// any one.
    /// </summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Which weights a model can do without; null for the better one that there is: by samples where some are given.</summary>
    public PruningCriterion? Criterion { get; init; }

    /// <summary>
    /// For what the sparsity holds; null for all layers together where there are samples to tell them apart, else for each.
    /// </summary>
    public PruningScope? Scope { get; init; }

    /// <summary>Whether it is also found out what each layer costs at several sparsities, for people to look at.</summary>
    public bool ShowsSensitivity { get; init; }

    /// <summary>The sparsity that is asked for, 0 to below 1.</summary>
    public double Target => Sparsity ?? (Pattern == SparsityPattern.TwoOfFour ? Pattern.LargestSparsity : 0);

    /// <summary>Whether anything becomes zero.</summary>
    public bool IsActive => Target > 0;

    /// <summary>The word for a criterion.</summary>
    public static string Word(PruningCriterion criterion) => Criteria[(int)criterion];

    /// <summary>The word for a scope.</summary>
    public static string Word(PruningScope scope) => Scopes[(int)scope];

    /// <summary>Reads a sparsity as items and command lines write it: 0.5 or 50 %.</summary>
    /// <param name="text">With a dot, whatever the language.</param>
    /// <param name="sparsity">From 0 to below 1; 0 where it is none.</param>
    /// <returns>False where it is no such number.</returns>
    public static bool TryReadSparsity(string text, out double sparsity)
    {
        string number = text.Trim();
        bool isPercent = number.EndsWith('%');
        bool isNumber = double.TryParse(
            isPercent ? number[..^1].TrimEnd() : number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out sparsity);
        sparsity /= isPercent ? 100 : 1;
        if (isNumber && sparsity is >= 0 and < 1)
        {
            return true;
        }

        sparsity = 0;
        return false;
    }
}
