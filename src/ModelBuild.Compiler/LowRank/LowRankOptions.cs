using System.Globalization;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.LowRank;

/// <summary>
/// Which layers become products of smaller ones before anything else happens to the model. Immutable: any thread may use it.
/// </summary>
public sealed record LowRankOptions
{
    /// <summary>Part of the model's multiply-accumulates that goes, from 0 to below 1; null where nothing was said of it.</summary>
    public double? Saved { get; init; }

    /// <summary>
    /// The ratio of signal to noise at the outputs that is kept, in dB, and as many multiply-accumulates go as it allows; without samples
    /// that of the weights of each layer. Null where nothing was said of it.
    /// </summary>
    public double? MinSqnr { get; init; }

    /// <summary>
    /// Names of nodes, of tensors that they make or of weights, that stay as they are; <c>*</c> and <c>?</c> stand for any characters and
    /// any one.
    /// </summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether it is also found out what each layer alone costs, for people to look at.</summary>
    public bool ShowsSensitivity { get; init; }

    /// <summary>Whether any layer is to be taken apart.</summary>
    public bool IsActive => Saved > 0 || MinSqnr is not null;

    /// <summary>Reads what items and command lines write: a part, 0.5 or 50 %, or a ratio, 30dB.</summary>
    /// <param name="text">With a dot, whatever the language.</param>
    /// <param name="options">With what was read; as they were where it is neither.</param>
    /// <returns>False where it is neither.</returns>
    public static bool TryRead(string text, ref LowRankOptions options)
    {
        string words = text.Trim();
        if (words.EndsWith("dB", StringComparison.OrdinalIgnoreCase))
        {
            bool isNumber = double.TryParse(
                words[..^2].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double ratio);
            if (!isNumber || !(ratio is > 0 and <= 150))
            {
                return false;
            }

            options = options with { Saved = null, MinSqnr = ratio };
            return true;
        }

        if (!PruningOptions.TryReadSparsity(words, out double part))
        {
            return false;
        }

        options = options with { Saved = part, MinSqnr = null };
        return true;
    }
}
