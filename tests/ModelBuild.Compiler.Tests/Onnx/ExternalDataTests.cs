using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Tensors in files beside the model: read where they lie, and nowhere else on the disk.</summary>
public sealed class ExternalDataTests
{
    private static readonly byte[] s_data = MemoryMarshal.AsBytes((ReadOnlySpan<float>)[0, 0, 3, 4, 0]).ToArray();

    [Fact]
    public void Open_ExternalData_IsReadFromTheFolderOfTheModel()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", Model("sub/data.bin"));
        string data = Write(Path.Combine(folder.Path, "sub"), "data.bin");

        using ImportedModel model = OnnxImporter.Open(path);

        Assert.Equal([3f, 4f], Weights(model));
        Assert.Equal([data], model.ExternalFiles);
    }

    [Fact]
    public void Open_OneFileForSeveralTensors_IsListedOnce()
    {
        var graph = new OnnxGraph();
        graph.Node("Add", ["x", "v"], ["a"]);
        graph.Node("Add", ["a", "w"], ["y"]);
        graph.External("v", DataType.Float32, [2], ("location", "data.bin"), ("offset", "0"), ("length", "8"));
        graph.External("w", DataType.Float32, [2], ("location", "data.bin"), ("offset", "8"), ("length", "8"));
        graph.External("unread", DataType.Float32, [2], ("location", "unread.bin"), ("offset", "8"), ("length", "8"));
        graph.Input("x", 2).Output("y", "n");
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", graph.ToModel());
        string data = Write(folder.Path, "data.bin");

        using ImportedModel model = OnnxImporter.Open(path);

        Assert.Equal([data], model.ExternalFiles);
    }

    [Fact]
    public void Open_Constants_AreViewsOfTheFileUntilItIsClosed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", Model("data.bin"));
        Write(folder.Path, "data.bin");
        Tensor weights;
        using (ImportedModel model = OnnxImporter.Open(path))
        {
            weights = model.Graph.Nodes[0].Required(1).Constant!;
            Assert.False(MemoryMarshal.TryGetArray(weights.Data, out _));
        }

        Assert.Throws<ObjectDisposedException>(() => weights.ToFloats());
    }

    [Theory]
    [InlineData("../secret.bin", "0", "8")]
    [InlineData("/etc/passwd", "0", "8")]
    [InlineData("a/../../secret.bin", "0", "8")]
    [InlineData("..\\secret.bin", "0", "8")]
    [InlineData("..", "0", "8")]
    [InlineData("data.bin\0", "0", "8")]
    [InlineData("\0", "0", "8")]
    [InlineData("a/..", "0", "8")]
    [InlineData("missing.bin", "0", "8")]
    [InlineData("data.bin", "16", "8")]
    [InlineData("data.bin", "0", "9000000000000000000")]
    [InlineData("data.bin", "-1", "8")]
    [InlineData("data.bin", "9223372036854775807", "8")]
    [InlineData("data.bin", "0", "4")]
    [InlineData("data.bin", "0", "12")]
    [InlineData("data.bin", "x", "8")]
    [InlineData("", "0", "8")]
    [InlineData(".", "0", "8")]
    public void Open_ExternalDataOutOfBounds_IsRefused(string location, string offset, string length)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", Model(location, offset, length));
        Write(folder.Path, "data.bin");

        Assert.Equal(DiagnosticCodes.ExternalData, CodeOf(path));
    }

    [Fact]
    public void Open_LocationWithoutEnd_IsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", Model(string.Concat(Enumerable.Repeat("a/", 1_000_000))));

        Assert.Equal(DiagnosticCodes.ExternalData, CodeOf(path));
    }

    [Theory]
    [InlineData("link.bin", "link.bin", "../secret/data.bin")]
    [InlineData("folder/data.bin", "folder", "../secret")]
    [InlineData("link.bin", "link.bin", "link.bin")]
    public void Open_ExternalDataIsALinkOutOfTheFolder_IsRefused(string location, string link, string target)
    {
        using var root = new TemporaryFolder();
        Write(Path.Combine(root.Path, "secret"), "data.bin");
        string folder = Directory.CreateDirectory(Path.Combine(root.Path, "secre")).FullName;
        string model = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(model, Model(location));
        File.CreateSymbolicLink(Path.Combine(folder, link), target);

        Assert.Equal(DiagnosticCodes.ExternalData, CodeOf(model));
    }

    [Fact]
    public void Open_LinksWithinTheFolder_AreFollowed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", Model("link.bin"));
        Write(folder.Path, "data.bin");
        string link = Path.Combine(folder.Path, "link.bin");
        File.CreateSymbolicLink(link, "data.bin");

        using ImportedModel model = OnnxImporter.Open(path);

        Assert.Equal([3f, 4f], Weights(model));
        Assert.Equal([link], model.ExternalFiles);
    }

    /// <summary>As in the caches of download tools: both files are links into one folder of contents.</summary>
    [Fact]
    public void Open_ModelAndDataAreLinksIntoOneFolder_AreFollowed()
    {
        using var root = new TemporaryFolder();
        string blobs = Directory.CreateDirectory(Path.Combine(root.Path, "blobs")).FullName;
        File.WriteAllBytes(Path.Combine(blobs, "1234"), Model("model.onnx_data"));
        Write(blobs, "5678");
        string snapshot = Directory.CreateDirectory(Path.Combine(root.Path, "snapshot")).FullName;
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.onnx"), "../blobs/1234");
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.onnx_data"), "../blobs/5678");

        using ImportedModel model = OnnxImporter.Open(Path.Combine(snapshot, "model.onnx"));

        Assert.Equal([3f, 4f], Weights(model));
    }

    private static string Write(string folder, string name)
    {
        string path = Path.Combine(Directory.CreateDirectory(folder).FullName, name);
        File.WriteAllBytes(path, s_data);
        return path;
    }

    private static byte[] Model(string location, string offset = "8", string length = "8")
    {
        var graph = new OnnxGraph();
        graph.Node("Add", ["x", "w"], ["y"]);
        graph.External("w", DataType.Float32, [2], ("location", location), ("offset", offset), ("length", length));
        graph.Input("x", 2).Output("y", "n");
        return graph.ToModel();
    }

    private static float[] Weights(ImportedModel model) => model.Graph.Nodes[0].Required(1).Constant!.ToFloats();

    private static string CodeOf(string path) =>
        Assert.Single(Assert.Throws<CompilationException>(() => OnnxImporter.Open(path)).Findings).Code;
}
