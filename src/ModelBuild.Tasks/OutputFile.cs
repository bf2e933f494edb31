namespace ModelBuild.Tasks;

/// <summary>Files that are either whole or not there, however the build ends.</summary>
internal static class OutputFile
{
    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <param name="write">Writes the content to the stream it is given.</param>
    public static void Write(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = path + ".tmp";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
