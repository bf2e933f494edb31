namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// Debian's user-mode emulator of Arm64: installed, or unpacked by <c>tests/eng/fetch-qemu.sh</c> into <c>artifacts/qemu</c>.
/// </summary>
internal sealed record Arm64Emulator(string Program, string Libraries)
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
        return program is null || libraries is null ? null : new Arm64Emulator(program, libraries);
    }
}
