namespace ModelBuild.Compiler.Files;

/// <summary>Files that are either whole or not there, however the program ends and whatever other program writes them too.</summary>
internal static class OutputFile
{
    /// <summary>How systems number that a disk or somebody's part of it is full: Linux, macOS and Windows.</summary>
    private static readonly int[] s_noRoom = [28, 69, 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <exception cref="CompilationException">MODELB0018: the file cannot be written.</exception>
    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <param name="write">Writes the content to the stream it is given.</param>
    /// <exception cref="CompilationException">MODELB0018: the file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write) => Try(path, "written", () => Replace(path, write));

    /// <exception cref="CompilationException">MODELB0018: the file cannot be deleted.</exception>
    public static void Delete(string path) => Try(path, "deleted", () => File.Delete(path));

    /// <exception cref="CompilationException">MODELB0018: the folder cannot be deleted, or something in it.</exception>
    public static void DeleteDirectory(string path) => Try(path, "deleted", () => Directory.Delete(path, recursive: true));

    /// <summary>What the system says, and what a user can do about it.</summary>
    /// <param name="path">Of a file that cannot be written or deleted.</param>
    /// <param name="exception">Why.</param>
    public static string Explain(string path, Exception exception)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            return "it is a folder. Name a file in it, or another one.";
        }

        string? folder = Path.GetDirectoryName(full);
        while (folder is not null && !Directory.Exists(folder))
        {
            if (File.Exists(folder))
            {
                return $"'{folder}' is a file, and no folder. Name a folder.";
            }

            folder = Path.GetDirectoryName(folder);
        }

        string wayOut = folder is null ? $"There is no '{Path.GetPathRoot(full)}' here: name another place"
            : s_noRoom.Contains(exception.HResult) ? "Make room on the disk, or name another place"
            : exception is PathTooLongException ? "Name it more shortly"
            : $"See to it that whoever runs this may write into the folder '{folder}' and that no other program holds the file, or name "
                + "another place";
        return $"{exception.Message.TrimEnd('.')}. {wayOut}.";
    }

    /// <summary>
    /// The full path of what is written to in the end: links of files and folders are followed, whether or not they lead anywhere.
    /// </summary>
    /// <exception cref="IOException">They lead in a circle.</exception>
    public static string Target(string path)
    {
        string full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } folder)
        {
            return full;
        }

        full = Path.Combine(Target(folder), Path.GetFileName(full));
        return new FileInfo(full).LinkTarget is null ? full
            : Target(File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName);
    }

    private static void Try(string path, string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                DiagnosticCodes.OutputFailed, $"The file '{path}' cannot be {what}: {Explain(path, exception)}", path);
        }
    }

    private static void Replace(string path, Action<Stream> write)
    {
        if (IsDevice(path))
        {
            using var device = new FileStream(path, FileMode.Open, FileAccess.Write);
            write(device);
            return;
        }

        // Who has put a link there wants the file that it leads to.
        path = Target(path);
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

    /// <summary>Pipes, and files that swallow what they get, links to them too: they stay what they are.</summary>
    /// <param name="path">Of a file that need not be there.</param>
    internal static bool IsDevice(string path)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path))
        {
            return false;
        }

        // What is in /dev may itself be a link, to what only this process has: all stations of the way count, not its end.
        string? station = Path.GetFullPath(path);
        while (station is not null && !IsInDevices(station))
        {
            string folder = Target(Path.GetDirectoryName(station)!);
            station = Path.Combine(folder, Path.GetFileName(station));
            if (!IsInDevices(station))
            {
                station = new FileInfo(station).LinkTarget is { } target ? Path.GetFullPath(target, folder) : null;
            }
        }

        return station is not null;
    }

    private static bool IsInDevices(string path) => path.StartsWith("/dev/", StringComparison.Ordinal)
        && !path.StartsWith("/dev/shm/", StringComparison.Ordinal);
}
