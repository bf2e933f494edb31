using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace ModelBuild.Plan;

/// <summary>
/// A size that is known at build or only at run time: an integer polynomial over symbols (<c>batch</c>, <c>sequence</c>) and
/// floor divisions of such polynomials, in a normal form, so that equal expressions are equal values. Shapes, lengths and arena
/// offsets are all of this type, from the imported graph to the generated code.
/// </summary>
/// <remarks>
/// The text form is a C# expression: <c>batch*5408+64</c>, <c>(height+1)/2</c>. What is divided is never negative, so it does not
/// matter that C# rounds towards zero. A symbol of the inputs is at least 1 at run time, where nothing else is said of it; one that data
/// binds may be less (<see cref="Found"/>). <see cref="IsPositive"/> relies on that; what is read from text has symbols of inputs only.
/// </remarks>
internal sealed class Dimension : IEquatable<Dimension>
{
    private const int MaximumParsedTerms = 1000;

    /// <summary>
    /// Longer than any expression of a real model. What exceeds it overflows, so that a hostile model cannot make it grow without end.
    /// </summary>
    private const int MaximumLength = 4096;

    /// <summary>Quotients of shapes have a few; a division that does not come out even would go on for long.</summary>
    private const int MaximumQuotientTerms = 64;

    /// <summary>Terms by their product of atoms; the empty product is the constant term. Zero coefficients are never kept.</summary>
    private readonly SortedDictionary<string, Term> _terms;

    private readonly string _text;

    /// <summary>The terms once more, quick to go through; made when they are first evaluated.</summary>
    private Term[]? _inOrder;

    private Dimension(SortedDictionary<string, Term> terms)
    {
        _terms = terms;
        _text = Write(terms);
    }

    public static Dimension Zero { get; } = Constant(0);

    public static Dimension One { get; } = Constant(1);

    public static Dimension Constant(long value)
    {
        var terms = new SortedDictionary<string, Term>(StringComparer.Ordinal);
        if (value != 0)
        {
            terms.Add(string.Empty, new Term(value, []));
        }

        return new Dimension(terms);
    }

    /// <param name="name">A C# identifier.</param>
    public static Dimension Symbol(string name) => Symbol(name, least: 1, isFound: false);

    /// <summary>A symbol of the inputs that may be 0.</summary>
    /// <param name="name">A C# identifier.</param>
    public static Dimension SymbolOrZero(string name) => Symbol(name, least: 0, isFound: false);

    /// <summary>A symbol that data binds, so that it may be less than 1: a number of places where nothing is found.</summary>
    /// <param name="name">A C# identifier.</param>
    /// <param name="isPosition">Whether it may be negative too, as a position or a distance may; a size is at least 0.</param>
    public static Dimension Found(string name, bool isPosition) => Symbol(name, isPosition ? null : 0, isFound: true);

    public static implicit operator Dimension(long value) => Constant(value);

    /// <summary>True when no symbol is left in it.</summary>
    public bool IsConstant => _terms.Count == 0 || (_terms.Count == 1 && _terms.ContainsKey(string.Empty));

    /// <summary>The value of a constant.</summary>
    /// <exception cref="InvalidOperationException">It has symbols.</exception>
    public long Value => IsConstant
        ? (_terms.Count == 0 ? 0 : _terms[string.Empty].Coefficient)
        : throw new InvalidOperationException($"'{_text}' is known only at run time.");

    /// <summary>True where data binds a symbol in it (<see cref="Found"/>).</summary>
    public bool IsFound =>
        _terms.Values.Any(t => t.Atoms.Any(a => a.Numerator?.IsFound ?? a.IsFound));

    /// <summary>True when it is certainly at least 1.</summary>
    public bool IsPositive => Least > 0;

    /// <summary>True when it is certainly at least 0.</summary>
    public bool IsNotNegative => Least >= 0;

