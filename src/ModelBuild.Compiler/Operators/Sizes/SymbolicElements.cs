using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Contents of small integer tensors as expressions: shape arithmetic that goes on although a dimension is only known at run time.
/// </summary>
internal static class SymbolicElements
{
    /// <summary>Shape arithmetic works on shapes and pieces of them.</summary>
    private const int Limit = 64;

    /// <summary>
    /// What is known of the contents: of a constant all, of a result of shape arithmetic its expressions; null where nothing is.
    /// </summary>
    public static IReadOnlyList<Dimension>? Of(Value? value)
    {
        if (value is null || value.Elements is not null)
        {
            return value?.Elements;
        }

        return value.Constant is { Rank: <= 1, Length: <= Limit, Type: DataType.Int64 or DataType.Int32 or DataType.Bool } tensor
            ? [.. tensor.ToInt64s().Select(Dimension.Constant)]
            : null;
    }

    /// <summary>Sets type and shape of an output, and its elements where they are known and few.</summary>
    public static void Set(this Value output, DataType type, Shape shape, IEnumerable<Dimension>? elements = null)
    {
        output.Type = type;
        output.Shape = shape;
        Dimension[]? list = shape.Rank <= 1 && type is DataType.Int64 or DataType.Int32 or DataType.Bool ? elements?.ToArray() : null;
        output.Elements = list is { Length: <= Limit } ? list : null;
    }

    /// <summary>
    /// Combines the elements of two tensors one by one, a single one with all of the other; null where a result is not known.
    /// </summary>
    public static IEnumerable<Dimension>? Combine(Value left, Value right, Func<Dimension, Dimension, Dimension?> formula)
    {
        if (Of(left) is not { } a || Of(right) is not { } b || (a.Count != b.Count && a.Count != 1 && b.Count != 1))
        {
            return null;
        }

        return Collect(a.Count == 1 ? b.Count : a.Count, i => formula(a[a.Count == 1 ? 0 : i], b[b.Count == 1 ? 0 : i]));
    }

    /// <summary>A function of each element; null where a result is not known.</summary>
    public static IEnumerable<Dimension>? Map(Value value, Func<Dimension, Dimension?> formula) =>
        Of(value) is { } elements ? Collect(elements.Count, i => formula(elements[i])) : null;

    private static Dimension[]? Collect(int count, Func<int, Dimension?> element)
    {
        var result = new Dimension[count];
        for (int i = 0; i < result.Length; i++)
        {
            if (element(i) is not { } known)
            {
                return null;
            }

            result[i] = known;
        }

        return result;
    }
}
