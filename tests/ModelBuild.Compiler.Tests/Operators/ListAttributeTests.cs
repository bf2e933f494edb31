using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>Attributes that have a number for each spatial axis.</summary>
public sealed class ListAttributeTests
{
    [Theory]
    [InlineData("Conv", "strides", 1)]
    [InlineData("Conv", "pads", 2)]
    [InlineData("ConvTranspose", "strides", 1)]
    [InlineData("ConvTranspose", "dilations", 3)]
    [InlineData("ConvTranspose", "pads", 2)]
    [InlineData("ConvTranspose", "output_padding", 1)]
    [InlineData("ConvTranspose", "output_shape", 1)]
    [InlineData("MaxUnpool", "kernel_shape", 1)]
    [InlineData("MaxUnpool", "pads", 2)]
    [InlineData("Col2Im", "strides", 3)]
    [InlineData("Col2Im", "pads", 2)]
    [InlineData("DeformConv", "strides", 1)]
    [InlineData("DeformConv", "pads", 2)]
    public void Import_ListThatHasNotANumberForEachAxis_IsRefused(string type, string attribute, int count)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", 1, 4, 4, 4).Output("y");
        switch (type)
        {
            case "MaxUnpool":
                graph.Input("indices", DataType.Int64, 1, 4, 4, 4);
                break;
            case "Col2Im":
                graph.Input("columns", 1, 16, 4).Integers("image", 4, 4).Integers("block", 2, 2);
                break;
            case "DeformConv":
                graph.Input("offsets", 1, 8, 3, 3);
                break;
        }

        string[] inputs = type switch
        {
            "MaxUnpool" => ["x", "indices"],
            "Col2Im" => ["columns", "image", "block"],
            "DeformConv" => ["x", "w", "offsets"],
            _ => ["x", "w"],
        };
        (string, object) list = (attribute, Enumerable.Repeat(1L, count).ToArray());
        (string, object) kernel = ("kernel_shape", new long[] { 2, 2 });
        graph.Constant("w", [4, 4, 2, 2], new float[64]);
        graph.Node(type, inputs, ["y"], type == "MaxUnpool" && attribute != "kernel_shape" ? [list, kernel] : [list]);

        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import(graph.ToModel(19), "model.onnx"));

        Finding finding = Assert.Single(e.Findings);
        Assert.Equal(DiagnosticCodes.MalformedGraph, finding.Code);
        Assert.Contains($"({type})", finding.Message, StringComparison.Ordinal);
    }
}
