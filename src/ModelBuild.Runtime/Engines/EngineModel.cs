using System.ComponentModel;
using System.Reflection;
using System.Security.Cryptography;

namespace ModelBuild.Runtime;

/// <summary>The model that another engine loads, and the checks of what that engine gives.</summary>
/// <remarks>For generated code.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class EngineModel
{
    /// <summary>Reads a model from a resource of an assembly.</summary>
    /// <param name="assembly">The assembly that holds the generated class.</param>
    /// <param name="resource">The name of the resource.</param>
    /// <param name="length">Its length in bytes, as the build wrote it.</param>
    /// <param name="sha256">Its SHA-256 in hexadecimal digits, as the build wrote it.</param>
    /// <returns>The file.</returns>
    /// <exception cref="InvalidDataException">The resource is missing, damaged, or not the one that belongs to the class.</exception>
    public static byte[] Read(Assembly assembly, string resource, long length, string sha256)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(sha256);
        using Stream stream = assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidDataException($"The assembly '{assembly.GetName().Name}' has no resource '{resource}'.");
        return stream.Length == length ? Read(stream, sha256, resource) : throw new InvalidDataException(
            $"The resource '{resource}' has {stream.Length} bytes; the class was generated for {length}. Rebuild the project.");
    }

    /// <summary>Reads a model from a file beside an assembly.</summary>
    /// <param name="assembly">The assembly that holds the generated class.</param>
    /// <param name="file">The name of the file, which is in the assembly's folder or in that of the application.</param>
    /// <param name="length">Its length in bytes, as the build wrote it.</param>
    /// <param name="sha256">Its SHA-256 in hexadecimal digits, as the build wrote it.</param>
    /// <returns>The file.</returns>
    /// <exception cref="FileNotFoundException">The file is missing.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or not the one that belongs to the class.</exception>
    public static byte[] ReadFile(Assembly assembly, string file, long length, string sha256)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(sha256);
        using FileStream stream = FileBesideAssembly.Open(assembly, file, length);
        return Read(stream, sha256, stream.Name);
    }

    /// <summary>A size that an output tells.</summary>
    /// <param name="shape">Of the output.</param>
    /// <param name="rank">How many dimensions it should have.</param>
    /// <param name="axis">The dimension that tells the size.</param>
    /// <param name="rest">What is added to the size there.</param>
    /// <param name="factor">How often the size is in it.</param>
    /// <param name="name">The output.</param>
    /// <returns>The size.</returns>
    /// <exception cref="InvalidDataException">The output has another shape than the model declares.</exception>
    public static int Size(long[] shape, int rank, int axis, long rest, long factor, string name)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long whole = shape.Length == rank ? shape[axis] - rest : -1;
        return whole >= 0 && whole % factor == 0 && whole / factor <= int.MaxValue
            ? (int)(whole / factor)
            : throw Unexpected(shape, name);
    }

    /// <summary>Checks the shape of an output.</summary>
    /// <param name="shape">What the engine has made.</param>
    /// <param name="expected">What the model declares.</param>
    /// <param name="name">The output.</param>
    /// <exception cref="InvalidDataException">They differ.</exception>
    public static void CheckShape(long[] shape, long[] expected, string name)
    {
        if (!shape.AsSpan().SequenceEqual(expected))
        {
            throw Unexpected(shape, name);
        }
    }

    /// <summary>Says what to do where an engine's native library cannot be loaded.</summary>
    /// <param name="reason">What the engine threw.</param>
    /// <returns>An exception to throw.</returns>
    public static InvalidOperationException NativeLibraryMissing(Exception reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new InvalidOperationException(
            "The native library of ONNX Runtime cannot be loaded. The application has to reference the package Microsoft.ML.OnnxRuntime "
                + "(or one of its kind, such as Microsoft.ML.OnnxRuntime.Gpu) in the version of Microsoft.ML.OnnxRuntime.Managed, and to "
                + $"run on a platform that the package has a library for. {(reason.InnerException ?? reason).Message}",
            reason);
    }

    private static byte[] Read(Stream stream, string sha256, string name)
    {
        byte[] file = GC.AllocateUninitializedArray<byte>(checked((int)stream.Length));
        stream.ReadExactly(file);
        string hash = Convert.ToHexStringLower(SHA256.HashData(file));
        return hash.Equals(sha256, StringComparison.OrdinalIgnoreCase) ? file : throw new InvalidDataException(
            $"'{name}' has the hash {hash}; the class was generated for {sha256}. Rebuild the project.");
    }

    private static InvalidDataException Unexpected(long[] shape, string name) => new(
        $"Output '{name}' has come out with the shape [{string.Join(", ", shape)}], which is not what the model declares.");
}
