using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace ModelBuild.Plan;

/// <summary>
/// Reads what <see cref="PlanWriter"/> writes, and nothing else: lines come in one order, ids count up from zero, every name that
/// will stand in code is an identifier, every tensor, constant and symbol that is used exists.
/// </summary>
internal sealed class PlanReader
{
    private const int MaximumNesting = 8;

    private readonly string[] _lines;

    /// <summary>The line of each.</summary>
    private readonly Dictionary<string, int> _symbols = new(StringComparer.Ordinal);

    /// <summary>Those that steps bind.</summary>
    private readonly HashSet<string> _bound = new(StringComparer.Ordinal);

    /// <summary>The first line that uses each.</summary>
    private readonly Dictionary<string, int> _usedSymbols = new(StringComparer.Ordinal);
    private readonly List<PlanTensor> _tensors = [];
    private readonly List<int> _tensorLines = [];
    private readonly List<PlanConstant> _constants = [];
    private int _number;
    private string _line = "";
    private int _position;

    private PlanReader(string text)
    {
        _lines = text.Split('\n');
    }

    /// <exception cref="FormatException">The text is not a whole plan of this version. The message names the line.</exception>
    public static ExecutionPlan Read(string text) => new PlanReader(text).ReadPlan();

    /// <summary>True when the text is a plan of this or another version.</summary>
    public static bool IsPlan(string text) => text.StartsWith(PlanWriter.Signature, StringComparison.Ordinal);

    /// <summary>True for the text of an argument that is a tensor, a constant, a number with a point, or a word of the format.</summary>
    internal static bool IsOtherThanDimension(string text) =>
        text is "true" or "false" || IsReference(text, 't') || IsReference(text, 'c') || IsReal(text);

    private ExecutionPlan ReadPlan()
    {
        Start(PlanWriter.Signature.TrimEnd());
        if (ReadToken() is string version && version != ExecutionPlan.Version.ToString(CultureInfo.InvariantCulture))
        {
            throw Error($"this is version '{version}' of the format, and this ModelBuild reads version {ExecutionPlan.Version}");
        }

        End();
        PlanClass @class = ReadClass();
        PlanSource source = ReadSource();
        Start("mode");
        string mode = ReadToken();
        End();
        PlanBackend backend = TryStart("backend") ? ReadBackend() : PlanBackend.Managed;
        PlanCard card = ReadCard();
        PlanWeights? weights = TryStart("weights") ? ReadWeights() : null;
        List<string> symbols = ReadSymbols("symbol");
        List<string> bound = ReadSymbols("bound");
        _bound.UnionWith(bound);
        List<PlanRange> ranges = ReadRanges(symbols);
        Start("arena");
        Dimension arena = ReadDimension();
        End();
        PlanSlice? slice = TryStart("slice") ? ReadSlice() : null;
        int sliceLine = _number;
        while (TryStart("tensor"))
        {
            _tensors.Add(ReadTensor());
            _tensorLines.Add(_number);
        }

        while (TryStart("constant"))
        {
            _constants.Add(ReadConstant());
        }

        var identifiers = new HashSet<string>(StringComparer.Ordinal);
        List<PlanPort> inputs = ReadPorts("input", PlanLocation.Input, identifiers);
        List<PlanPort> outputs = ReadPorts("output", PlanLocation.Output, identifiers);
        Require(outputs.Count > 0, "an output");
        EquatableArray<PlanStep> steps = ReadSteps(0);
        CheckViews(inputs, outputs);
        Require(backend == PlanBackend.Managed || (_constants.Count == 0 && steps.Count == 0), "neither constants nor steps");
        CheckBindings(bound, steps, isComplete: weights is not null && backend == PlanBackend.Managed);
        CheckSlice(slice, sliceLine, inputs, outputs);
        Start("end");
        End();
        Require(_number == _lines.Length - 1 && _lines[_number].Length == 0, "the end of the file");
        CheckSymbols(symbols, inputs);
        return new ExecutionPlan(
            @class,
            source,
            mode,
            card,
            weights,
            Array(symbols),
            Array(bound),
            arena,
            slice,
            Array(inputs),
            Array(outputs),
            Array(_tensors),
            Array(_constants),
            steps)
        {
            Backend = backend,
            Ranges = Array(ranges),
        };
    }

