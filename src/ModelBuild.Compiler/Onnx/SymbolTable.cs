using System.Text;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Dimensions that the file leaves open. A name becomes a symbol that is a C# identifier; an open dimension without a name becomes
/// <c>batch</c> where it leads, and otherwise gets a name from its input. Symbols that the user has bound are numbers from here on.
/// </summary>
/// <remarks>
/// Two inputs may call one thing by two names: their batches, where the model joins them. Inference finds that out (<see cref="Unify"/>),
/// and the graph is then built anew with one symbol, so that nothing else has to know of it: the generated class checks that both inputs
/// agree, as it does for any symbol.
/// </remarks>
internal sealed class SymbolTable(IReadOnlyDictionary<string, DimensionRange> bindings)
{
    /// <summary>
    /// Lengths of tensors are products of sums of what data decides, and the text of an expression is limited: an image that is padded on
    /// all sides has 27 terms. How a name ends says more than how it begins, which is where in the model it is.
    /// </summary>
    private const int HintLimit = 40;

    private readonly Dictionary<string, string> _identifiers = new(StringComparer.Ordinal);
    private readonly UniqueNames _taken = new([]);

    /// <summary>Which symbol came first.</summary>
    private readonly Dictionary<string, int> _order = new(StringComparer.Ordinal);
    private readonly HashSet<string> _bound = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DimensionRange> _ranges = new(StringComparer.Ordinal);

    /// <summary>Those that data decides.</summary>
    private readonly HashSet<string> _data = new(StringComparer.Ordinal);

