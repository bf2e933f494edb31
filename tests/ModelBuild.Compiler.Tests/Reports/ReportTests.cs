using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Reports;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Reports;

/// <summary>What is said of a compiled model, and how.</summary>
public sealed class ReportTests : IDisposable
{
    private const int Samples = 20;

    private static readonly float[] s_first = [1, -2, 3, 0.5f, 0.25f, -1, 2, 2, -3, 1, 0, 1.5f];

    private static readonly float[] s_second = [1, -1, 0.5f, 2, -0.75f, 1];

    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Facts_OfTwoProductsInFloat_AreTheClosedForms()
    {
        ModelReport report = Report(ModelMode.Fp32);

        Assert.Equal(("two.onnx", 13, "fp32"), (report.File, report.Opset, report.Mode));
        Assert.Equal((12 + 3 + 6, 4 * (12 + 3 + 6)), (report.Parameters, report.FloatBytes));
        Assert.Equal(
            [("first + relu", 4 * 3d), ("second", 3 * 2d)], report.Layers.Select(l => (l.Name, l.MultiplyAccumulates)));
        Assert.Equal(18, report.MultiplyAccumulates);

        // All that is not the file's header belongs to a layer.
        Assert.Equal(report.Bytes - 64, report.Layers.Sum(l => l.Bytes));
        Assert.Equal([[0], [1]], report.Layers.Select(l => l.ReadsFrom));
        Assert.All(report.Layers, l => Assert.Equal(("float32", "mode fp32"), (l.Numbers, l.Reason)));
        Assert.Empty(report.Activations);
        Assert.Equal([("w1", 1L * s_first.Length), ("w2", s_second.Length)], report.Weights.Select(w => (w.Name, w.Values.Counts.Sum())));
        Assert.Equal((-3d, 3d, 0), (report.Weights[0].Values.Minimum, report.Weights[0].Values.Maximum, report.Weights[0].Scales));
    }

    [Fact]
    public void Facts_OfCodes_AreTheClosedForms()
    {
        ModelReport report = Report(ModelMode.Int8);
        float[] values = Inputs();

        ReportActivation input = report.Activations.Single(a => a.Name == "x");
        float scale = (values.Max() / 255f) - (values.Min() / 255f);
        Assert.Equal(scale, input.Scale);
        Assert.Equal((int)MathF.Round(-values.Min() / scale), input.ZeroPoint);
        Assert.Equal(((double)values.Min(), (double)values.Max()), (input.Values.Minimum, input.Values.Maximum));
        Assert.Equal(values.Length, input.Values.Counts.Sum());
        float[] rounded = Array.ConvertAll(values, Rounded);
        Assert.Equal(Ratio(values, rounded), input.Sqnr!.Value, 1e-3);

        // Sensitivity is found on eight of the samples, spread over all.
        int[] chosen = [.. Enumerable.Range(0, Samples).Where(i => (i + 1) * 8 / Samples > i * 8 / Samples)];
        Assert.Equal(
            Ratio(chosen.SelectMany(i => Outputs(values, i)), chosen.SelectMany(i => Outputs(rounded, i))), input.Sensitivity!.Value, 0.1);

        ReportLayer first = report.Layers.Single(l => l.Name == "first + relu");
        Assert.Equal(("x", input.Sqnr, input.Sensitivity), (first.Activation, first.Sqnr, first.Sensitivity));
        Assert.Equal("int8", first.Numbers);

        // One scale for each output: the largest of all weights is its code 127.
        ReportWeights weights = report.Weights.Single(w => w.Name == "w1");
        Assert.Equal(3, weights.Scales);
        Assert.Equal(-3, weights.Low!.Value, 1e-5);
        Assert.Equal(3, weights.High!.Value, 1e-5);
        Assert.InRange(weights.Sqnr!.Value, 35, 60);

        float Rounded(float value) =>
            (Math.Clamp(MathF.Round(value / scale) + input.ZeroPoint, 0, 255) - input.ZeroPoint) * scale;
    }

