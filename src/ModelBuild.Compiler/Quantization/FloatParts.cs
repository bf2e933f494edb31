using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler.Quantization;

/// <summary>What stays float in an integer model: nodes that the user names, and tensors that cost too much in 8 bits.</summary>
/// <param name="Patterns">Names of nodes, or of tensors that they make, with <c>*</c> and <c>?</c>.</param>
/// <param name="Tensors">Names of values that get no codes.</param>
internal sealed record FloatParts(IReadOnlyList<string> Patterns, IReadOnlySet<string> Tensors)
{
    /// <summary>Names of values that are float but for the products that read them: those get 16-bit codes; null for all values.</summary>
    public IReadOnlySet<string>? Wide { get; init; } = new HashSet<string>();

    /// <summary>Names of the products whose logarithm is taken, and of what they make: see <see cref="Quantization.Spectra"/>.</summary>
    public IReadOnlySet<string> Spectra { get; init; } = new HashSet<string>();

    /// <summary>
    /// Names of the parts of concatenations whose codes have a scale of their own; null for all parts. Others share that of the whole.
    /// </summary>
    public IReadOnlySet<string>? OwnScales { get; init; } = new HashSet<string>();

    /// <summary>Whether recurrent layers compute in float, by weights that are stored as codes.</summary>
    public bool HasFloatRecurrences { get; init; }

    /// <summary>Whether there is anything that is float for what it would cost in 8 bits.</summary>
    public bool IsMixed => Tensors.Count > 0 || Wide is not { Count: 0 };

    public static FloatParts None { get; } = new([], new HashSet<string>());

    /// <summary>Whether a node is to compute in float. Passes join the names of nodes that have become one.</summary>
    public bool Keeps(Node node) => Names(node).Any(name => Spectra.Contains(name) || Patterns.Any(p => NamePattern.Matches(p, name)));

    /// <summary>Whether a pattern names a value, a constant among others.</summary>
    public bool Names(Value value) =>
        Patterns.Any(p => NamePattern.Matches(p, value.Name) || (value.Origin is { } origin && NamePattern.Matches(p, origin)));

    /// <summary>Whether a value gets no 8-bit codes.</summary>
    public bool Keeps(Value value) => Tensors.Contains(value.Name) || Wide?.Contains(value.Name) != false;

    /// <summary>Whether the products that read a value read 16-bit codes of it, and all others floats.</summary>
    public bool IsWide(Value value) => Keeps(value) && !Tensors.Contains(value.Name);

    /// <summary>Whether the codes of a part of a concatenation have a scale of their own.</summary>
    public bool HasOwnScale(Value part) => OwnScales?.Contains(part.Name) != false;

    /// <summary>The same without codes for the tensors that the patterns name, and for those that share their scales.</summary>
    /// <param name="points">All that would have codes.</param>
    public FloatParts WithNamed(QuantizationPoints points)
    {
        HashSet<Value> groups = [.. points.Values.Where(v => Patterns.Any(p => NamePattern.Matches(p, v.Name))).Select(points.Group)];
        return this with
        {
            Tensors = points.Values.Where(v => groups.Contains(points.Group(v))).Select(v => v.Name).Union(Tensors)
                .ToHashSet(StringComparer.Ordinal),
        };
    }

    /// <summary>The first pattern that names nothing in a model; null where all do.</summary>
    public static string? FindUnused(IReadOnlyList<string> patterns, Graph graph) =>
        NamePattern.FindUnused(patterns, Names(graph));

    /// <summary>All that a pattern can name in a model.</summary>
    public static IEnumerable<string> Names(Graph graph) =>
        graph.AllGraphs().SelectMany(g => g.Nodes).SelectMany(Names).Concat(graph.Inputs.Select(i => i.Name))
            .Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Names(Node node) =>
        node.Name.Split(" + ").Append(node.Name).Concat(node.Outputs.OfType<Value>().Select(o => o.Name));
}