    /// <summary>Those of them that are not the same throughout a run.</summary>
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);

    /// <summary>Those of them that outputs have names for.</summary>
    private readonly Dictionary<string, string> _named = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>What symbols have turned out to be: another symbol or a number.</summary>
    private readonly Dictionary<string, Dimension> _equals = new(StringComparer.Ordinal);

    /// <summary>Those of the inputs that may be 0 although the file does not say so: the graph does.</summary>
    private readonly HashSet<string> _pasts = new(StringComparer.Ordinal);

    /// <summary>Those whose range begins at 0 since the user wants that; the graph may not allow it.</summary>
    private readonly HashSet<string> _fromZero = new(StringComparer.Ordinal);

    /// <summary>Whether nothing more is to become such.</summary>
    private bool _isRefused;

    /// <summary>Whether symbols have been unified since <see cref="Begin"/>, so that graphs built before are out of date.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>To be called before a graph is built.</summary>
    public void Begin()
    {
        HasChanged = false;
        _taken.Release(_data);
        _data.Clear();
        _variables.Clear();
    }

    /// <summary>A symbol for a number that data decides, or what it has turned out to be.</summary>
    /// <param name="hint">A name from the model. The same calls give the same names each time that the graph is built.</param>
    /// <param name="isPosition">Whether it is no size but a position or a distance, which may be negative.</param>
    public Dimension NewSymbol(string hint, bool isPosition)
    {
        string identifier = Take(Identifier(hint.Length > HintLimit ? hint[^HintLimit..] : hint));
        _data.Add(identifier);
        if (_named.TryGetValue(identifier, out string? name))
        {
            _data.Add(name);
            _taken.Reserve(name);
            _order.TryAdd(name, _order.Count);
        }

        return Known(Plan.Dimension.Found(identifier, isPosition));
    }

    /// <summary>A symbol for a size that changes while the model runs, which therefore is never unified with another.</summary>
    /// <param name="hint">As in <see cref="NewSymbol"/>.</param>
    public Dimension NewVariable(string hint)
    {
        Dimension symbol = NewSymbol(hint, isPosition: false);
        _variables.Add(symbol.ToString());
        return symbol;
    }

    /// <summary>
    /// Gives a size that data decides the name that an output has for it in the file, if nothing else is called so. The graph is then built
    /// anew.
    /// </summary>
    public void Name(Dimension size, string name)
    {
        string symbol = size.ToString();
        string identifier = Identifier(name);
        if (_data.Contains(symbol) && !_names.Contains(symbol) && !_named.ContainsKey(symbol) && _taken.Reserve(identifier))
        {
            _data.Add(identifier);
            _names.Add(identifier);
            _named.Add(symbol, identifier);
            _equals.Add(symbol, Plan.Dimension.Found(identifier, isPosition: !size.IsNotNegative));
            HasChanged = true;
        }
    }

    /// <summary>Lets symbols of the inputs be 0, but for those that the user wants to be more. The graph is then built anew.</summary>
    public void LetBeEmpty(IEnumerable<Dimension> sizes)
    {
        foreach (string symbol in _isRefused ? [] : sizes.Select(s => s.ToString()).Where(s => IsSymbol(s) && !_data.Contains(s)))
        {
            bool isGiven = !_ranges.TryAdd(symbol, new DimensionRange(0, int.MaxValue));
            if ((!isGiven || _fromZero.Contains(symbol)) && _pasts.Add(symbol))
            {
                HasChanged = true;
            }
        }
    }

    /// <summary>Takes back what <see cref="LetBeEmpty"/> did, for good.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool RefuseEmpty()
    {
        bool any = _pasts.Count > 0;
        foreach (string symbol in _pasts.Except(_fromZero))
        {
            _ranges.Remove(symbol);
        }

        _pasts.Clear();
        _isRefused = true;
        return any;
    }

    /// <summary>Where 40·batch has to be 120, batch has to be 3.</summary>
    private static (Dimension Left, Dimension Right) Reduced(Dimension left, Dimension right)
    {
        if (left.IsConstant == right.IsConstant)
        {
            return (left, right);
        }

        (Dimension open, long number) = left.IsConstant ? (right, left.Value) : (left, right.Value);
        (Dimension unit, long factor) = open.SplitFactor();
        return number % factor == 0 ? (unit, number / factor) : (left, right);
    }

    /// <summary>Makes two dimensions one that the model forces to be equal.</summary>
    /// <returns>False where that cannot be: neither is a symbol.</returns>
    public bool Unify(Dimension left, Dimension right)
    {
        (left, right) = Reduced(Known(left), Known(right));
        if (left.Symbols.Concat(right.Symbols).Any(_variables.Contains))
        {
            return HasChanged;
        }

        if (!left.Equals(right))
        {
            // The name that stands first in the file stays.
            bool isLeft = IsSymbol(left) && (!IsSymbol(right) || Order(left) > Order(right));
            (Dimension symbol, Dimension other) = isLeft ? (left, right) : (right, left);
            if (!IsSymbol(symbol)
                || !(IsSymbol(other) || (other.IsConstant && IsSize(other.Value)) || IsUnrelatedToData(symbol, other)))
            {
                return HasChanged;
            }

            _equals.Add(symbol.ToString(), other);
        }

        return HasChanged = true;
    }

    /// <summary>The dimension at an index of an input.</summary>
    /// <param name="mayBeOpen">
    /// Some exporters write 0 for a batch that they leave open, which therefore may be anything, 0 too; a list of nothing is just that.
    /// </param>
    public Dimension Dimension(DimensionMessage dimension, string input, int index, bool mayBeOpen)
    {
        if (dimension.Name.Length == 0 && dimension.Value is >= 0 and long value && (value > 0 || index > 0 || !mayBeOpen))
        {
            return value;
        }

        string name = dimension.Name.Length > 0 ? dimension.Name : index == 0 ? "batch" : $"{input}_dim{index}";
        if (!_identifiers.TryGetValue(name, out string? identifier))
        {
            identifier = Take(Identifier(name));
            _identifiers.Add(name, identifier);
        }

        string key = bindings.ContainsKey(name) ? name : identifier;
        if (!bindings.TryGetValue(key, out DimensionRange bound))
        {
            if (dimension is { Name.Length: 0, Value: 0 })
            {
                _ranges.TryAdd(identifier, new DimensionRange(0, int.MaxValue));
            }

            return Known(Open(identifier));
        }

        _bound.Add(key);
        if (bound is { IsValid: true, IsNumber: true })
        {
            return bound.Least;
        }

        _ranges[identifier] = bound;
        if (bound.Least == 0 && dimension is not { Name.Length: 0, Value: 0 })
        {
            _fromZero.Add(identifier);
        }

        return Known(Open(identifier));
    }

    /// <summary>What the user lets the symbols that are left be, by symbol.</summary>
    /// <exception cref="OnnxFormatException">Two ranges of what has turned out to be one exclude each other.</exception>
    public Dictionary<string, DimensionRange> Ranges()
    {
        var ranges = new Dictionary<string, DimensionRange>(StringComparer.Ordinal);
        foreach ((string name, DimensionRange range) in _ranges)
        {
            Dimension known = Known(Open(name));
            DimensionRange others = known.IsConstant ? known.Value
                : ranges.GetValueOrDefault(known.ToString(), new DimensionRange(known.Least ?? 0, int.MaxValue));
            DimensionRange? allowed = range.Intersect(others);
            if (allowed is not { } both || (both.Least > 0 && _fromZero.Contains(name)))
            {
                throw new OnnxFormatException(
                    DiagnosticCodes.BadDimensions, $"dimension '{name}' cannot be {range}: the model needs it to be {others}");
            }

            if (IsSymbol(known) && both != new DimensionRange(1, int.MaxValue))
            {
                ranges[known.ToString()] = both;
            }
        }

        return ranges;
    }

    /// <exception cref="OnnxFormatException">A binding names no dimension of the model, or binds it to what is no size.</exception>
    public void CheckBindings()
    {
        string known = _taken.Taken.Count == 0
            ? "The model has no open dimensions"
            : $"The model has {string.Join(", ", _taken.Taken.Order(StringComparer.Ordinal).Select(s => $"'{s}'"))}";
        foreach ((string name, DimensionRange value) in bindings.OrderBy(b => b.Key, StringComparer.Ordinal))
        {
            if (!_bound.Contains(name) || !value.IsValid)
            {
                throw new OnnxFormatException(
                    DiagnosticCodes.BadDimensions,
                    _bound.Contains(name)
                        ? $"dimension '{name}' cannot be {value}; sizes are from 1 to {int.MaxValue}, in a range from 0, the least first"
                        : $"Dimensions binds '{name}', which is no open dimension of it. {known}");
            }
        }
    }

    /// <summary>A symbol of the inputs.</summary>
    private Dimension Open(string identifier)
    {
        bool mayBeZero = _ranges.TryGetValue(identifier, out DimensionRange range) && range.Least == 0
            && (_pasts.Contains(identifier) || !_fromZero.Contains(identifier));
        return mayBeZero ? Plan.Dimension.SymbolOrZero(identifier) : Plan.Dimension.Symbol(identifier);
    }

    private Dimension Known(Dimension dimension)
    {
        while (_equals.TryGetValue(dimension.ToString(), out Dimension? equal))
        {
            dimension = equal;
        }

        return dimension;
    }

    private bool IsSymbol(Dimension dimension) => IsSymbol(dimension.ToString());

    private bool IsSymbol(string text) => _taken.Contains(text);

    /// <summary>What data decides may be anything that is known without it; the run checks that.</summary>
    private bool IsUnrelatedToData(Dimension symbol, Dimension other) =>
        _data.Contains(symbol.ToString()) && !other.Symbols.Any(_data.Contains);

    private int Order(Dimension symbol) => _order[symbol.ToString()];

    /// <summary>A name that no other symbol has: <c>n</c>, <c>n2</c>, <c>n3</c>.</summary>
    private string Take(string name)
    {
        string identifier = _taken.Add(name);

        // Those that a graph asks for come in the same order when it is built anew.
        _order.TryAdd(identifier, _order.Count);
        return identifier;
    }

    private static bool IsSize(long value) => value is >= 1 and <= int.MaxValue;

    private static string Identifier(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || c == '_')
            {
                text.Append(c);
            }
        }

        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
        {
            text.Insert(0, "dim");
        }

        return CSharpIdentifier.Shorten(text.ToString());
    }
}
