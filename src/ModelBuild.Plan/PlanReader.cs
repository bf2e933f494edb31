using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ModelBuild.Plan;

/// <summary>
/// Reads what <see cref="PlanWriter"/> writes, and nothing else: lines come in one order, ids count up from zero, every name that
/// will stand in code is an identifier, every tensor, constant and symbol that is used exists.
/// </summary>
internal sealed partial class PlanReader
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
        text is "true" or "false" or ThreadsArgument.Word || IsReference(text, 't') || IsReference(text, 'c') || IsReal(text);

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
            Require(least >= 0 && most >= least, "a range of sizes");
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
        string name = ReadString();
        Expect(" length=");
        long length = ReadNumber();
        Expect(" sha256=");
        string sha256 = ReadHex();
        bool isFile = Accept(" file");
        End();
        return new PlanWeights(name, length, sha256, isFile);
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
            string? pixels = Accept(" pixels=") ? ReadToken() : null;
            Require(pixels is null or "rgb" or "gray", "'rgb' or 'gray'");
            PlanCodes? codes = null;
            if (Accept(" scale="))
            {
                float scale = ReadFloat(ReadToken());
                Expect(" zero=");
                codes = new PlanCodes(scale, ReadInt32());
            }

            Expect(" ");
            ports.Add(new PlanPort(ReadString(), identifier, tensor) { Pixels = pixels, Codes = codes });
            End();
        }

        return ports;
    }

    private static EquatableArray<T> Array<T>(List<T> items) => new(items);
}