    private List<string> ReadSymbols(string keyword)
    {
        var symbols = new List<string>();
        while (TryStart(keyword))
        {
            string symbol = ReadIdentifier();
            Require(!_symbols.ContainsKey(symbol), "a symbol that is new");
            symbols.Add(symbol);
            _symbols.Add(symbol, _number);
            End();
        }

        return symbols;
    }

    private List<PlanRange> ReadRanges(List<string> symbols)
    {
        var ranges = new List<PlanRange>();
        while (TryStart("range"))
        {
            string symbol = ReadIdentifier();
            Require(symbols.Contains(symbol) && ranges.All(r => r.Symbol != symbol), "a symbol that has no range yet");
            Expect(" ");
            int least = ReadInt32();
            Expect(" ");
            int most = ReadInt32();
            Require(least >= 1 && most >= least, "a range of sizes");
            ranges.Add(new PlanRange(symbol, least, most));
            End();
        }

        return ranges;
    }

    private PlanClass ReadClass()
    {
        Start("class");
        string accessibility = ReadToken();
        Require(accessibility is "public" or "internal", "'public' or 'internal'");
        Expect(" ");
        string @namespace = ReadToken();
        Require(@namespace == "-" || @namespace.Split('.').All(CSharpIdentifier.IsName), "a namespace");
        Expect(" ");
        var result = new PlanClass(accessibility, @namespace == "-" ? "" : @namespace, ReadIdentifier());
        End();
        return result;
    }

    private PlanSource ReadSource()
    {
        Start("source");
        string file = ReadString();
        Expect(" sha256=");
        string sha256 = ReadHex();
        Expect(" opset=");
        long opset = ReadNumber();
        string producer = Accept(" producer=") ? ReadString() : "";
        End();
        return new PlanSource(file, sha256, opset, producer);
    }

    private PlanBackend ReadBackend()
    {
        Require(ReadToken() == PlanWriter.OnnxRuntime, $"'{PlanWriter.OnnxRuntime}'");
        End();
        return PlanBackend.OnnxRuntime;
    }

    private PlanCard ReadCard()
    {
        Start("card");
        Expect("parameters=");
        long parameters = ReadNumber();
        Expect(" macs=");
        Dimension multiplyAccumulates = ReadDimension();
        double? sqnr = Accept(" sqnr=") ? ReadDouble(ReadToken()) : null;
        End();
        return new PlanCard(parameters, multiplyAccumulates, sqnr);
    }

    private PlanWeights ReadWeights()
    {
        string resource = ReadString();
        Expect(" length=");
        long length = ReadNumber();
        Expect(" sha256=");
        string sha256 = ReadHex();
        End();
        return new PlanWeights(resource, length, sha256);
    }

    private PlanSlice ReadSlice()
    {
        string symbol = ReadIdentifier();
        Require(_symbols.ContainsKey(symbol), "a symbol of this plan");
        Expect(" bytes=");
        long bytes = ReadNumber();
        End();
        return new PlanSlice(symbol, bytes);
    }

    private PlanTensor ReadTensor()
    {
        Require(ReadNumber() == _tensors.Count, "the next number");
        Expect(" ");
        PlanType type = ReadType();
        Expect(" ");
        EquatableArray<Dimension> shape = ReadList();
        Expect(" ");
        string place = ReadToken();
        int region = place.StartsWith("arena+", StringComparison.Ordinal) ? ToRegion(place.Substring("arena+".Length)) : 0;
        PlanLocation location = (region > 0 ? "arena" : place) switch
        {
            "arena" => PlanLocation.Arena,
            "input" => PlanLocation.Input,
            "output" => PlanLocation.Output,
            _ => throw Error("expected 'arena', 'input' or 'output'"),
        };
        Expect(" ");
        Dimension offset = ReadDimension();
        float? scale = Accept(" scale=") ? ReadFloat(ReadToken()) : null;
        int? zeroPoint = Accept(" zero=") ? ReadInt32() : null;
        Expect(" ");
        string name = ReadString();
        End();
        return new PlanTensor(name, type, shape, location, offset, scale, zeroPoint) { Region = region };
    }

