using System.Reflection;

namespace Compress;

/// <summary>Where things are.</summary>
internal static class Project
{
    /// <summary>The folder of Compress.csproj.</summary>
    public static string Folder { get; } = typeof(Project).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "ProjectFolder").Value!;

    public static string DigitsFile => Path.Combine(AppContext.BaseDirectory, "data", "mnist-10k.npz");

    public static string NetworkFile => Path.Combine(AppContext.BaseDirectory, "models", "network.onnx.gz");
}
