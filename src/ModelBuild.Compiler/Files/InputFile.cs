namespace ModelBuild.Compiler.Files;

/// <summary>Why files cannot be read, in words that a user can do something with.</summary>
internal static class InputFile
{
    /// <summary>What is wrong with a symbolic link and what to do about it, to follow "it is"; null for all else.</summary>
    /// <param name="path">Of a file that need not be there.</param>
    public static string? BrokenLink(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true) is not { Exists: false } target || CanBeOpened(path) ? null
                : $"a symbolic link to '{target.FullName}', which does not exist. Fetch that file or correct the link.";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
        catch (IOException)
        {
            return "a symbolic link that leads back to itself. Correct the link.";
        }
    }

    /// <summary>What the system says, and what a user can do about it.</summary>
    /// <param name="path">Of a file that cannot be opened.</param>
    /// <param name="exception">Why.</param>
    public static string Explain(string path, Exception exception) =>
        Directory.Exists(path) ? "it is a folder. Name a file in it."
            : exception is IOException && BrokenLink(path) is { } link ? $"it is {link}"
            : $"{exception.Message.TrimEnd('.')}. {WayOut(exception)}.";

    /// <summary>Links in /proc lead to pipes and to files without a name, which have no place and can be opened all the same.</summary>
    private static bool CanBeOpened(string path)
    {
        try
        {
            File.OpenHandle(path).Dispose();
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static string WayOut(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "See to it that whoever runs this may read it",
        FileNotFoundException or DirectoryNotFoundException or PathTooLongException or not IOException => "Correct the path",
        _ => "See to it that it can be read, and that no other program holds it",
    };
}
