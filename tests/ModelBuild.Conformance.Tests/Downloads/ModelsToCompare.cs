using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Downloads;

/// <summary>Calls one of several models by its name.</summary>
internal delegate Dictionary<string, Tensor> Predict(string model, IReadOnlyDictionary<string, Tensor> inputs);

/// <summary>
/// Models from npm as classes, as the files that the compiler writes beside them, and as they are; the last two in ONNX Runtime.
/// </summary>
internal sealed class ModelsToCompare : IDisposable
{
    private readonly ModelMode _mode;
    private readonly GeneratedModels _classes;
    private readonly Dictionary<string, OrtSession> _originals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OrtSession> _written = new(StringComparer.Ordinal);

    public ModelsToCompare(ModelMode mode, params string[] names)
    {
        _mode = mode;
        var results = new List<CompileResult>();
        foreach (string name in names)
        {
            string file = NpmModels.File(name);
            CompileResult result = ModelCompiler.Compile(new CompileOptions
            {
                ModelPath = file, Mode = mode, ClassName = ClassOf(name), ResourceName = $"{ClassOf(name)}.weights",
            });
            results.Add(result);
            _originals.Add(name, new OrtSession(File.ReadAllBytes(file)));
            _written.Add(name, new OrtSession(WrittenModel.Onnx(result)));
        }

        _classes = GeneratedModels.Build(results);
        results.ForEach(r => r.Dispose());
    }

    /// <summary>The name of a model's only input.</summary>
    public string InputOf(string name) => _originals[name].InputNames.Single();

    /// <summary>
    /// Compares what each of the three gives. The class computes what the file beside it says; that file is the model, in fp16 with weights
    /// that were rounded to 16 bits.
    /// </summary>
    /// <remarks>
    /// What rounding costs is noise: the largest of many differences behind steep edges says little of it, and their root mean square much.
    /// </remarks>
    /// <param name="run">Calls the models, several times if need be, and returns what is to be compared.</param>
    public void AssertClose(Func<Predict, Dictionary<string, Tensor>> run)
    {
        Dictionary<string, Tensor> actual = run((name, inputs) => _classes.Predict(ClassOf(name), inputs));
        AssertClose(run((name, inputs) => _written[name].Run(inputs)), actual, 1e-4, 1e-5);
        (double largest, double typical) = _mode == ModelMode.Fp32 ? (1e-4, 1e-5) : (2e-3, 2e-4);
        AssertClose(run((name, inputs) => _originals[name].Run(inputs)), actual, largest, typical);
    }

    public void Dispose()
    {
        foreach (OrtSession session in _originals.Values.Concat(_written.Values))
        {
            session.Dispose();
        }
    }

    private static string ClassOf(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit).Prepend('M'));

    private static void AssertClose(
        Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual, double largest, double typical) =>
        Assert.All(expected, output =>
        {
            Assert.Equal(output.Value.Dimensions, actual[output.Key].Dimensions);
            float[] numbers = output.Value.ToFloats();

            // A probability by itself has no range.
            // A page without text is nearly zero everywhere: its own range is that of rounding.
            double range = Math.Max(numbers.Length < 4 ? 1 : numbers.Max() - numbers.Min(), 0.01);
            double[] differences = [.. numbers.Zip(actual[output.Key].ToFloats(), (e, a) => Math.Abs((double)e - a) / range)];
            Assert.InRange(differences.Max(), 0, largest);
            Assert.InRange(Math.Sqrt(differences.Average(d => d * d)), 0, typical);
        });
}
