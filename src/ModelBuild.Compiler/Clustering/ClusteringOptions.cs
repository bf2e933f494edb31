using System.Globalization;

namespace ModelBuild.Compiler.Clustering;

/// <summary>How many values the weights of a layer have before they are quantized. Immutable: any thread may use it.</summary>
public sealed record ClusteringOptions
{
    /// <summary>The fewest values: zero and another one.</summary>
    public const int Fewest = 2;

    /// <summary>The most values: what a byte can tell apart.</summary>
    public const int Most = 256;

    /// <summary>Values of a layer, zero among them where it has zeros; null for any.</summary>
    public int? Clusters { get; init; }

    /// <summary>Whether weights get few values.</summary>
    public bool IsActive => Clusters is not null;

    /// <summary>Reads a number of values as items and command lines write it.</summary>
    /// <returns>False where it is none from <see cref="Fewest"/> to <see cref="Most"/>.</returns>
    public static bool TryReadClusters(string text, out int clusters) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out clusters) && clusters is >= Fewest and <= Most;
}
