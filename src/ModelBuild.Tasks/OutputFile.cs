namespace ModelBuild.Tasks;

/// <summary>Files that are either whole or not there, however the build ends and whatever other build writes them too.</summary>
internal static class OutputFile
{
    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <param name="write">Writes the content to the stream it is given.</param>
    public static void Write(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            // Still there only if something went wrong.
            File.Delete(temporary);
        }
    }
}
