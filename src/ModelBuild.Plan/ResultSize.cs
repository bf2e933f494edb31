using System;
using System.Collections.Generic;
using System.Linq;

namespace ModelBuild.Plan;

/// <summary>
/// How a size that only a run finds out follows from the shape of a result: it is (dimension - rest) / factor. Whoever runs a model as a
/// whole gives nothing else away.
/// </summary>
/// <param name="Symbol">The size.</param>
/// <param name="Output">Which output tells it.</param>
/// <param name="Axis">Which of its dimensions.</param>
/// <param name="Factor">At least 1.</param>
/// <param name="Rest">Depends on what is known before.</param>
internal sealed record ResultSize(string Symbol, int Output, int Axis, long Factor, Dimension Rest)
{
    /// <summary>Finds where each bound symbol can be read.</summary>
    /// <param name="bound">The symbols.</param>
    /// <param name="shapes">Of the outputs.</param>
    /// <returns>In an order in which each needs only those before it; null where a symbol cannot be told.</returns>
    public static IReadOnlyList<ResultSize>? Find(IEnumerable<string> bound, IReadOnlyList<EquatableArray<Dimension>> shapes)
    {
        var unknown = new List<string>(bound);
        var found = new List<ResultSize>();
        while (unknown.Count > 0)
        {
            if (Next(unknown, shapes) is not ResultSize next)
            {
                return null;
            }

            found.Add(next);
            unknown.Remove(next.Symbol);
        }

        return found;
    }

    private static ResultSize? Next(List<string> unknown, IReadOnlyList<EquatableArray<Dimension>> shapes)
    {
        for (int output = 0; output < shapes.Count; output++)
        {
            for (int axis = 0; axis < shapes[output].Count; axis++)
            {
                Dimension dimension = shapes[output][axis];
                string[] open = [.. dimension.Symbols.Where(unknown.Contains).Distinct(StringComparer.Ordinal)];
                if (open.Length != 1)
                {
                    continue;
                }

                Dimension rest = dimension.Substitute(new Dictionary<string, long> { [open[0]] = 0 });
                Dimension factor = dimension.Substitute(new Dictionary<string, long> { [open[0]] = 1 }) - rest;
                if (factor is { IsConstant: true, Value: > 0 }
                    && dimension.Equals((factor * Dimension.Symbol(open[0])) + rest))
                {
                    return new ResultSize(open[0], output, axis, factor.Value, rest);
                }
            }
        }

        return null;
    }
}
