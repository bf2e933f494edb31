namespace ModelBuild.Compiler.Tests.Support;

/// <summary>A file that lives as long as a test needs it.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("modelbuild-");

    public TemporaryFile(byte[] content, string name = "model.onnx")
    {
        Path = System.IO.Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(Path, content);
    }

    public string Path { get; }

    public string Folder => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
