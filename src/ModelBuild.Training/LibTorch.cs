using System.Runtime.InteropServices;
using ModelBuild.Compiler;
using TorchSharp;

namespace ModelBuild.Training;

/// <summary>Whether LibTorch, which computes, is there and fits the machine. Any thread may ask.</summary>
public static class LibTorch
{
    private static readonly Lazy<string?> s_reason = new(Try);

    /// <summary>Loads LibTorch, once.</summary>
    /// <exception cref="CompilationException">MODELB4018: it cannot be loaded, with the reason and the way out.</exception>
    public static void Load()
    {
        if (s_reason.Value is { } reason)
        {
            throw new CompilationException(DiagnosticCodes.LibTorchMissing, reason);
        }
    }

    private static string? Try()
    {
        try
        {
            using torch.Tensor one = torch.ones(1);
            return null;
        }
        catch (Exception e) when (e is TypeInitializationException or NotSupportedException or DllNotFoundException or BadImageFormatException)
        {
            return Reason();
        }
    }

    /// <summary>TorchSharp takes every failure for a package that is missing; the system's loader says what it is.</summary>
    private static string Reason()
    {
        string library = OperatingSystem.IsWindows() ? "LibTorchSharp.dll"
            : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";
        string[] folders =
        [
            .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty)
                .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            AppContext.BaseDirectory,
        ];
        if (folders.Select(f => Path.Combine(f, library)).FirstOrDefault(File.Exists) is not { } file)
        {
            return $"Training needs '{library}' of LibTorch, and there is none beside the application. Reference TorchSharp-cpu, or the "
                + "package of libtorch for this system, in the version that TorchSharp asks for.";
        }

        try
        {
            NativeLibrary.Load(file);
            return $"'{file}' was found, and LibTorch beside it cannot be used. Reference TorchSharp-cpu, or the package of libtorch for "
                + "this system, in the version that TorchSharp asks for.";
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            string why = e.Message.Split('\n').Select(line => line.Trim())
                .FirstOrDefault(line => line.Contains("GLIBC", StringComparison.Ordinal), e.Message.Split('\n')[0].Trim()).TrimEnd('.');
            return $"LibTorch cannot be loaded: {why}. " + (why.Contains("GLIBC", StringComparison.Ordinal)
                ? "On Linux it needs glibc 2.38 and the C++ library of GCC 13 (GLIBCXX_3.4.32) or newer, as Ubuntu 24.04 and Debian 13 have "
                    + "them: train there, in a container, or with their libraries."
                : "Reference TorchSharp-cpu, or the package of libtorch for this system, in the version that TorchSharp asks for.");
        }
    }
}
