using System.Diagnostics.CodeAnalysis;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler;

/// <summary>Which inputs or outputs of a model are 8-bit integers where the file declares floats.</summary>
public sealed record PortTypes
{
    private static readonly string[] s_words = [.. Enum.GetNames<PortType>().Select(n => n.ToLowerInvariant())];

    private PortTypes(PortType? every, IReadOnlyList<KeyValuePair<string, PortType>> named) => (Every, Named) = (every, named);

    /// <summary>All are as the file declares them.</summary>
    public static PortTypes None { get; } = new(null, []);

    /// <summary>What all are that are not named; null for what the file declares.</summary>
    public PortType? Every { get; }

    /// <summary>Those that are named, in the order in which they were, by their names in the model.</summary>
    public IReadOnlyList<KeyValuePair<string, PortType>> Named { get; }

    /// <summary>Whether any of them is asked to be of a type.</summary>
    internal bool Has(PortType type) => Every == type || Named.Any(named => named.Value == type);

    /// <summary>True where nothing changes.</summary>
    internal bool IsNone => Every is null && Named.Count == 0;

    /// <summary>Reads what an item or a command line says: <c>uint8</c>, <c>int8</c>, or <c>left=uint8;right=int8</c>.</summary>
    /// <param name="text">Empty for none. Upper and lower case of the type are the same.</param>
    /// <param name="types">None where the text is wrong.</param>
    /// <param name="wrong">A sentence about what is wrong, with the way out; null where all is well.</param>
    public static bool TryRead(string text, out PortTypes types, [NotNullWhen(false)] out string? wrong)
    {
        types = None;
        wrong = null;
        PortType? every = null;
        var named = new List<KeyValuePair<string, PortType>>();
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // A name may hold an equals sign, a type does not.
            int equals = part.LastIndexOf('=');
            string word = part[(equals + 1)..].Trim();
            string name = equals < 0 ? string.Empty : part[..equals].Trim();
            if (!s_words.Contains(word, StringComparer.OrdinalIgnoreCase) || equals == 0)
            {
                wrong = $"'{part}' is no type of a port. Write uint8 or int8 for all, or NAME=uint8 for the one of that name; leave it out "
                    + $"for the types that the file declares.{Suggestion.For(word, s_words)}";
                return false;
            }

            PortType type = Enum.Parse<PortType>(word, ignoreCase: true);
            if (equals < 0 ? every is not null : named.Exists(n => n.Key == name))
            {
                wrong = $"'{part}' is said twice. Say it once.";
                return false;
            }

            every = equals < 0 ? type : every;
            if (equals > 0)
            {
                named.Add(new KeyValuePair<string, PortType>(name, type));
            }
        }

        types = every is null && named.Count == 0 ? None : new PortTypes(every, named);
        return true;
    }

    /// <summary>What is said of a port, by its name or of all; null for nothing.</summary>
    /// <param name="name">In the model.</param>
    public PortType? Of(string name) => OfName(name) ?? Every;

    /// <summary>What is said of a port by its name.</summary>
    internal PortType? OfName(string name)
    {
        foreach ((string key, PortType type) in Named)
        {
            if (key == name)
            {
                return type;
            }
        }

        return null;
    }

    /// <summary>Equal where the same ports are named in the same order.</summary>
    public bool Equals(PortTypes? other) => other is not null && Every == other.Every && Named.SequenceEqual(other.Named);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Every, Named.Count);
}