    /// <summary>
    /// What it is where all symbols are as small as they can be; null unless it only grows with them and all have a least value.
    /// </summary>
    public long? Least
    {
        get
        {
            long least = 0;
            foreach (Term term in _terms.Values)
            {
                long? product = term.Atoms.Length == 0 || term.Coefficient > 0 ? term.Coefficient : null;
                foreach (Atom atom in term.Atoms)
                {
                    // Where a factor may be negative, a product does not grow with the others.
                    product *= term.Atoms.Length == 1 || atom.Least >= 0 ? atom.Least : null;
                }

                if (product is null)
                {
                    return null;
                }

                least += product.Value;
            }

            return least;
        }
    }

    /// <summary>The names of its symbols, in ordinal order.</summary>
    public IReadOnlyCollection<string> Symbols
    {
        get
        {
            var names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (Term term in _terms.Values)
            {
                foreach (Atom atom in term.Atoms)
                {
                    if (atom.Numerator is null)
                    {
                        names.Add(atom.Name);
                    }
                    else
                    {
                        names.UnionWith(atom.Numerator.Symbols);
                    }
                }
            }

            return names;
        }
    }

    /// <summary>The terms of the sum in the order in which they are written, the constant last; zero has none.</summary>
    public IEnumerable<Term> Terms => InOrder(_terms).Select(t => t.Value);

    public static Dimension operator +(Dimension left, Dimension right)
    {
        var terms = new SortedDictionary<string, Term>(left._terms, StringComparer.Ordinal);
        foreach (KeyValuePair<string, Term> term in right._terms)
        {
            Accumulate(terms, term.Key, term.Value);
        }

        return new Dimension(terms);
    }

    public static Dimension operator -(Dimension left, Dimension right) => left + (right * -1);

    /// <exception cref="OverflowException">The product is too large, as a number or as an expression.</exception>
    public static Dimension operator *(Dimension left, Dimension right)
    {
        if ((long)left._terms.Count * right._terms.Count > MaximumLength)
        {
            throw TooLong();
        }

        var terms = new SortedDictionary<string, Term>(StringComparer.Ordinal);
        foreach (Term a in left._terms.Values)
        {
            foreach (Term b in right._terms.Values)
            {
                Atom[] atoms = [.. a.Atoms.Concat(b.Atoms).OrderBy(x => x.Text, StringComparer.Ordinal)];
                Accumulate(terms, Key(atoms), new Term(checked(a.Coefficient * b.Coefficient), atoms));
            }
        }

        return new Dimension(terms);
    }

    /// <summary>
    /// Rounds towards negative infinity. Terms that the divisor divides leave the quotient: (4·n + 3) / 4 is n. So does what is
    /// negative: (7 - n) / 2 is (n + 1) / 2 + 3 - n.
    /// </summary>
    public Dimension FloorDivide(long divisor)
    {
        if (divisor <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(divisor));
        }

        if (divisor == 1)
        {
            return this;
        }

        if (Nested() is (Dimension numerator, long inner, long constant))
        {
            // ⌊(⌊n/b⌋ + c) / d⌋ = ⌊(n + b·c) / (b·d)⌋
            return (numerator + (inner * constant)).FloorDivide(checked(inner * divisor));
        }

        Dimension whole = Zero;
        Dimension rest = Zero;
        foreach (KeyValuePair<string, Term> term in _terms)
        {
            long coefficient = term.Value.Coefficient;
            long quotient = term.Key.Length == 0 || coefficient < 0 || coefficient % divisor == 0 ? Floor(coefficient, divisor) : 0;
            var unit =
                new Dimension(new SortedDictionary<string, Term>(StringComparer.Ordinal) { [term.Key] = new Term(1, term.Value.Atoms) });
            whole += unit * quotient;
            rest += unit * checked(coefficient - (quotient * divisor));
        }

