using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>Writes dimensions as C# expressions over variables of type <c>int</c>, and as text for people.</summary>
/// <param name="variables">What the variable of each symbol is called.</param>
internal sealed class Dimensions(IReadOnlyDictionary<string, string> variables)
{
    /// <summary>An expression of type <c>int</c> that throws where it overflows.</summary>
    public string Int32(Dimension dimension) =>
        dimension.IsConstant ? Number(dimension.Value)
        : IsSymbol(dimension) ? Factor(dimension.Terms.First().Atoms[0], isLong: false, isFirst: true)
        : $"checked({Sum(dimension, isLong: false)})";

    /// <summary>
    /// An expression for a parameter of type <c>long</c>. Every product in it is one of longs: an <c>int</c> times an <c>int</c>
    /// would overflow first.
    /// </summary>
    public string Int64(Dimension dimension) => dimension.IsConstant ? Number(dimension.Value) : Sum(dimension, isLong: true);

    /// <summary>For people: <c>2,529,600 × batch + 64</c>.</summary>
    public static string Text(Dimension dimension) => dimension.Terms.Any()
        ? string.Join(" + ", dimension.Terms.Select(t => string.Join(" × ", Factors(t)))).Replace("+ -", "- ")
        : "0";

    /// <summary>For people: <c>[batch, 1, 28, 28]</c>.</summary>
    public static string Text(IEnumerable<Dimension> shape) => $"[{string.Join(", ", shape)}]";

    public static bool IsSymbol(Dimension dimension) =>
        dimension.Terms.Count() == 1
        && dimension.Terms.First() is { Coefficient: 1, Atoms: { Length: 1 } atoms }
        && atoms[0].Numerator is null;

    private static IEnumerable<string> Factors(Dimension.Term term)
    {
        string coefficient = term.Coefficient.ToString("N0", CultureInfo.InvariantCulture);
        IEnumerable<string> atoms = term.Atoms.Select(a => a.Text);
        return term.Coefficient == 1 && term.Atoms.Length > 0 ? atoms : atoms.Prepend(coefficient);
    }

    private string Sum(Dimension dimension, bool isLong, bool mustCast = false)
    {
        var text = new StringBuilder();
        int count = dimension.Terms.Count();
        foreach (Dimension.Term term in dimension.Terms)
        {
            bool isFirst = text.Length == 0;
            text.Append((isFirst, term.Coefficient < 0) switch
            {
                (true, true) => "-",
                (true, false) => "",
                (false, true) => " - ",
                (false, false) => " + ",
            });
            text.Append(Product(term, isLong, mustCast: term.Atoms.Length > 1 || (isFirst && (mustCast || count > 1))));
        }

        return text.ToString();
    }

    /// <param name="mustCast">Makes the product a long even if it has no constant that makes it one.</param>
    private string Product(Dimension.Term term, bool isLong, bool mustCast)
    {
        string coefficient = Number(term.Coefficient).TrimStart('-') + (isLong ? "L" : "");
        if (term.Atoms.Length == 0)
        {
            return coefficient.TrimEnd('L');
        }

        // A quotient that stands first needs no brackets, and where longs are wanted it is one already.
        bool isOne = Math.Abs(term.Coefficient) == 1;
        string cast = isOne && isLong && mustCast && term.Atoms[0].Numerator is null ? "(long)" : "";
        IEnumerable<string> factors = term.Atoms.Select((a, i) => Factor(a, isLong, isFirst: isOne && i == 0));
        return cast + string.Join(" * ", isOne ? factors : factors.Prepend(coefficient));
    }

    private string Factor(Dimension.Atom atom, bool isLong, bool isFirst)
    {
        if (atom.Numerator is null)
        {
            return CSharp.Identifier(variables[atom.Name]);
        }

        string numerator = Sum(atom.Numerator, isLong, mustCast: isLong);
        string quotient = (atom.Numerator.Terms.Count() == 1 ? numerator : $"({numerator})") + " / " + Number(atom.Divisor);
        return isFirst ? quotient : $"({quotient})";
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
