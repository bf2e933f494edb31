using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>One model, built for several frameworks and by several projects at once.</summary>
public sealed class SharingTests
{
    [Fact]
    public void Build_TwoFrameworksAndTwoProjectsInParallel_AllGetTheSameBytes()
    {
        const string items = """    <QuantizedModel Include="../shared/a.onnx" Mode="int8" Calibration="../shared/*.npy" />""";
        const string program = "public static class Class { public static float[] Use(float[] input) => new App.A().Predict(input).Y; }";

        // The second framework needs nothing that the SDK does not bring.
        var first = new TestProject("First", items, """
            <TargetFrameworks>net10.0;net10.0-windows</TargetFrameworks>
            <EnableWindowsTargeting>true</EnableWindowsTargeting>
            <DisableTransitiveFrameworkReferenceDownloads>true</DisableTransitiveFrameworkReferenceDownloads>
            """);
        string root = Path.GetDirectoryName(first.Folder)!;
        var second = new TestProject("Second", items, folder: root);
        first.Write("Class.cs", program);
        second.Write("Class.cs", program);
        first.Write("../shared/a.onnx", OnnxFile.Dense(new[,] { { 1f, 2 }, { 3, 4 } }, new float[2]));
        first.Write("../shared/1.npy", NumpyFile.Float32([2, 2], [1, 2, 3, 4]));
        first.Write("../All.slnx", """<Solution><Project Path="First/First.csproj" /><Project Path="Second/Second.csproj" /></Solution>""");

        (int exitCode, string output) = DotNet.Run(root, ["build", "All.slnx", "-m:3"]);

        Assert.True(exitCode == 0, output);
        string[] plans = Directory.GetFiles(root, "a.plan", SearchOption.AllDirectories);
        Assert.Equal(3, plans.Length);
        Assert.All(plans, plan => Assert.Equal(File.ReadAllText(plans[0]), File.ReadAllText(plan)));
        Assert.All(plans, plan => Assert.Equal(
            File.ReadAllBytes(Path.ChangeExtension(plans[0], ".weights")), File.ReadAllBytes(Path.ChangeExtension(plan, ".weights"))));
    }
}
