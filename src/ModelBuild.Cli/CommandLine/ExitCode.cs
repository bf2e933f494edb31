namespace ModelBuild.Cli.CommandLine;

/// <summary>What the program says to what called it.</summary>
internal static class ExitCode
{
    /// <summary>It did what was asked.</summary>
    public const int Done = 0;

    /// <summary>A model or other files do not allow it; errors say why.</summary>
    public const int Data = 1;

    /// <summary>The command line cannot be understood; no file was looked at.</summary>
    public const int CommandLine = 2;

    /// <summary>Ctrl+C, as shells number it: 128 and the signal.</summary>
    public const int Cancelled = 130;
}
