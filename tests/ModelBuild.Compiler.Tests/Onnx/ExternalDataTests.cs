using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Tensors in files beside the model: read where they lie, and nowhere else on the disk.</summary>
public sealed class ExternalDataTests
{
    private static readonly byte[] s_data = MemoryMarshal.AsBytes((ReadOnlySpan<float>)[0, 0, 3, 4, 0]).ToArray();

    [Fact]
    public void Open_ExternalData_IsReadFromTheFolderOfTheModel()
    {
        using var file = new TemporaryFile(Model("sub/data.bin"));
        string data = Write(Path.Combine(file.Folder, "sub"), "data.bin");

        using ImportedModel model = OnnxImporter.Open(file.Path);

        Assert.Equal([3f, 4f], Weights(model));
        Assert.Equal([data], model.ExternalFiles);
    }

    [Fact]
    public void Open_OneFileForSeveralTensors_IsListedOnce()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Add", ["x", "v"], ["a"]));
        graph.Message(1, ModelWriter.Node("Add", ["a", "w"], ["y"]));
        graph.Message(5, ModelWriter.External("v", [2], "data.bin", "0", "8"));
        graph.Message(5, ModelWriter.External("w", [2], "data.bin", "8", "8"));
        graph.Message(5, ModelWriter.External("unread", [2], "unread.bin", "8", "8"));
        ModelWriter.Ports(graph, 2);
        using var file = new TemporaryFile(ModelWriter.Model(graph));
        string data = Write(file.Folder, "data.bin");

        using ImportedModel model = OnnxImporter.Open(file.Path);

        Assert.Equal([data], model.ExternalFiles);
    }

    [Fact]
    public void Open_Constants_AreViewsOfTheFileUntilItIsClosed()
    {
        using var file = new TemporaryFile(Model("data.bin"));
        Write(file.Folder, "data.bin");
        Tensor weights;
        using (ImportedModel model = OnnxImporter.Open(file.Path))
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
    [InlineData("missing.bin", "0", "8")]
    [InlineData("data.bin", "16", "8")]
    [InlineData("data.bin", "0", "9000000000000000000")]
    [InlineData("data.bin", "-1", "8")]
    [InlineData("data.bin", "9223372036854775807", "8")]
    [InlineData("data.bin", "0", "4")]
    [InlineData("data.bin", "x", "8")]
    [InlineData("", "0", "8")]
    [InlineData(".", "0", "8")]
    public void Open_ExternalDataOutOfBounds_IsRefused(string location, string offset, string length)
    {
        using var file = new TemporaryFile(Model(location, offset, length));
        Write(file.Folder, "data.bin");

        Assert.Equal(DiagnosticCodes.ExternalData, CodeOf(file.Path));
    }

    [Fact]
    public void Open_LocationWithoutEnd_IsRefused()
    {
        using var file = new TemporaryFile(Model(string.Concat(Enumerable.Repeat("a/", 1_000_000))));

        Assert.Equal(DiagnosticCodes.ExternalData, CodeOf(file.Path));
    }

    [Theory]
    [InlineData("link.bin", "link.bin", "../secret/data.bin")]
    [InlineData("folder/data.bin", "folder", "../secret")]
    [InlineData("link.bin", "link.bin", "link.bin")]
    public void Open_ExternalDataIsALinkOutOfTheFolder_IsRefused(string location, string link, string target)
    {
        using var root = new TemporaryFile([]);
        Write(Path.Combine(root.Folder, "secret"), "data.bin");
        string folder = Directory.CreateDirectory(Path.Combine(root.Folder, "secre")).FullName;
        string model = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(model, Model(location));
        File.CreateSymbolicLink(Path.Combine(folder, link), target);

        Assert.Equal(DiagnosticCodes.ExternalData, CodeOf(model));
    }

    [Fact]
    public void Open_LinksWithinTheFolder_AreFollowed()
    {
        using var file = new TemporaryFile(Model("link.bin"));
        Write(file.Folder, "data.bin");
        string link = Path.Combine(file.Folder, "link.bin");
        File.CreateSymbolicLink(link, "data.bin");

        using ImportedModel model = OnnxImporter.Open(file.Path);

        Assert.Equal([3f, 4f], Weights(model));
        Assert.Equal([link], model.ExternalFiles);
    }

    /// <summary>As in the caches of download tools: both files are links into one folder of contents.</summary>
    [Fact]
    public void Open_ModelAndDataAreLinksIntoOneFolder_AreFollowed()
    {
        using var root = new TemporaryFile([]);
        string blobs = Directory.CreateDirectory(Path.Combine(root.Folder, "blobs")).FullName;
        File.WriteAllBytes(Path.Combine(blobs, "1234"), Model("model.onnx_data"));
        Write(blobs, "5678");
        string snapshot = Directory.CreateDirectory(Path.Combine(root.Folder, "snapshot")).FullName;
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
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Add", ["x", "w"], ["y"]));
        graph.Message(5, ModelWriter.External("w", [2], location, offset, length));
        ModelWriter.Ports(graph, 2);
        return ModelWriter.Model(graph);
    }

    private static float[] Weights(ImportedModel model) => model.Graph.Nodes[0].Required(1).Constant!.ToFloats();

    private static string CodeOf(string path) =>
        Assert.Single(Assert.Throws<CompilationException>(() => OnnxImporter.Open(path)).Findings).Code;
}