    /// <summary>Of 12 weights the six smallest, and of 6 the three smallest; the page says it too.</summary>
    [Fact]
    public void Pruning_IsInThePageAndInTheJson()
    {
        using CompileResult result = ModelCompiler.Compile(Options(ModelMode.Fp32) with
        {
            Pruning = new PruningOptions { Sparsity = 0.5, Exclude = ["w2"] },
        });
        ReportPruning pruning = result.Report!.Pruning!;
        Assert.Equal(("unstructured", "magnitude", 0.5, 0.5), (pruning.Pattern, pruning.Criterion, pruning.Asked, pruning.Reached));
        Assert.Equal(
            [("first", "w1", 6L, null), ("second", "w2", s_second.Count(w => w == 0), "named in SparsityExclude")],
            pruning.Layers.Select(l => (l.Name.Split(' ')[0], l.Weights, l.Zeros, l.Reason)));

        using var page = new MemoryStream();
        result.WriteReport(page);
        Assert.Contains("50.0 % of the weights that take part are zero", Encoding.UTF8.GetString(page.ToArray()), StringComparison.Ordinal);
        using var json = new MemoryStream();
        result.WriteReportJson(json);
        JsonElement layers = JsonDocument.Parse(json.ToArray()).RootElement.GetProperty("pruning").GetProperty("layers");
        Assert.Equal([0.5, 0], layers.EnumerateArray().Select(l => l.GetProperty("sparsity").GetDouble()));
    }

    [Fact]
    public void Reasons_SayWhyALayerIsFloat()
    {
        ModelReport kept = Report(ModelMode.Int8, o => o with { KeepFloat = ["second"] });
        Assert.Equal("named in KeepFloat", kept.Layers.Single(l => l.Name == "second").Reason);

        ModelReport auto = Report(ModelMode.Auto, o => o with { Budget = new QualityBudget(MinSqnr: 60) });
        Assert.Contains(auto.Layers, l => l.Reason.StartsWith("auto keeps '", StringComparison.Ordinal));
        Assert.Contains(auto.Activations, a => a.IsFloat);
        Assert.Equal([("MinSqnr", 60d, true)], auto.Budgets.Select(b => (b.Name, b.Limit, b.IsMet)));
        Assert.Equal(auto.Quality!.Sqnr, auto.Budgets[0].Value);
    }

    [Theory]
    [InlineData(ModelMode.Fp32)]
    [InlineData(ModelMode.Fp16)]
    [InlineData(ModelMode.Int8Weights)]
    [InlineData(ModelMode.Int4Weights)]
    [InlineData(ModelMode.Int8Dynamic)]
    [InlineData(ModelMode.Int8)]
    [InlineData(ModelMode.Auto)]
    public void Page_OfLenetInAnyMode_IsWellFormedAndTheSameTwice(ModelMode mode)
    {
        CompileOptions options = CompiledFile.Options(
            Repository.Sample("models", "lenet.onnx"), mode, [SampleImages.Few]) with { Report = true };
        using CompileResult once = ModelCompiler.Compile(options);
        using CompileResult twice = ModelCompiler.Compile(options);

        byte[] page = Bytes(once.WriteReport);
        Assert.Equal(page, Bytes(twice.WriteReport));
        Assert.Equal(Bytes(once.WriteReportJson), Bytes(twice.WriteReportJson));
        XElement html = Parse(page);
        AssertAccessible(html);
        JsonElement json = JsonDocument.Parse(Bytes(once.WriteReportJson)).RootElement;
        Assert.Equal(mode.Word(), json.GetProperty("mode").GetString());
        Assert.Equal(once.WeightsLength, json.GetProperty("bytes").GetInt64());
        int layers = json.GetProperty("layers").GetArrayLength();
        XElement table = html.Descendants("table").Single(t => (string?)t.Attribute("class") == "sortable");
        XElement drawing = html.Descendants("figure").Single(f => (string?)f.Attribute("class") == "graph");
        Assert.Equal(layers, table.Element("tbody")!.Elements().Count());
        Assert.Equal(layers + 1, drawing.Descendants("circle").Count());
        Assert.Equal(once.Plan, WithoutReport(options));

        static string WithoutReport(CompileOptions options)
        {
            using CompileResult plain = ModelCompiler.Compile(options with { Report = false });
            Assert.False(plain.HasReport);
            Assert.Throws<InvalidOperationException>(() => plain.WriteReport(Stream.Null));
            return plain.Plan;
        }
    }