    private PlanConstant ReadConstant()
    {
        Require(ReadNumber() == _constants.Count, "the next number");
        Expect(" ");
        PlanType type = ReadType();
        Expect(" ");
        long length = ReadNumber();
        Expect(" at ");
        long offset = ReadNumber();
        Expect(" format=");
        string format = ReadFormat();
        Expect(" ");
        string name = ReadString();
        End();
        return new PlanConstant(name, type, format, offset, length);
    }

    private List<PlanPort> ReadPorts(string keyword, PlanLocation location, HashSet<string> identifiers)
    {
        var ports = new List<PlanPort>();
        while (TryStart(keyword))
        {
            int tensor = ReadReference('t', _tensors.Count);
            Require(
                _tensors[tensor].Location == location && _tensors[tensor].Offset.Equals(Dimension.Constant(ports.Count)),
                $"a tensor that is {keyword} {ports.Count.ToString(CultureInfo.InvariantCulture)}");
            Expect(" ");
            string identifier = ReadIdentifier();
            Require(identifiers.Add(identifier), "an identifier that no other port has");
            Expect(" ");
            ports.Add(new PlanPort(ReadString(), identifier, tensor));
            End();
        }

        return ports;
    }

    private EquatableArray<PlanStep> ReadSteps(int nesting)
    {
        var steps = new List<PlanStep>();
        while (TryStart("step"))
        {
            steps.Add(ReadStep(nesting));
        }

        return Array(steps);
    }

    private PlanStep ReadStep(int nesting)
    {
        string name = ReadString();
        Expect(" ");
        string description = ReadString();
        End();
        PlanBinding? binding = TryStart("  bind") ? ReadBinding() : null;
        Start("  call");
        PlanCall call = ReadTarget();
        End();
        var arguments = new List<PlanNamedArgument>();
        while (TryStart(" "))
        {
            string parameter = ReadIdentifier();
            Expect(" ");
            arguments.Add(new PlanNamedArgument(parameter, ReadArgument(0)));
            End();
        }

        call = call with { Arguments = Array(arguments) };
        if (call.Target is not (PlanStep.IfTarget or PlanStep.LoopTarget))
        {
            return new PlanStep(name, description, call) { Binding = binding };
        }

        Require(nesting < MaximumNesting && binding is null, "a step that binds nothing and is not nested too deeply");
        CheckControl(call);
        var blocks = new List<PlanBlock>();
        for (int i = 0; i < (call.Target == PlanStep.IfTarget ? 2 : 1); i++)
        {
            Start("block");
            End();
            blocks.Add(new PlanBlock(ReadSteps(nesting + 1)));
        }

        Start("close");
        End();
        return new PlanStep(name, description, call) { Blocks = Array(blocks) };
    }

    /// <summary>What decides whether and how often steps run is one element of the right type.</summary>
    private void CheckControl(PlanCall call)
    {
        string[] names = [.. call.Arguments.Select(a => a.Name)];
        bool isComplete = call.Target == PlanStep.IfTarget
            ? names.SequenceEqual(["condition"])
            : names.Contains("index") && names.Length > 1 && names.Distinct().Count() == names.Length
                && names.All(n => n is "index" or "trips" or "condition");
        Require(isComplete, call.Target == PlanStep.IfTarget ? "a condition" : "an index, and trips or a condition");
        foreach (PlanNamedArgument argument in call.Arguments)
        {
            (PlanType Type, Dimension Length)? operand = argument.Value switch
            {
                TensorArgument { Tensor: int id } => (_tensors[id].Type, _tensors[id].Length),
                ConstantArgument { Constant: int id } when argument.Name != "index" => (_constants[id].Type, _constants[id].Length),
                _ => null,
            };
            bool fits = operand is (PlanType type, Dimension length)
                ? length.Equals(Dimension.One) && type == (argument.Name == "condition" ? PlanType.Bool : PlanType.S64)
                : argument is { Name: "trips", Value: IntegerArgument };
            Require(fits, $"{argument.Name} of one element");
        }
    }

