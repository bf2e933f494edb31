using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>Projects whose weights are stored compressed, all of them, some of them or where it means nothing.</summary>
public sealed class CompressionTests
{
    private const int Size = 96;

    [Fact]
    public void Console_WithCompress_IsSmallerAndPredictsTheSame()
    {
        string[] modes = ["fp32", "fp16", "int8-weights", "int4-weights", "int8-dynamic"];
        string Class(string mode) => "M" + mode.Replace("-", string.Empty, StringComparison.Ordinal);
        var app = new TestProject(
            "Compressed",
            string.Join("\n", modes.Select(mode => $"""
                    <QuantizedModel Include="sparse.onnx" Mode="{mode}" ClassName="{Class(mode)}" Compress="false" />
                    <QuantizedModel Include="sparse.onnx" Mode="{mode}" ClassName="{Class(mode)}Small" />
                """)) + $"""

                    <QuantizedModel Include="sparse.onnx" Mode="fp32" Backend="onnxruntime" ClassName="Foreign" Compress="true" />
                    <PackageReference Include="Microsoft.ML.OnnxRuntime" Version="{OrtSession.Version}" />
                """,
            "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><ModelBuildCompress>true</ModelBuildCompress>");
        var random = new Random(1);
        var weights = new float[Size, Size];
        for (int i = 0; i < Size * Size / 4; i++)
        {
            weights[random.Next(Size), random.Next(Size)] = random.Next(-7, 8) / 8f;
        }

        app.Write("sparse.onnx", OnnxFile.Dense(weights, new float[Size]));
        string calls = string.Join("\n", modes.Select(mode => $"""
            Print(y => new App.{Class(mode)}().Predict(x, y));
            Print(y => new App.{Class(mode)}Small().Predict(x, y));
            """));
        app.Write("Program.cs", $$"""
            float[] x = [.. Enumerable.Range(0, {{Size}}).Select(i => (i - 40) / 7f)];
            {{calls}}

            static void Print(Action<float[]> predict)
            {
                float[] y = new float[{{Size}}];
                predict(y);
                Console.WriteLine(string.Join(' ', y.Select(v => BitConverter.SingleToInt32Bits(v))));
            }
            """);

        BuildResult build = app.Build().Succeeded();
        string[] lines = app.Run("bin/Debug/net10.0/Compressed.dll")
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2 * modes.Length, lines.Length);
        for (int i = 0; i < modes.Length; i++)
        {
            // Codes of integer products have coarser steps in pruned layers: those that are compressed are other numbers.
            if (modes[i] != "int8-dynamic")
            {
                Assert.Equal(lines[2 * i], lines[(2 * i) + 1]);
            }

            Assert.InRange(Bytes(app, $"{Class(modes[i])}Small"), 1, Bytes(app, Class(modes[i])) - 1);
        }

        Assert.Contains("Compress", Assert.Single(build.Warnings, w => w.Code == "MODELB0012").Text, StringComparison.Ordinal);
    }

    private static long Bytes(TestProject app, string name) =>
        new FileInfo(Path.Combine(app.Outputs, name, $"{name}.weights")).Length;
}
