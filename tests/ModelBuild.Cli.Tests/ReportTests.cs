using System.Text.Json;
using System.Xml.Linq;
using ModelBuild.Cli.Tests.Support;
using ModelBuild.Compiler;

namespace ModelBuild.Cli.Tests;

/// <summary><c>report</c>: the page of a build, and what a build cannot say.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>One scale for each output of a matrix product: the largest of all weights is its code 127.</summary>
    [Fact]
    public async Task Report_Int8Dynamic_KnowsTheRangesOfAllWeights()
    {
        string page = Path.Combine(_files.Path, "page.html");

        await ToolCall.Succeed("report", Models.Lenet, "-m", "int8-dynamic", "-o", page);

        JsonElement[] weights = [.. JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(page, ".json"))).RootElement
            .GetProperty("weights").EnumerateArray()];
        Assert.Equal(4, weights.Length);
        Assert.All(weights, w => Assert.Equal(w.GetProperty("shape")[0].GetInt32(), w.GetProperty("scales").GetInt32()));
        Assert.All(weights, w => Assert.InRange(w.GetProperty("sqnr").GetDouble(), 35, 60));
        Assert.All(weights.Where(w => w.GetProperty("node").GetString()!.EndsWith("Gemm", StringComparison.Ordinal)), w =>
        {
            JsonElement values = w.GetProperty("values");
            double largest = Math.Max(-values.GetProperty("minimum").GetDouble(), values.GetProperty("maximum").GetDouble());
            Assert.Equal(largest, w.GetProperty("high").GetDouble(), 1e-5);
            Assert.Equal(-largest, w.GetProperty("low").GetDouble(), 1e-5);
        });
    }

    /// <summary>A report is wanted most where something is missed.</summary>
    [Theory]
    [InlineData("report", "-o", "--max-bytes", "1000")]
    [InlineData("quantize", "--report", "--min-sqnr", "199")]
    public async Task Report_BudgetMissed_IsWrittenAllTheSame(string command, string pageOption, string option, string limit)
    {
        string page = Path.Combine(_files.Path, "page.html");
        string[] output = command == "quantize" ? ["-o", Path.Combine(_files.Path, "q.onnx")] : [];

        await ToolCall.Fail(
            1, "MODELB2013", $"The report is in '{page}'.",
            [command, Models.Lenet, "-m", "fp16", "-c", Models.Calibration, option, limit, pageOption, page, .. output]);

        JsonElement report = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(page, ".json"))).RootElement;
        JsonElement budget = Assert.Single(report.GetProperty("budgets").EnumerateArray());
        Assert.False(budget.GetProperty("isMet").GetBoolean());
        Assert.True(File.Exists(page));
        Assert.Equal(2, Directory.GetFiles(_files.Path).Length);
    }

    [Fact]
    public async Task Report_Int8_WritesWhatABuildWrites()
    {
        ToolCall call = await ToolCall.Succeed(
            "report", Models.Lenet, "--mode", "int8", "--calibration", Models.Calibration, "--output", InFolder("page.html"));

        using CompileResult build = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = Models.Lenet,
            Mode = ModelMode.Int8,
            CalibrationFiles = [SampleImages.All],
            ClassName = "Lenet",
            ResourceName = "Lenet.weights",
            Report = true,
        });
        Assert.Equal(Bytes(build.WriteReport), File.ReadAllBytes(InFolder("page.html")));
        Assert.Equal(Bytes(build.WriteReportJson), File.ReadAllBytes(InFolder("page.json")));
        Assert.Contains("page.html", call.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["page.html", "page.json"],
            Directory.GetFiles(_files.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("fp16")]
    public async Task Report_Latency_IsInPageAndJson(string mode)
    {
        await ToolCall.Succeed(
            "report", Models.Lenet, "--mode", mode, "--output", InFolder("page.html"), "--latency", "--seconds", "0.1", "--warmup", "0");

        JsonElement latency = JsonDocument.Parse(File.ReadAllBytes(InFolder("page.json"))).RootElement.GetProperty("latency");
        double median = latency.GetProperty("median").GetDouble();
        Assert.True(median > 0);
        Assert.True(latency.GetProperty("percentile99").GetDouble() >= median);
        Assert.Equal(mode == "fp32", latency.GetProperty("fp32Median").GetDouble() == median);
        Assert.Contains(
            XDocument.Load(InFolder("page.html")).Descendants("table"), t => t.Element("caption")!.Value == "Microseconds per call");
    }

    [Fact]
    public async Task Report_WithoutOutput_IsNamedAfterTheClassInTheCurrentFolder()
    {
        string model = InFolder("report-of-lenet.onnx");
        File.Copy(Models.Lenet, model);

        ToolCall call = await ToolCall.Succeed("report", model, "--mode", "fp32");

        Assert.Contains("ReportOfLenet.json", call.Output, StringComparison.Ordinal);
        Assert.All(
            (string[])["ReportOfLenet.html", "ReportOfLenet.json"],
            file =>
            {
                Assert.True(File.Exists(file));
                File.Delete(file);
            });
    }

    private string InFolder(string name) => Path.Combine(_files.Path, name);

    private static byte[] Bytes(Action<Stream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