    private PlanBinding ReadBinding()
    {
        int tensor = ReadReference('t', _tensors.Count);
        Require(_tensors[tensor] is { Type: PlanType.S64, Location: not PlanLocation.Input }, "an s64 tensor that steps write");
        Dimension length = _tensors[tensor].Length;
        var symbols = new List<PlanBoundSymbol>();
        do
        {
            Expect(symbols.Count == 0 ? " " : ",");
            string symbol = ReadIdentifier();
            Expect("@");
            int element = ReadInt32();
            Require(element >= 0 && length.IsConstant && element < length.Value, "the index of an element");
            symbols.Add(new PlanBoundSymbol(symbol, element));
        }
        while (Peek() == ',');

        Expect(" arena+");
        int region = ToRegion(ReadName(c => c is >= '0' and <= '9'));
        Expect(" bytes=");
        Dimension bytes = ReadDimension();
        bool keeps = Accept(" kept");
        End();
        return new PlanBinding(tensor, Array(symbols), region, bytes) { Keeps = keeps };
    }

    private int ToRegion(string token)
    {
        bool isRegion = int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int region) && region > 0;
        Require(isRegion, "the number of a region");
        return region;
    }

    private PlanArgument ReadArgument(int nesting)
    {
        if (nesting > MaximumNesting)
        {
            throw Error("calls are nested too deeply");
        }

        if (Peek() == '[')
        {
            return new IntegersArgument(ReadList());
        }

        if (Accept("scratch(") || Accept("scratch+"))
        {
            int region = 0;
            if (_line[_position - 1] == '+')
            {
                region = ToRegion(ReadName(c => c is >= '0' and <= '9'));
                Expect("(");
            }

            Dimension offset = ReadDimension();
            Expect(",");
            Dimension length = ReadDimension();
            Expect(")");
            return new ScratchArgument(offset, length) { Region = region };
        }

        int start = _position;
        string token = ReadToken();
        if (token is "true" or "false")
        {
            return new BooleanArgument(token == "true");
        }

        if (IsReal(token))
        {
            return new FloatArgument(ReadFloat(token));
        }

        _position = start;
        if (IsReference(token, 't'))
        {
            return new TensorArgument(ReadReference('t', _tensors.Count));
        }

        if (IsReference(token, 'c'))
        {
            return new ConstantArgument(ReadReference('c', _constants.Count));
        }

        int open = token.IndexOf('(');
        return open > 0 && IsTarget(WithoutTypes(token.Substring(0, open))) ? ReadCall(nesting) : new IntegerArgument(ReadDimension());
    }

    private PlanCall ReadCall(int nesting)
    {
        PlanCall call = ReadTarget();
        var arguments = new List<PlanNamedArgument>();
        Expect("(");
        while (!Accept(")"))
        {
            if (arguments.Count > 0)
            {
                Expect(", ");
            }

            string parameter = ReadIdentifier();
            Expect("=");
            arguments.Add(new PlanNamedArgument(parameter, ReadArgument(nesting + 1)));
        }

        return call with { Arguments = Array(arguments) };
    }

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

    /// <summary>A tensor in the caller's memory is a port, or a view of one in another shape.</summary>
    private void CheckViews(List<PlanPort> inputs, List<PlanPort> outputs)
    {
        for (int id = 0; id < _tensors.Count; id++)
        {
            PlanTensor tensor = _tensors[id];
            if (tensor.Location == PlanLocation.Arena)
            {
                continue;
            }

            List<PlanPort> ports = tensor.Location == PlanLocation.Input ? inputs : outputs;
            if (!tensor.Offset.IsConstant || tensor.Offset.Value < 0 || tensor.Offset.Value >= ports.Count)
            {
                throw Error($"tensor {id.ToString(CultureInfo.InvariantCulture)} is in a port that does not exist", _tensorLines[id]);
            }

            PlanTensor port = _tensors[ports[(int)tensor.Offset.Value].Tensor];
            if (tensor.Type != port.Type || !(tensor.Length.Equals(port.Length) || IsBound(tensor) || IsBound(port)))
            {
                throw Error(
                    $"tensor {id.ToString(CultureInfo.InvariantCulture)} differs in type or length from the port that it is a view of",
                    _tensorLines[id]);
            }
        }
    }

    /// <summary>Lengths that steps find out are compared at run time.</summary>
    private bool IsBound(PlanTensor tensor) => tensor.Length.Symbols.Any(_bound.Contains);

    /// <summary>
    /// Bound symbols are first bound in their order, each time the same ones together and in one region, and no region is used before that.
    /// </summary>
    private void CheckBindings(List<string> bound, EquatableArray<PlanStep> steps, bool isComplete)
    {
        var regions = new Dictionary<int, PlanBinding>();
        var found = new List<string>();
        foreach (PlanStep step in steps.SelectMany(s => s.WithInner))
        {
            Require(HighestRegion(step.Call) <= regions.Count, "a step that uses regions of earlier steps only");
            if (step.Binding is not PlanBinding binding)
            {
                continue;
            }

            if (regions.TryGetValue(binding.Region, out PlanBinding? first))
            {
                Require(
                    binding.Bytes.Equals(first.Bytes) && binding.Keeps == first.Keeps
                        && binding.Symbols.Select(s => s.Name).SequenceEqual(first.Symbols.Select(s => s.Name), StringComparer.Ordinal),
                    "what the region has been bound to before");
                continue;
            }

            regions.Add(binding.Region, binding);
            Require(binding.Region == regions.Count, "the next region");
            found.AddRange(binding.Symbols.Select(s => s.Name));
        }

        Require(!isComplete || bound.SequenceEqual(found, StringComparer.Ordinal), "steps that bind the bound symbols in their order");
    }

    private int HighestRegion(PlanArgument argument) => argument switch
    {
        TensorArgument tensor => _tensors[tensor.Tensor].Region,
        ScratchArgument scratch => scratch.Region,
        PlanCall call => call.Arguments.Select(a => HighestRegion(a.Value)).DefaultIfEmpty().Max(),
        _ => 0,
    };

    /// <summary>Code cuts what the caller gives and takes into samples.</summary>
    private void CheckSlice(PlanSlice? slice, int line, List<PlanPort> inputs, List<PlanPort> outputs)
    {
        foreach (PlanPort port in slice is null ? [] : inputs.Concat(outputs))
        {
            EquatableArray<Dimension> shape = _tensors[port.Tensor].Shape;
            bool isWhole = inputs.Contains(port) && !shape.Any(d => d.Symbols.Contains(slice!.Symbol));
            if (!isWhole
                && (shape.Count == 0 || !IsSamples(shape[0], slice!.Symbol) || shape.Skip(1).Any(d => d.Symbols.Contains(slice.Symbol))))
            {
                throw Error($"'{port.Name}' cannot be cut along '{slice!.Symbol}'", line);
            }
        }
    }

    private static bool IsSamples(Dimension dimension, string symbol) =>
        dimension.DivideExactly(Dimension.Symbol(symbol)) is Dimension rest && !rest.Symbols.Contains(symbol);

    /// <summary>Code learns what a symbol is from an input's length in that dimension, so there must be one.</summary>
    private void CheckSymbols(List<string> symbols, List<PlanPort> inputs)
    {
        foreach (KeyValuePair<string, int> use in _usedSymbols)
        {
            if (!_symbols.ContainsKey(use.Key))
            {
                throw Error($"'{use.Key}' is not a symbol of this plan", use.Value);
            }
        }

        foreach (string symbol in symbols)
        {
            var dimension = Dimension.Symbol(symbol);
            if (!inputs.Any(i => _tensors[i.Tensor].Shape.Contains(dimension)))
            {
                throw Error($"no input has symbol '{symbol}' as a dimension", _symbols[symbol]);
            }
        }
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

    /// <summary>What is called, without arguments yet.</summary>
    private PlanCall ReadTarget()
    {
        string name = ReadName(c => CSharpIdentifier.IsPart(c) || c == '.');
        Require(IsTarget(name), "a type, or a type and a method");
        var types = new List<PlanType>();
        while (Accept(types.Count == 0 ? "<" : ","))
        {
            types.Add(ToType(ReadName(CSharpIdentifier.IsPart)));
        }

        if (types.Count > 0)
        {
            Expect(">");
        }

        return new PlanCall(name, EquatableArray<PlanNamedArgument>.Empty) { Types = Array(types) };
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

    private static string WithoutTypes(string target) => target.IndexOf('<') is > 0 and int types ? target.Substring(0, types) : target;

    private static bool IsTarget(string text) => text.Split('.') is { Length: 1 or 2 } parts && parts.All(CSharpIdentifier.IsName);

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

    private static EquatableArray<T> Array<T>(List<T> items) => new(items);
}
