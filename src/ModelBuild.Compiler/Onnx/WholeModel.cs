using System.Security.Cryptography;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// A model file whose operators are not looked at: what it takes and gives stands in the file, and it is passed on as it is, for an engine
/// that knows more operators than this compiler.
/// </summary>
internal sealed class WholeModel : IDisposable
{
    private readonly MappedFile _file;
    private readonly ExternalData _external;

    private WholeModel(MappedFile file, ExternalData external, string path, IReadOnlyDictionary<string, DimensionRange> dimensions)
    {
        _file = file;
        _external = external;
        ReadOnlyMemory<byte> bytes = file.Length <= Array.MaxLength ? file.Window(0, (int)file.Length)
            : throw OnnxFormatException.TooLarge("an ONNX file has at most 2 GB. Export the weights as external data");
        ModelMessage model = ModelMessage.Read(bytes);
        GraphMessage graph = model.Graph ?? throw OnnxFormatException.Corrupt("it has no graph");
        ReadPorts(graph, new SymbolTable(dimensions));
        Onnx = new ExternalDataInliner(external).Inline(bytes);
        Source = new PlanSource(
            Path.GetFileName(path), Convert.ToHexStringLower(SHA256.HashData(bytes.Span)), model.Opsets.GetValueOrDefault(Domains.Onnx),
            model.Producer);
        Parameters = graph.Initializers.Where(i => i.Type is not DataType.Int64 and not DataType.Bool && i.Dimensions.Count > 0)
            .Sum(i => i.Dimensions.Aggregate(1L, (count, d) => checked(count * d)));
    }

    /// <summary>Inputs and outputs, with types and shapes, and nothing between them.</summary>
    public Graph Ports { get; } = new();

    /// <summary>The sizes of outputs that no input tells, in the order in which they occur.</summary>
    public IReadOnlyList<string> BoundSymbols { get; private set; } = [];

    /// <summary>The model with all its weights.</summary>
    public WireWriter Onnx { get; }

    /// <summary>The file, for people.</summary>
    public PlanSource Source { get; }

    /// <summary>Number of weights.</summary>
    public long Parameters { get; }

    /// <summary>Full paths of the files of external data, in ordinal order.</summary>
    public IReadOnlyList<string> ExternalFiles => _external.Files;

    /// <exception cref="CompilationException">The file cannot be read, or has ports that a class cannot have.</exception>
    public static WholeModel Open(string path, IReadOnlyDictionary<string, DimensionRange> dimensions) => OnnxImporter.Guard(path, () =>
    {
        var external = new ExternalData(path);
        MappedFile? file = null;
        try
        {
            file = new MappedFile(path);
            return new WholeModel(file, external, path, dimensions);
        }
        catch
        {
            external.Dispose();
            file?.Dispose();
            throw;
        }
    });

    public void Dispose()
    {
        _external.Dispose();
        _file.Dispose();
    }

    private void ReadPorts(GraphMessage graph, SymbolTable symbols)
    {
        symbols.Begin();
        var initializers = new HashSet<string>(graph.Initializers.Select(i => i.Name), StringComparer.Ordinal);
        var values = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (ValueInfoMessage input in graph.Inputs.Where(i => !initializers.Contains(i.Name)))
        {
            Value value = Port(input, (d, i) => symbols.Dimension(d, input.Name, i, mayBeOpen: input.Shape!.Count > 1));
            values[input.Name] = value;
            Ports.Inputs.Add(value);
        }

        foreach (ValueInfoMessage output in graph.Outputs)
        {
            Ports.Outputs.Add(values.GetValueOrDefault(output.Name) ?? Port(output, (d, i) => OutputDimension(d, output.Name, i, symbols)));
        }

        if (Ports.Outputs.Count == 0)
        {
            throw new OnnxFormatException(DiagnosticCodes.MalformedGraph, "it has no output");
        }

        symbols.CheckBindings();
        Ports.Ranges = symbols.Ranges();
        var known = new HashSet<string>(Ports.Inputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols), StringComparer.Ordinal);
        BoundSymbols =
        [
            .. Ports.Outputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols).Where(s => !known.Contains(s))
                .Distinct(StringComparer.Ordinal),
        ];
    }

    /// <summary>A name that an input has too is the same size; all else is found out by the run.</summary>
    private static Dimension OutputDimension(DimensionMessage dimension, string output, int axis, SymbolTable symbols) =>
        dimension.Name.Length == 0 && dimension.Value is null or < 0
            ? symbols.NewSymbol($"{output}_dim{axis}", isPosition: false)
            : symbols.Dimension(dimension, output, axis, mayBeOpen: false);

    private static Value Port(ValueInfoMessage port, Func<DimensionMessage, int, Dimension> dimension)
    {
        string? problem = !port.IsTensor ? "is no tensor"
            : port.ElementType.Size() == 0 || port.ElementType == DataType.BFloat16
                ? $"has elements of type {port.ElementType}, for which a class has none. Cut the model where it makes numbers of them"
            : port.Shape is null ? "has no shape in the file. Have ONNX's shape inference add it, or write its rank into the file"
            : null;
        return problem is null
            ? new Value(port.Name) { Type = port.ElementType, Shape = new Shape([.. port.Shape!.Select(dimension)]) }
            : throw new OnnxFormatException(DiagnosticCodes.UnsupportedFeature, $"'{port.Name}' {problem}");
    }
}
