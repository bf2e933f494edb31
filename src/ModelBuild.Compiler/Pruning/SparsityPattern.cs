using System.Diagnostics.CodeAnalysis;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// Which weights become zero together, with weights seen as outputs × inputs (<see cref="WeightLayout"/>). Immutable: any thread may use
/// it.
/// </summary>
public sealed record SparsityPattern
{
    private static readonly SparsityPattern[] s_all =
    [
        new(SparsityKind.Unstructured, 1, 1), new(SparsityKind.Blocks, 1, 2), new(SparsityKind.Blocks, 1, 4),
        new(SparsityKind.Blocks, 2, 4), new(SparsityKind.TwoOfFour, 1, 4), new(SparsityKind.Channels, 1, 0),
    ];

    private SparsityPattern(SparsityKind kind, int outputs, int inputs)
    {
        Kind = kind;
        Outputs = outputs;
        Inputs = inputs;
    }

    /// <summary>Each weight by itself.</summary>
    public static SparsityPattern Unstructured => s_all[0];

    /// <summary>Of every four neighbouring inputs of an output two are zero, at most.</summary>
    public static SparsityPattern TwoOfFour => s_all[4];

    /// <summary>All weights of an output.</summary>
    public static SparsityPattern Channels => s_all[5];

    /// <summary>The words, the default first.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. s_all.Select(p => p.Word)];

    /// <summary>What kind it is.</summary>
    public SparsityKind Kind { get; }

    /// <summary>Neighbouring outputs of a block; 1 where it is none.</summary>
    public int Outputs { get; }

    /// <summary>Neighbouring inputs of a block, or of the four of <see cref="TwoOfFour"/>; 0 for all of them.</summary>
    public int Inputs { get; }

    /// <summary>As users write it: <c>unstructured</c>, <c>1x2</c>, <c>1x4</c>, <c>2x4</c>, <c>2:4</c> or <c>channels</c>.</summary>
    public string Word => Kind switch
    {
        SparsityKind.Unstructured => "unstructured",
        SparsityKind.TwoOfFour => "2:4",
        SparsityKind.Channels => "channels",
        _ => FormattableString.Invariant($"{Outputs}x{Inputs}"),
    };

    /// <summary>The largest part of a weight that can be zero, 0 to 1.</summary>
    public double LargestSparsity => Kind == SparsityKind.TwoOfFour ? 0.5 : 1;

    /// <summary>Blocks of outputs × inputs.</summary>
    /// <param name="outputs">1 or 2.</param>
    /// <param name="inputs">2 or 4 with one output, 4 with two.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no such blocks.</exception>
    public static SparsityPattern Blocks(int outputs, int inputs) =>
        Array.Find(s_all, p => p.Kind == SparsityKind.Blocks && p.Outputs == outputs && p.Inputs == inputs)
        ?? throw new ArgumentOutOfRangeException(
            nameof(outputs), $"Blocks of {outputs} × {inputs} are none of 1 × 2, 1 × 4 and 2 × 4.");

    /// <summary>Reads a pattern as items and command lines write it.</summary>
    /// <param name="text">Upper and lower case are the same.</param>
    /// <param name="pattern">The pattern; <see cref="Unstructured"/> where there is none.</param>
    /// <param name="wrong">The end of a message about the text, with the way out; null where all is well.</param>
    public static bool TryRead(string text, out SparsityPattern pattern, [NotNullWhen(false)] out string? wrong)
    {
        string word = text.Trim().ToLowerInvariant().Replace('×', 'x');
        SparsityPattern? found = Array.Find(s_all, p => p.Word == word);
        pattern = found ?? Unstructured;
        wrong = found is not null ? null
            : $"is no pattern. Use {string.Join(", ", Words.SkipLast(1))} or {Words[^1]}.{Suggestion.For(word, Words)}";
        return found is not null;
    }

    /// <summary>The <see cref="Word"/>.</summary>
    public override string ToString() => Word;
}