        // What is left of the constant is in [0, divisor), so alone it adds nothing.
        return rest.IsConstant ? whole : whole + FromAtom(new Atom(string.Empty, rest, divisor));
    }

    /// <summary>Of a quotient and a constant added to it: numerator, divisor, constant. Null for any other expression.</summary>
    private (Dimension Numerator, long Divisor, long Constant)? Nested()
    {
        Term[] quotients = [.. _terms.Values.Where(t => t.Atoms.Length > 0)];
        return quotients.Length == 1 && quotients[0] is { Coefficient: 1, Atoms: { Length: 1 } atoms }
            && atoms[0].Numerator is { } numerator
            ? (numerator, atoms[0].Divisor, _terms.Values.Where(t => t.Atoms.Length == 0).Sum(t => t.Coefficient))
            : null;
    }

    public Dimension CeilingDivide(long divisor) => (this + Constant(divisor - 1)).FloorDivide(divisor);

    /// <summary>The quotient where the division is exact for every value of the symbols; otherwise null.</summary>
    public Dimension? DivideExactly(Dimension divisor)
    {
        if (divisor.Equals(One))
        {
            return this;
        }

        if (divisor._terms.Count == 0)
        {
            return null;
        }

        if (divisor._terms.Count == 1)
        {
            return DivideTerms(divisor._terms.Values.First());
        }

        // Long division: what is left loses its highest term in every step, which is none of a lower degree's.
        Term highest = divisor.Highest;
        Dimension quotient = Zero;
        Dimension rest = this;
        for (int step = 0; step < MaximumQuotientTerms; step++)
        {
            if (rest._terms.Count == 0)
            {
                return quotient;
            }

            if (Divide(rest.Highest, highest) is not Dimension part)
            {
                return null;
            }

            try
            {
                quotient += part;
                rest -= part * divisor;
            }
            catch (OverflowException)
            {
                return null;
            }
        }

        return null;
    }

    private Dimension? DivideTerms(Term divisor)
    {
        Dimension result = Zero;
        foreach (Term term in _terms.Values)
        {
            if (Divide(term, divisor) is not Dimension part)
            {
                return null;
            }

            result += part;
        }

        return result;
    }

    /// <summary>The last term in the order of degrees, and of names among those of one degree: products keep that order.</summary>
    private Term Highest
    {
        get
        {
            Term[] terms = [.. _terms.Values];
            Term highest = terms[0];
            foreach (Term term in terms)
            {
                highest = IsHigher(term.Atoms, highest.Atoms) ? term : highest;
            }

            return highest;
        }
    }

    private static bool IsHigher(Atom[] left, Atom[] right)
    {
        if (left.Length != right.Length)
        {
            return left.Length > right.Length;
        }

        int different = 0;
        while (different < left.Length && left[different].Equals(right[different]))
        {
            different++;
        }

        // Atoms stand in the order of their text, so that the first that is different says which product has more of the earlier one.
        return different < left.Length && string.CompareOrdinal(left[different].Text, right[different].Text) < 0;
    }

    private static Dimension? Divide(Term term, Term divisor)
    {
        var left = new List<Atom>(term.Atoms);
        if (term.Coefficient % divisor.Coefficient != 0 || !divisor.Atoms.All(left.Remove))
        {
            return null;
        }

        Atom[] atoms = [.. left];
        return new Dimension(new SortedDictionary<string, Term>(StringComparer.Ordinal)
        {
            [Key(atoms)] = new Term(term.Coefficient / divisor.Coefficient, atoms),
        });
    }

    /// <summary>Replaces symbols that have a value; the others stay.</summary>
    public Dimension Substitute(IReadOnlyDictionary<string, long> values)
    {
        Dimension result = Zero;
        foreach (Term term in _terms.Values)
        {
            Dimension product = Constant(term.Coefficient);
            foreach (Atom atom in term.Atoms)
            {
                product *= atom.Numerator is not null ? atom.Numerator.Substitute(values).FloorDivide(atom.Divisor)
                    : values.TryGetValue(atom.Name, out long value) ? Constant(value)
                    : FromAtom(atom);
            }

            result += product;
        }

        return result;
    }

    /// <summary>The value for given symbols.</summary>
    /// <exception cref="InvalidOperationException">A symbol has no value.</exception>
    /// <exception cref="OverflowException">The value is too large.</exception>
    public long Evaluate(IReadOnlyDictionary<string, long> values)
    {
        // Without the expressions that substituting makes: every run of a plan evaluates all of its sizes.
        long result = 0;
        foreach (Term term in _inOrder ??= [.. _terms.Values])
        {
            long product = term.Coefficient;
            foreach (Atom atom in term.Atoms)
            {
                long value;
                if (atom.Numerator is not null)
                {
                    value = Floor(atom.Numerator.Evaluate(values), atom.Divisor);
                }
                else if (!values.TryGetValue(atom.Name, out value))
                {
                    return Substitute(values).Value;
                }

                product = checked(product * value);
            }

            result = checked(result + product);
        }

        return result;
    }

    /// <summary>Takes the greatest common factor out of its coefficients: 6·batch + 4 is 2 of 3·batch + 2.</summary>
    public (Dimension Unit, long Factor) SplitFactor()
    {
        long factor = 0;
        foreach (Term term in _terms.Values)
        {
            long a = Math.Abs(term.Coefficient);
            while (a != 0)
            {
                (factor, a) = (a, factor % a);
            }
        }

        return factor <= 1 ? (this, 1) : (DivideExactly(Constant(factor))!, factor);
    }

    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static Dimension Parse(string text)
    {
        try
        {
            int position = 0;
            Dimension result = ParseSum(text, ref position, 0);
            return position == text.Length ? result : throw NotADimension(text);
        }
        catch (OverflowException)
        {
            throw new FormatException($"'{text}' has numbers that are too large.");
        }
    }

    public bool Equals(Dimension? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as Dimension);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    public override string ToString() => _text;

    private static Dimension Symbol(string name, long? least, bool isFound) => FromAtom(new Atom(name, null, 0, least, isFound));

    private static Dimension FromAtom(Atom atom) =>
        new(new SortedDictionary<string, Term>(StringComparer.Ordinal) { [Key([atom])] = new Term(1, [atom]) });

    /// <summary>Only a quotient that stands first may go without brackets: <c>(a+1)/2*((b+1)/2)</c>.</summary>
    private static string Key(Atom[] atoms) =>
        string.Join("*", atoms.Select((a, i) => a.Numerator is null || i == 0 ? a.Text : $"({a.Text})"));

    private static long Floor(long value, long divisor) => (value / divisor) - (value % divisor < 0 ? 1 : 0);

    private static void Accumulate(SortedDictionary<string, Term> terms, string key, Term term)
    {
        long sum = checked(term.Coefficient + (terms.TryGetValue(key, out Term? old) ? old.Coefficient : 0));
        if (sum == 0)
        {
            terms.Remove(key);
        }
        else
        {
            terms[key] = new Term(sum, term.Atoms);
        }
    }

    private static IEnumerable<KeyValuePair<string, Term>> InOrder(SortedDictionary<string, Term> terms) =>
        terms.Where(t => t.Key.Length > 0).Concat(terms.Where(t => t.Key.Length == 0));

    private static OverflowException TooLong() => new("A dimension is too long an expression.");

    private static string Write(SortedDictionary<string, Term> terms)
    {
        var text = new StringBuilder();
        foreach (KeyValuePair<string, Term> pair in InOrder(terms))
        {
            long coefficient = pair.Value.Coefficient;
            if (coefficient < 0 || text.Length > 0)
            {
                text.Append(coefficient < 0 ? '-' : '+');
            }

            string magnitude = coefficient.ToString(CultureInfo.InvariantCulture).TrimStart('-');
            text.Append(pair.Key.Length == 0 ? magnitude : magnitude == "1" ? pair.Key : pair.Key + "*" + magnitude);
            if (text.Length > MaximumLength)
            {
                throw TooLong();
            }
        }

        return text.Length == 0 ? "0" : text.ToString();
    }

    private static Dimension ParseSum(string text, ref int position, int depth)
    {
        if (depth > 16)
        {
            throw new FormatException("A dimension is nested too deeply.");
        }

        Dimension sum = Zero;
        bool first = true;
        while (first || (position < text.Length && text[position] is '+' or '-'))
        {
            bool negative = position < text.Length && text[position] == '-';
            if (position < text.Length && text[position] is '+' or '-')
            {
                position++;
            }

            Dimension product = ParseFactor(text, ref position, depth);
            if (position < text.Length && text[position] == '/')
            {
                position++;
                long divisor = ParseNumber(text, ref position);
                product = divisor > 0 ? product.FloorDivide(divisor) : throw NotADimension(text);
            }

            while (position < text.Length && text[position] == '*')
            {
                position++;
                product *= ParseFactor(text, ref position, depth);
                if (product._terms.Count > MaximumParsedTerms)
                {
                    throw new FormatException("A dimension has too many terms.");
                }
            }

            sum = negative ? sum - product : sum + product;
            first = false;
            if (position >= text.Length)
            {
                break;
            }
        }

        return sum;
    }

    private static Dimension ParseFactor(string text, ref int position, int depth)
    {
        int start = position;
        if (position < text.Length && text[position] == '(')
        {
            position++;
            Dimension inner = ParseSum(text, ref position, depth + 1);
            return position < text.Length && text[position++] == ')' ? inner : throw NotADimension(text);
        }

        if (position < text.Length && char.IsDigit(text[position]))
        {
            return Constant(ParseNumber(text, ref position));
        }

        while (position < text.Length && CSharpIdentifier.IsPart(text[position]))
        {
            position++;
        }

        return position > start ? Symbol(text.Substring(start, position - start)) : throw NotADimension(text);
    }

    private static long ParseNumber(string text, ref int position)
    {
        int start = position;
        while (position < text.Length && char.IsDigit(text[position]))
        {
            position++;
        }

        return long.TryParse(text.Substring(start, position - start), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw NotADimension(text);
    }

    private static FormatException NotADimension(string text) => new($"'{text}' is not a dimension.");

    /// <summary>A coefficient times the product of its atoms.</summary>
    public sealed class Term(long coefficient, Atom[] atoms)
    {
        public long Coefficient { get; } = coefficient;

        public Atom[] Atoms { get; } = atoms;
    }

    /// <summary>A symbol, or the floor of a polynomial over a constant.</summary>
    /// <param name="name">The symbol; empty in a quotient.</param>
    /// <param name="numerator">What is divided; null in a symbol.</param>
    /// <param name="divisor">What it is divided by.</param>
    /// <param name="least">The least that a symbol may be; null where nothing is known of that.</param>
    /// <param name="isFound">Whether data binds it.</param>
    public sealed class Atom(string name, Dimension? numerator, long divisor, long? least = 1, bool isFound = false) : IEquatable<Atom>
    {
        /// <summary>Whether it is a symbol that data binds.</summary>
        public bool IsFound { get; } = isFound;

        /// <summary>The least value that it may have; null where nothing is known of that.</summary>
        public long? Least => Numerator is null ? least : Numerator.Least is { } dividend ? Floor(dividend, Divisor) : null;

        /// <summary>The symbol; empty in a quotient.</summary>
        public string Name { get; } = name;

        /// <summary>What is divided; null in a symbol.</summary>
        public Dimension? Numerator { get; } = numerator;

        public long Divisor { get; } = divisor;

        public string Text { get; } = numerator is null ? name : $"({numerator})/{divisor.ToString(CultureInfo.InvariantCulture)}";

        public bool Equals(Atom? other) => other is not null && string.Equals(Text, other.Text, StringComparison.Ordinal);

        public override bool Equals(object? obj) => Equals(obj as Atom);

        public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);
    }
}
