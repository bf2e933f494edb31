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
        : IsSymbol(dimension) ? Factor(dimension.Terms.First().Atoms[0], isLong: false)
        : $"checked({Sum(dimension, isLong: false)})";

    /// <summary>
    /// An expression for a parameter of type <c>long</c>. Every product in it is one of longs: an <c>int</c> times an <c>int</c> would overflow first.
    /// </summary>
    public string Int64(Dimension dimension) => dimension.IsConstant ? Number(dimension.Value) : Sum(dimension, isLong: true);

    /// <summary>For people: <c>2,529,600 × batch + 64</c>.</summary>
    public static string Text(Dimension dimension) => dimension.Terms.Any()
        ? string.Join(" + ", dimension.Terms.Select(t => string.Join(" × ", Factors(t)))).Replace("+ -", "- ")
        : "0";

    /// <summary>For people: <c>[batch, 1, 28, 28]</c>.</summary>
    public static string Text(IEnumerable<Dimension> shape) => $"[{string.Join(", ", shape)}]";

    public static bool IsSymbol(Dimension dimension) =>
        dimension.Terms.Count() == 1 && dimension.Terms.First() is { Coefficient: 1, Atoms: { Length: 1 } atoms } && atoms[0].Numerator is null;

    private static IEnumerable<string> Factors(Dimension.Term term)
    {
        string coefficient = term.Coefficient.ToString("N0", CultureInfo.InvariantCulture);
        IEnumerable<string> atoms = term.Atoms.Select(a => a.Text);
        return term.Coefficient == 1 && term.Atoms.Length > 0 ? atoms : atoms.Prepend(coefficient);
    }

    private string Sum(Dimension dimension, bool isLong)
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
            text.Append(Product(term, isLong, mustCast: term.Atoms.Length > 1 || (isFirst && count > 1)));
        }

        return text.ToString();
    }

    private string Product(Dimension.Term term, bool isLong, bool mustCast)
    {
        string coefficient = Number(term.Coefficient).TrimStart('-');
        if (term.Atoms.Length == 0)
        {
            return coefficient;
        }

        string atoms = string.Join(" * ", term.Atoms.Select(a => Factor(a, isLong)));
        return (coefficient == "1", isLong) switch
        {
            (true, false) => atoms,
            (true, true) => mustCast ? "(long)" + atoms : atoms,
            (false, false) => $"{coefficient} * {atoms}",
            (false, true) => $"{coefficient}L * {atoms}",
        };
    }

    private string Factor(Dimension.Atom atom, bool isLong)
    {
        if (atom.Numerator is null)
        {
            return CSharp.Identifier(variables[atom.Name]);
        }

        string numerator = Sum(atom.Numerator, isLong);
        string divisor = Number(atom.Divisor);
        return atom.Numerator.Terms.Count() == 1 ? $"({numerator} / {divisor})" : $"(({numerator}) / {divisor})";
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
