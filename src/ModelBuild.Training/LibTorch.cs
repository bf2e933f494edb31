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
        // Before TorchSharp, which takes every failure for a package that is missing, says so at length and copies files about.
        if (TooOld() is { } why)
        {
            return $"LibTorch cannot be loaded: {why}. On Linux it needs glibc 2.38 and the C++ library of GCC 13 (GLIBCXX_3.4.32) or "
                + "newer, as Ubuntu 24.04 and Debian 13 have them: train there, in a container, or with their libraries.";
        }

        try
        {
            using torch.Tensor one = torch.ones(1);
            return null;
        }
        catch (Exception e) when (
            e is TypeInitializationException or NotSupportedException or DllNotFoundException or BadImageFormatException)
        {
            return "LibTorch cannot be loaded: it is not beside the application. Reference TorchSharp-cpu, or the package of libtorch for "
                + "this system, in the version that TorchSharp asks for.";
        }
    }

    /// <summary>What the system's loader says where the C or C++ library lacks something; null where it does not.</summary>
    private static string? TooOld()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        string[] folders =
        [
            .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty)
                .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            AppContext.BaseDirectory,
        ];
        foreach (string file in (string[])["libtorch.so", "libLibTorchSharp.so"])
        {
            if (folders.Select(f => Path.Combine(f, file)).FirstOrDefault(File.Exists) is not { } path)
            {
                continue;
            }

            try
            {
                NativeLibrary.Load(path);
            }
            catch (DllNotFoundException e)
            {
                return e.Message.Split('\n').Select(line => line.Trim())
                    .FirstOrDefault(line => line.Contains("GLIBC", StringComparison.Ordinal))?.TrimEnd('.');
            }
        }

        return null;
    }
}
