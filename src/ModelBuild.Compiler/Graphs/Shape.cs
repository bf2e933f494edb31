using System.Collections;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Graphs;

/// <summary>The dimensions of a tensor. Immutable.</summary>
internal sealed class Shape(IEnumerable<Dimension> dimensions) : IReadOnlyList<Dimension>, IEquatable<Shape>
{
    private readonly EquatableArray<Dimension> _dimensions = new(dimensions);

    public static Shape Scalar { get; } = new([]);

    public static Shape Of(params ReadOnlySpan<long> dimensions)
    {
        var list = new Dimension[dimensions.Length];
        for (int i = 0; i < list.Length; i++)
        {
            list[i] = dimensions[i];
        }

        return new Shape(list);
    }

    public int Rank => _dimensions.Count;

    public int Count => _dimensions.Count;

    public Dimension this[int axis] => _dimensions[axis];

    public bool IsConstant => _dimensions.All(d => d.IsConstant);

    /// <summary>Number of elements.</summary>
    public Dimension Length => Product(0, Rank);

    /// <summary>Product of the dimensions from <paramref name="start"/> up to, not including, <paramref name="end"/>.</summary>
    public Dimension Product(int start, int end)
    {
        Dimension product = Dimension.One;
        for (int i = start; i < end; i++)
        {
            product *= _dimensions[i];
        }

        return product;
    }

    public long[] ToConstant() => [.. _dimensions.Select(d => d.Value)];

    public Shape With(int axis, Dimension dimension) => new(_dimensions.Select((d, i) => i == axis ? dimension : d));

    public Shape Permute(IReadOnlyList<int> permutation) => new(permutation.Select(axis => _dimensions[axis]));

    public Shape Substitute(IReadOnlyDictionary<string, long> values) => new(_dimensions.Select(d => d.Substitute(values)));

    public bool Equals(Shape? other) => other is not null && _dimensions.Equals(other._dimensions);

    public override bool Equals(object? obj) => Equals(obj as Shape);

    public override int GetHashCode() => _dimensions.GetHashCode();

    public override string ToString() => $"[{string.Join(",", _dimensions)}]";

    public IEnumerator<Dimension> GetEnumerator() => _dimensions.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// The shape input of a Reshape that makes another shape of this one: numbers, 0 for a run-time dimension that stays in its place, −1
    /// for one other. Null where that is not enough.
    /// </summary>
    public long[]? ReshapeTarget(Shape to)
    {
        var target = new long[to.Rank];
        bool free = false;
        for (int i = 0; i < target.Length; i++)
        {
            Dimension dimension = to[i];
            if (dimension.IsConstant)
            {
                if (dimension.Value == 0)
                {
                    return null;
                }

                target[i] = dimension.Value;
            }
            else if (i < Rank && this[i].Equals(dimension))
            {
                target[i] = 0;
            }
            else if (free)
            {
                return null;
            }
            else
            {
                free = true;
                target[i] = -1;
            }
        }

        return target;
    }
}
