namespace ModelBuild.Browser.Tests;

/// <summary>A test in Chromium, as Debian installs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    private static readonly string[] s_paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    public BrowserFactAttribute() => Skip = Path is null ? $"There is no browser: {string.Join(", ", s_paths)}." : null;

    /// <summary>The browser; null where there is none.</summary>
    public static string? Path { get; } = Array.Find(s_paths, File.Exists);
}
