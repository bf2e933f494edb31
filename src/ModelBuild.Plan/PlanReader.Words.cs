using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace ModelBuild.Plan;

/// <content>The words of a line.</content>
internal sealed partial class PlanReader
{
    private EquatableArray<Dimension> ReadList()
    {
        var dimensions = new List<Dimension>();
        Expect("[");
        while (!Accept("]"))
        {
            if (dimensions.Count > 0)
            {
                Expect(",");
            }

            dimensions.Add(ReadDimension());
        }

        return Array(dimensions);
    }

    private Dimension ReadDimension()
    {
        Dimension dimension;
        try
        {
            dimension = Dimension.Parse(ReadToken());
        }
        catch (FormatException e)
        {
            throw Error(e.Message);
        }

        foreach (string symbol in dimension.Symbols)
        {
            if (!_usedSymbols.ContainsKey(symbol))
            {
                _usedSymbols.Add(symbol, _number);
            }
        }

        return dimension;
    }

    private void Start(string keyword) => Require(TryStart(keyword), $"'{keyword}'");

    /// <summary>Goes to the next line if it has this keyword.</summary>
    private bool TryStart(string keyword)
    {
        string line = _number < _lines.Length ? _lines[_number] : "";
        bool found = line.StartsWith(keyword, StringComparison.Ordinal) && (line.Length == keyword.Length || line[keyword.Length] == ' ');
        if (found)
        {
            _number++;
            _line = line;
            _position = Math.Min(keyword.Length + 1, line.Length);
        }

        return found;
    }

    private void End() => Require(_position == _line.Length, "the end of the line");

    private char Peek() => _position < _line.Length ? _line[_position] : '\0';

    private bool Accept(string text)
    {
        bool found = string.CompareOrdinal(_line, _position, text, 0, text.Length) == 0;
        _position += found ? text.Length : 0;
        return found;
    }

    private void Expect(string text) => Require(Accept(text), $"'{text}'");

    private void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw Error($"expected {what}");
        }
    }

    /// <summary>What is up to the next space, or up to the comma or bracket that ends it; brackets inside it belong to it.</summary>
    private string ReadToken()
    {
        int start = _position;
        int depth = 0;
        while (_position < _line.Length)
        {
            char c = _line[_position];
            if (c is '(' or '[')
            {
                depth++;
            }
            else if (c is ')' or ']' && depth-- == 0)
            {
                break;
            }
            else if (c == ' ' || (c == ',' && depth == 0))
            {
                break;
            }

            _position++;
        }

        Require(_position > start, "a word");
        return _line.Substring(start, _position - start);
    }

    private string ReadName(Func<char, bool> isPart)
    {
        int start = _position;
        while (_position < _line.Length && isPart(_line[_position]))
        {
            _position++;
        }

        return _line.Substring(start, _position - start);
    }

    private string ReadIdentifier()
    {
        string name = ReadName(CSharpIdentifier.IsPart);
        Require(CSharpIdentifier.IsName(name), "an identifier");
        return name;
    }

    /// <summary>A layout and its version: <c>gemm.s8/1</c>.</summary>
    private string ReadFormat()
    {
        string format = ReadToken();
        Require(
            format.Split('/') is { Length: 2 } parts && parts[0].Length > 0
                && parts[0].All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.')
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _),
            "a layout and its version");
        return format;
    }

    private string ReadHex()
    {
        string digits = ReadToken();
        Require(digits.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f')), "lower-case hexadecimal digits");
        return digits;
    }

    private string ReadString()
    {
        Expect("\"");
        var text = new StringBuilder();
        while (!Accept("\""))
        {
            Require(_position < _line.Length, "'\"'");
            char c = _line[_position++];
            text.Append(c == '\\' ? ReadEscape() : c);
        }

        return text.ToString();
    }

    private char ReadEscape()
    {
        char c = Peek();
        _position++;
        switch (c)
        {
            case '"' or '\\':
                return c;
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'u' when _position + 4 <= _line.Length
                && ushort.TryParse(
                    _line.Substring(_position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code):
                _position += 4;
                return (char)code;
            default:
                throw Error("unknown escape in a string");
        }
    }

    private long ReadNumber()
    {
        bool isNumber = long.TryParse(ReadToken(), NumberStyles.None, CultureInfo.InvariantCulture, out long value);
        Require(isNumber, "a number that is not negative");
        return value;
    }

    private int ReadInt32()
    {
        bool isNumber = int.TryParse(ReadToken(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value);
        Require(isNumber, "a whole number");
        return value;
    }

    private int ReadReference(char kind, int count)
    {
        string token = ReadToken();
        Require(IsReference(token, kind), $"'{kind}' and a number");
        bool exists = int.TryParse(token.Substring(1), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < count;
        Require(exists, $"one of {count.ToString(CultureInfo.InvariantCulture)}, not '{token}'");
        return id;
    }

    private float ReadFloat(string token) => token switch
    {
        "nan" => float.NaN,
        "inf" => float.PositiveInfinity,
        "-inf" => float.NegativeInfinity,
        _ when IsReal(token) && float.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) => value,
        _ => throw Error("expected a number with a point"),
    };

    private double ReadDouble(string token) => token switch
    {
        "nan" => double.NaN,
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ when IsReal(token) && double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) => value,
        _ => throw Error("expected a number with a point"),
    };

    private PlanType ReadType() => ToType(ReadToken());

    private PlanType ToType(string token) => token switch
    {
        "f16" => PlanType.F16,
        "f32" => PlanType.F32,
        "f64" => PlanType.F64,
        "u8" => PlanType.U8,
        "s8" => PlanType.S8,
        "u16" => PlanType.U16,
        "s16" => PlanType.S16,
        "u32" => PlanType.U32,
        "s32" => PlanType.S32,
        "u64" => PlanType.U64,
        "s64" => PlanType.S64,
        "bool" => PlanType.Bool,
        _ => throw Error("expected an element type"),
    };

    private FormatException Error(string problem) => Error(problem, _number);

    private static FormatException Error(string problem, int line) =>
        new($"Line {line.ToString(CultureInfo.InvariantCulture)} of the plan: {problem}.");

    private static bool IsReference(string text, char kind) =>
        text.Length > 1 && text[0] == kind && text.Skip(1).All(c => c is >= '0' and <= '9');

    private static bool IsReal(string text)
    {
        if (text is "nan" or "inf" or "-inf")
        {
            return true;
        }

        int first = text.Length > 0 && text[0] == '-' ? 1 : 0;
        return first < text.Length && text[first] is >= '0' and <= '9'
            && text.IndexOfAny(['.', 'e']) > 0
            && text.All(c => c is (>= '0' and <= '9') or '.' or 'e' or '+' or '-');
    }
}