    /// <summary>Whoever made the model has chosen the names.</summary>
    [Theory]
    [InlineData("</script><script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("&lt;b&gt; & ]]> <!-- ")]
    [InlineData("a\0b\u001b[31m\r\n\u0085")]
    [InlineData("\u202egnp.exe\u2066 \ufffe")]
    [InlineData("https://example.com/x.js")]
    [InlineData("' onload='alert(1)")]
    public void Page_HostileNames_AreText(string name)
    {
        XElement plain = Parse(Page(ModelMode.Int8, "first"));
        byte[] bytes = Page(ModelMode.Int8, name);
        XElement page = Parse(bytes);

        Assert.Equal(
            plain.Descendants().Select(e => e.Name.LocalName), page.Descendants().Select(e => e.Name.LocalName));
        Assert.Equal(
            plain.Descendants().SelectMany(e => e.Attributes()).Select(a => a.Name.LocalName),
            page.Descendants().SelectMany(e => e.Attributes()).Select(a => a.Name.LocalName));
        Assert.Contains(page.Descendants("code"), c => c.Value.StartsWith(HtmlWriter.Clean(name), StringComparison.Ordinal));
        Assert.All(
            page.DescendantsAndSelf().Attributes().Where(a => a.Name == "href"),
            a => Assert.StartsWith("#", a.Value, StringComparison.Ordinal));
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName is "src" or "srcset" or "style");
        Assert.DoesNotContain('\u202e', Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public void Page_LoadsNothing()
    {
        string text = Encoding.UTF8.GetString(Page(ModelMode.Int8, "first"));

        Assert.DoesNotContain("http:", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https:", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("default-src 'none'", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HtmlReport.MostDrawn, true)]
    [InlineData(HtmlReport.MostDrawn + 1, false)]
    public void Page_OfManySteps_LeavesTheDrawingOutAndSaysSo(int count, bool isDrawn)
    {
        ReportLayer[] layers =
        [
            .. Enumerable.Range(1, count).Select(i => new ReportLayer(i, $"n{i}", "Kernel", "What", "float32", "mode fp32")
            {
                ReadsFrom = i % 3 == 0 ? [i - 1, i / 2] : [i - 1],
            }),
        ];
        var report = new ModelReport("m.onnx", "00", string.Empty, 13, "M", "fp32", "1") { Layers = layers };

        XElement page = Parse(Bytes(stream => HtmlReport.Write(stream, report)));

        Assert.Equal(isDrawn ? 1 : 0, page.Descendants("figure").Count(f => (string?)f.Attribute("class") == "graph"));
        Assert.Equal(!isDrawn, page.Value.Contains("The drawing is left out", StringComparison.Ordinal));
        Assert.Equal(count, page.Descendants("tbody").Single().Elements().Count());
    }

    [Fact]
    public void Page_OfModelForOnnxRuntime_HasNoLayers()
    {
        using CompileResult result = ModelCompiler.Compile(Options(ModelMode.Fp16) with { Backend = ModelBackend.OnnxRuntime });

        Assert.Contains("ONNX Runtime runs this model", Parse(Bytes(result.WriteReport)).Value, StringComparison.Ordinal);
        Assert.Empty(result.Report!.Layers);
        Assert.Equal(result.WeightsLength, result.Report.Bytes);
    }

    /// <summary>Steps inside of others count for the one that holds them, and what they make is read from it.</summary>
    [Fact]
    public void Facts_OfControlFlow_AreThoseOfTheWholeStep()
    {
        var g = new OnnxGraph();
        OnnxGraph Branch(string name, float factor) => new OnnxGraph().Constant($"{name}_w", [4, 4], [.. Enumerable.Repeat(factor, 16)])
            .Node("MatMul", ["x", $"{name}_w"], [$"{name}_y"]).Output($"{name}_y", 1, 4);
        byte[] model = g.Input("x", 1, 4).Input("c", DataType.Bool).Output("y", 1, 4)
            .Node("If", "choice", ["c"], ["z"], ("then_branch", Branch("a", 1)), ("else_branch", Branch("b", 2)))
            .Node("Relu", "relu", ["z"], ["y"]).ToModel(13);

        CompileOptions options = CompiledFile.Options(_files.Write("if.onnx", model), ModelMode.Fp32, []) with { Report = true };
        using CompileResult result = ModelCompiler.Compile(options);

        ReportLayer choice = result.Report!.Layers.Single(l => l.Name == "choice");
        Assert.Equal(2 * 16, choice.MultiplyAccumulates);
        Assert.Equal(result.WeightsLength - 64, result.Report.Layers.Sum(l => l.Bytes));
        Assert.Contains(choice.Number, result.Report.Layers.Single(l => l.Name == "relu").ReadsFrom);
        Parse(Bytes(result.WriteReport));
    }

    /// <summary>What a screen reader goes by.</summary>
    private static void AssertAccessible(XElement page)
    {
        Assert.Equal("en", (string?)page.Attribute("lang"));
        Assert.Single(page.Descendants("h1"));
        Assert.All(page.Descendants("table"), t => Assert.NotNull(t.Element("caption")));
        Assert.All(page.Descendants("th"), th => Assert.Contains((string?)th.Attribute("scope"), new[] { "row", "col" }));
        Assert.All(page.Descendants("svg"), svg => Assert.NotEmpty((string?)svg.Attribute("aria-label") ?? string.Empty));
        Assert.All(page.Descendants("figure"), f => Assert.Single(f.Elements("svg")));
        string[] ids = [.. page.Descendants().Attributes("id").Select(a => a.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(page.Descendants().Attributes("aria-labelledby"), a => Assert.Contains(a.Value, ids));
        Assert.All(page.Descendants().Attributes("href"), a => Assert.Contains(a.Value[1..], ids));
    }

    private static XElement Parse(byte[] page) => XDocument.Load(new MemoryStream(page)).Root!;

    private static byte[] Bytes(Action<Stream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    private byte[] Page(ModelMode mode, string name)
    {
        using CompileResult result = ModelCompiler.Compile(Options(mode, name));
        return Bytes(result.WriteReport);
    }

    private ModelReport Report(ModelMode mode, Func<CompileOptions, CompileOptions>? change = null)
    {
        CompileOptions options = Options(mode);
        using CompileResult result = ModelCompiler.Compile(change?.Invoke(options) ?? options);
        return result.Report!;
    }

    private CompileOptions Options(ModelMode mode, string name = "first")
    {
        byte[] model = new OnnxGraph().Input("x", 1, 4).Output("y", 1, 2)
            .Constant("w1", [4, 3], s_first).Constant("b1", [3], [0.5f, -0.25f, 1]).Constant("w2", [3, 2], s_second)
            .Node("Gemm", name, ["x", "w1", "b1"], ["h"]).Node("Relu", "relu", ["h"], ["r"]).Node("MatMul", "second", ["r", "w2"], ["y"])
            .ToModel(13);
        string samples = _files.Write("samples.npy", NumpyFile.Float32([Samples, 4], Inputs()));
        return CompiledFile.Options(_files.Write("two.onnx", model), mode, mode == ModelMode.Fp32 ? [] : [samples]) with
        {
            Recovery = RecoveryMethods.None, Report = true,
        };
    }

    private static float[] Inputs() => [.. Enumerable.Range(0, Samples * 4).Select(i => MathF.Round(MathF.Sin(i) * 1000) / 500)];

    /// <summary>The model in double.</summary>
    private static IEnumerable<double> Outputs(float[] inputs, int sample)
    {
        double[] bias = [0.5, -0.25, 1];
        double[] hidden =
        [
            .. Enumerable.Range(0, 3).Select(j => Math.Max(
                0, bias[j] + Enumerable.Range(0, 4).Sum(i => (double)inputs[(sample * 4) + i] * s_first[(i * 3) + j]))),
        ];
        return Enumerable.Range(0, 2).Select(k => Enumerable.Range(0, 3).Sum(j => hidden[j] * s_second[(j * 2) + k]));
    }

    private static double Ratio(IEnumerable<float> expected, IEnumerable<float> actual) =>
        Ratio(expected.Select(v => (double)v), actual.Select(v => (double)v));

    private static double Ratio(IEnumerable<double> expected, IEnumerable<double> actual)
    {
        (double Signal, double Noise) sum = expected.Zip(actual).Aggregate(
            (0d, 0d), (s, p) => (s.Item1 + (p.First * p.First), s.Item2 + ((p.First - p.Second) * (p.First - p.Second))));
        return 10 * Math.Log10(sum.Signal / sum.Noise);
    }
}
