namespace ModelBuild.Compiler.Onnx;

/// <summary>Where a path leads when all links on the way are followed.</summary>
internal static class RealPath
{
    /// <summary>As many as Linux follows.</summary>
    private const int LinkLimit = 40;

    /// <param name="path">A full path. What does not exist is taken as it stands.</param>
    /// <exception cref="IOException">Links go round in a circle.</exception>
    public static string Of(string path)
    {
        string real = Path.GetPathRoot(path)!;
        var ahead = new Stack<string>();
        Push(path);
        int links = 0;
        while (ahead.TryPop(out string? part))
        {
            string step = Path.Combine(real, part);
            if (new FileInfo(step).LinkTarget is not { } target)
            {
                real = step;
                continue;
            }

            if (++links > LinkLimit)
            {
                throw new IOException($"'{path}' is a link that leads nowhere.");
            }

            target = Path.GetFullPath(target, real);
            real = Path.GetPathRoot(target)!;
            Push(target);
        }

        return real;

        void Push(string full)
        {
            foreach (string part in full[Path.GetPathRoot(full)!.Length..]
                .Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                ahead.Push(part);
            }
        }
    }
}
