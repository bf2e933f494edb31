using System.Globalization;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.TestSupport;

namespace ModelBuild.OnnxSuite;

/// <summary>One of ONNX's backend tests: a model, and sets of inputs with the outputs that belong to them.</summary>
/// <param name="Name">The name of its folder.</param>
/// <param name="Folder">Where it is.</param>
internal sealed record SuiteCase(string Name, string Folder)
{
    public string ModelPath => Path.Combine(Folder, "model.onnx");

    public GraphMessage Graph { get; } = ModelMessage.Read(File.ReadAllBytes(Path.Combine(Folder, "model.onnx"))).Graph!;

    /// <summary>The folders of inputs and outputs.</summary>
    public IEnumerable<string> Sets => Directory.GetDirectories(Folder, "test_data_set_*").Order(StringComparer.Ordinal);

    /// <summary>All cases below a folder.</summary>
    public static IEnumerable<SuiteCase> Find(string folder) =>
        Directory.EnumerateFiles(folder, "model.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => Path.GetDirectoryName(f)!)
            .Where(f => Directory.GetDirectories(f, "test_data_set_*").Length > 0)
            .Select(f => new SuiteCase(Path.GetFileName(f), f));

    /// <summary>The inputs of a set, by name.</summary>
    /// <exception cref="NotSupportedException">An input is no tensor.</exception>
    public Dictionary<string, Tensor> Inputs(string set) => Read(set, "input", Graph.Inputs);

    /// <summary>Compares outputs with those of a set; says what differs, or null.</summary>
    public string? Compare(string set, IReadOnlyDictionary<string, Tensor> actual)
    {
        (double relative, double absolute) = Tolerance();
        foreach ((string name, Tensor expected) in Read(set, "output", Graph.Outputs))
        {
            // Cases in bfloat16 are computed in it throughout, and here in float32: a step of it is granted.
            double granted = expected.Type == DataType.BFloat16 ? Math.Max(relative, 1.0 / 128) : relative;
            if (Difference(expected, actual[name], granted, absolute) is { } difference)
            {
                return $"output '{name}' {difference}";
            }
        }

        return null;
    }

    private static string? Difference(Tensor expected, Tensor given, double relative, double absolute)
    {
        // .NET has no bfloat16: classes have float in its place.
        Tensor actual = expected.Type == DataType.BFloat16 && given.Type == DataType.Float32 ? given.ConvertTo(expected.Type) : given;
        if (expected.Type != actual.Type || !expected.Dimensions.SequenceEqual(actual.Dimensions))
        {
            return $"is {actual.Type}{actual.Shape} instead of {expected.Type}{expected.Shape}";
        }

        double[] e = expected.ToDoubles();
        double[] a = actual.ToDoubles();
        for (int i = 0; i < e.Length; i++)
        {
            if (!e[i].Equals(a[i]) && !(Math.Abs(e[i] - a[i]) <= (Math.Abs(e[i]) * relative) + absolute))
            {
                return string.Create(CultureInfo.InvariantCulture, $"is {a[i]} instead of {e[i]} at {i}");
            }
        }

        return null;
    }

    /// <summary>As the case says, or as ONNX's own runner has it.</summary>
    private (double Relative, double Absolute) Tolerance()
    {
        string file = Path.Combine(Folder, "tolerance.txt");
        return File.Exists(file) ? BackendFiles.ReadTolerance(File.ReadAllBytes(file)) : (1e-3, 1e-7);
    }

    private static Dictionary<string, Tensor> Read(string set, string kind, IReadOnlyList<ValueInfoMessage> ports)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        for (int i = 0; i < ports.Count; i++)
        {
            string file = Path.Combine(set, $"{kind}_{i}.pb");
            if (!ports[i].IsTensor)
            {
                throw new NotSupportedException($"{kind} '{ports[i].Name}' is no tensor");
            }

            if (File.Exists(file))
            {
                tensors.Add(ports[i].Name, BackendFiles.ReadTensor(File.ReadAllBytes(file)));
            }
        }

        return tensors;
    }
}
