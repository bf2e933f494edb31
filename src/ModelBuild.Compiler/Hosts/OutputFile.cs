namespace ModelBuild.Compiler.Hosts;

/// <summary>Files that are either whole or not there, however the program ends and whatever other program writes them too.</summary>
internal static class OutputFile
{
    /// <exception cref="CompilationException">MODELB0018: the file cannot be written.</exception>
    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <param name="write">Writes the content to the stream it is given.</param>
    /// <exception cref="CompilationException">MODELB0018: the file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write) => Try(path, "written", () => Replace(path, write));

    /// <exception cref="CompilationException">MODELB0018: the file cannot be deleted.</exception>
    public static void Delete(string path) => Try(path, "deleted", () => File.Delete(path));

    /// <exception cref="CompilationException">MODELB0018: the folder cannot be deleted, or something in it.</exception>
    public static void DeleteDirectory(string path) => Try(path, "deleted", () => Directory.Delete(path, recursive: true));

    private static void Try(string path, string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                DiagnosticCodes.OutputFailed,
                $"The file '{path}' cannot be {what}: {exception.Message} Make room on the disk, or see to it that the build may write "
                    + "there.",
                path);
        }
    }

    private static void Replace(string path, Action<Stream> write)
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
