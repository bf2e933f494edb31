namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// Debian's user-mode emulator of Arm64: installed, or unpacked by <c>tests/eng/fetch-qemu.sh</c> into <c>artifacts/qemu</c>.
/// </summary>
/// <param name="Program">The emulator.</param>
/// <param name="Libraries">The C library of Arm64, for the emulated program.</param>
/// <param name="OwnLibraries">Libraries for the emulator itself that this system may lack; empty where it is installed.</param>
internal sealed record Arm64Emulator(string Program, string Libraries, string OwnLibraries)
{
    /// <summary>The emulator, or null.</summary>
    public static Arm64Emulator? Find()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        string unpacked = Path.Combine(Repository.Root, "artifacts", "qemu");
        string? program = path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(Path.Combine(unpacked, "usr", "bin"))
            .Select(folder => Path.Combine(folder, "qemu-aarch64"))
            .FirstOrDefault(File.Exists);
        string? libraries = new[] { "/usr/aarch64-linux-gnu", Path.Combine(unpacked, "usr", "aarch64-linux-gnu") }
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "lib", "libstdc++.so.6")));
        string ownLibraries = Path.Combine(unpacked, "usr", "lib");
        return program is null || libraries is null
            ? null
            : new Arm64Emulator(
                program, libraries, string.Join(':', Directory.Exists(ownLibraries) ? Directory.GetDirectories(ownLibraries) : []));
    }
}
