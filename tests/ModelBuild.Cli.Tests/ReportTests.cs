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

    [Fact]
    public async Task Report_Int8_WritesWhatABuildWrites()
    {
        ToolCall call = await ToolCall.Succeed(
            "report", Models.Lenet, "--mode", "int8", "--calibration", Models.Calibration, "--output", InFolder("page.html"));

        using CompileResult build = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = Models.Lenet,
            Mode = ModelMode.Int8,
            CalibrationFiles = [Repository.Sample("calibration", "images.npz")],
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

    [Fact]
    public async Task Report_BudgetMissed_WritesNothing()
    {
        await ToolCall.Fail(
            1, DiagnosticCodes.BudgetMissed, "MaxBytes is 1,000", "report", Models.Lenet, "--mode", "fp32", "--max-bytes", "1000",
            "--output",
            InFolder("page.html"));

        Assert.Empty(Directory.GetFiles(_files.Path));
    }

    private string InFolder(string name) => Path.Combine(_files.Path, name);

    private static byte[] Bytes(Action<Stream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
