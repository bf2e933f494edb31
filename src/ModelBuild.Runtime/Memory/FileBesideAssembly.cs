using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace ModelBuild.Runtime;

/// <summary>A file that the build puts beside the assembly of a generated class, as it does with the assembly itself.</summary>
internal static class FileBesideAssembly
{
    /// <summary>Opens the file, which has been found to be as long as it should be.</summary>
    /// <param name="assembly">The assembly that holds the generated class.</param>
    /// <param name="name">Of the file, without a folder.</param>
    /// <param name="length">In bytes, as the build wrote it.</param>
    /// <exception cref="FileNotFoundException">It is in none of the folders where it could be.</exception>
    /// <exception cref="InvalidDataException">It has another length.</exception>
    public static FileStream Open(Assembly assembly, string name, long length)
    {
        string path = Path.Combine(FolderOf(assembly) ?? AppContext.BaseDirectory, name);
        if (!File.Exists(path))
        {
            // An application may load assemblies from memory, or from folders that have nothing else.
            string other = Path.Combine(AppContext.BaseDirectory, name);
            path = File.Exists(other) ? other : throw new FileNotFoundException(
                $"The file '{path}' is missing, which a class in the assembly '{assembly.GetName().Name}' reads. The build puts it beside "
                    + "the assembly: deploy it with the application.",
                path);
        }

        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.None);
        if (file.Length == length)
        {
            return file;
        }

        long found = file.Length;
        file.Dispose();
        throw new InvalidDataException($"'{path}' has {found} bytes; the class was generated for {length}. Rebuild the project.");
    }

    /// <summary>Null where assemblies are no files.</summary>
    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "What it is then, is what is asked.")]
    private static string? FolderOf(Assembly assembly) =>
        assembly.Location.Length == 0 ? null : Path.GetDirectoryName(assembly.Location);
}
