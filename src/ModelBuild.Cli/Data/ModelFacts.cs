using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Messages;

namespace ModelBuild.Cli.Data;

/// <summary>What a model file says, whether or not the compiler can do anything with it.</summary>
internal sealed class ModelFacts
{
    /// <summary>Bodies of bodies: deeper than any model.</summary>
    private const int DepthLimit = 64;

    private readonly SortedDictionary<string, int> _operators = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _external = new(StringComparer.Ordinal);

    private ModelFacts(ModelMessage model, GraphMessage graph, string path)
    {
        var constants = graph.Initializers.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        Inputs = [.. graph.Inputs.Where(input => !constants.Contains(input.Name)).Select(PortReport.Of)];
        Outputs = [.. graph.Outputs.Select(PortReport.Of)];
        Count(graph, 0);
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        File = new FileReport(
            new FileInfo(path).Length,
            _external.Select(name => new FileInfo(Path.Combine(folder ?? string.Empty, name))).Where(f => f.Exists).Sum(f => f.Length),
            model.Opsets.TryGetValue(Domains.Onnx, out long opset) ? opset : null,
            model.Opsets.Where(o => o.Key != Domains.Onnx).ToDictionary(o => o.Key, o => o.Value),
            model.IrVersion,
            model.Producer,
            _operators.Values.Sum());
    }

    public FileReport File { get; }

    public PortReport[] Inputs { get; }

    public PortReport[] Outputs { get; }

    /// <summary>Names of the dimensions that inputs leave open behind the leading one, as <c>--dimension</c> takes them.</summary>
    public IEnumerable<string> InnerDimensions => Inputs
        .SelectMany(input => (input.Shape ?? []).Select((dimension, axis) => (input.Name, Dimension: dimension as string, Axis: axis)))
        .Where(d => d.Axis > 0 && d.Dimension is not null)
        .Select(d => d.Dimension == PortReport.Unnamed ? FormattableString.Invariant($"{d.Name}_dim{d.Axis}") : d.Dimension!)
        .Distinct(StringComparer.Ordinal);

    /// <summary>Number of weights: constants that are no indices and no scalars.</summary>
    public long Parameters { get; private set; }

    /// <summary>By falling number.</summary>
    public OperatorReport[] Operators =>
    [
        .. _operators.Select(o => new OperatorReport(o.Key, o.Value))
            .OrderByDescending(o => o.Count).ThenBy(o => o.Operator, StringComparer.Ordinal),
    ];

    /// <summary>How it is quantized, as far as its operators tell.</summary>
    public QuantizationReport Quantization
    {
        get
        {
            int quantize = _operators.GetValueOrDefault("QuantizeLinear");
            int dequantize = _operators.GetValueOrDefault("DequantizeLinear");
            string form = _operators.ContainsKey("DynamicQuantizeLinear") ? "dynamic"
                : _operators.Keys.Any(IsIntegerOperator) ? "QOperator"
                : quantize + dequantize > 0 ? "QDQ"
                : "none";
            return new QuantizationReport(form, quantize, dequantize, null, null, null, null);
        }
    }

    /// <summary>The mode in which the model is computed as it is. Codes of weights alone ask for no integers.</summary>
    public ModelMode Mode =>
        Quantization is { Form: "QOperator" } or { Form: "QDQ", QuantizeLinear: > 0 } ? ModelMode.Int8 : ModelMode.Fp32;

    /// <summary>Reads the file without its weights; null where it cannot be read, which the compiler says better.</summary>
    public static ModelFacts? Read(string path)
    {
        try
        {
            using var file = new MappedFile(path);
            ModelMessage model = ModelMessage.Read(file.Window(0, checked((int)file.Length)));
            return model.Graph is { } graph ? new ModelFacts(model, graph, path) : null;
        }
        catch (Exception e) when (e is OnnxFormatException or IOException or UnauthorizedAccessException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Operators of models that were quantized in QOperator form.</summary>
    private static bool IsIntegerOperator(string type) =>
        type.Contains("QLinear", StringComparison.Ordinal) || type.EndsWith("Integer", StringComparison.Ordinal)
        || type is "com.microsoft.QGemm";

    private void Count(GraphMessage graph, int depth)
    {
        graph.Initializers.ForEach(Add);
        foreach (NodeMessage node in graph.Nodes)
        {
            string type = node.Domain.Length == 0 ? node.Type : $"{node.Domain}.{node.Type}";
            _operators[type] = _operators.GetValueOrDefault(type) + 1;
            foreach (AttributeMessage attribute in node.Attributes)
            {
                if (attribute.Graph is { } body && depth < DepthLimit)
                {
                    Count(body, depth + 1);
                }

                if (attribute.Tensor is { } tensor && type == "Constant")
                {
                    Add(tensor);
                }
            }
        }
    }

    private void Add(TensorMessage tensor)
    {
        if (tensor.External?.GetValueOrDefault("location") is { Length: > 0 } location && !Path.IsPathRooted(location)
            && !location.Split('/', '\\').Contains("..") && !location.Contains('\0'))
        {
            _external.Add(location);
        }

        if (tensor.Type is not DataType.Int64 and not DataType.Bool && tensor.Dimensions.Count > 0)
        {
            // Nothing is read by these numbers: what a hostile file says may wrap around.
            Parameters = unchecked(Parameters + tensor.Dimensions.Aggregate(1L, (product, d) => unchecked(product * d)));
        }
    }
}
