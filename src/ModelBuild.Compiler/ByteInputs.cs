using System.Diagnostics.CodeAnalysis;
using ModelBuild.Compiler.Hosts;

namespace ModelBuild.Compiler;

/// <summary>Which inputs of a model take bytes where the file declares floats.</summary>
public sealed record ByteInputs
{
    private const string Type = "uint8";

    private ByteInputs(bool isEveryImage, IReadOnlyList<string> names) => (IsEveryImage, Names) = (isEveryImage, names);

    /// <summary>All inputs are as the file declares them.</summary>
    public static ByteInputs None { get; } = new(false, []);

    /// <summary>True for every input of floats with four dimensions.</summary>
    public bool IsEveryImage { get; }

    /// <summary>Inputs by their names in the model.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>True where nothing changes.</summary>
    internal bool IsNone => !IsEveryImage && Names.Count == 0;

    /// <summary>Reads what an item or a command line says: <c>uint8</c>, or <c>left=uint8;right=uint8</c>.</summary>
    /// <param name="text">Empty for none. Upper and lower case of the type are the same.</param>
    /// <param name="inputs">None where the text is wrong.</param>
    /// <param name="wrong">A sentence about what is wrong, with the way out; null where all is well.</param>
    public static bool TryRead(string text, out ByteInputs inputs, [NotNullWhen(false)] out string? wrong)
    {
        inputs = None;
        wrong = null;
        bool isEveryImage = false;
        var names = new List<string>();
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // A name may hold an equals sign, a type does not.
            int equals = part.LastIndexOf('=');
            string type = part[(equals + 1)..].Trim();
            string name = equals < 0 ? string.Empty : part[..equals].Trim();
            if (!string.Equals(type, Type, StringComparison.OrdinalIgnoreCase) || equals == 0)
            {
                wrong = $"'{part}' is no type of an input. Write uint8 for all images, or NAME=uint8 for the input of that name; leave "
                    + $"it out for the types that the file declares.{Suggestion.For(type, [Type])}";
                return false;
            }

            if (equals < 0 ? isEveryImage : names.Contains(name, StringComparer.Ordinal))
            {
                wrong = $"'{part}' is said twice. Say it once.";
                return false;
            }

            isEveryImage |= equals < 0;
            if (equals > 0)
            {
                names.Add(name);
            }
        }

        inputs = isEveryImage || names.Count > 0 ? new ByteInputs(isEveryImage, names) : None;
        return true;
    }

    /// <summary>Equal where the same inputs are named in the same order.</summary>
    public bool Equals(ByteInputs? other) =>
        other is not null && IsEveryImage == other.IsEveryImage && Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsEveryImage, Names.Count);
}
