using System.Runtime.InteropServices;

namespace ModelBuild.Build.Tests.Support;

/// <summary>A test that compiles to native code, and says why where it cannot.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute() => Skip = Reason();

    /// <summary>The SDK asks for clang and lld unless it is told of another pair.</summary>
    public static string[] LinkerProperties => OnPath("clang") ? [] : ["-p:CppCompilerAndLinker=gcc", "-p:LinkerFlavor=bfd"];

    private static string? Reason() =>
        !OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64
            ? "Native compilation is tried on Linux x64 only."
        : OnPath("clang") || OnPath("gcc") ? null
        : "Native compilation needs clang or gcc to link, and neither is installed.";

    private static bool OnPath(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
