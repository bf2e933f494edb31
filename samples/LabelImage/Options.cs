namespace LabelImage;

/// <summary>What the command line asks for.</summary>
/// <param name="Pictures">Files to look at.</param>
/// <param name="Mode">The class to look with; null for all.</param>
internal sealed record Options(IReadOnlyList<string> Pictures, string? Mode)
{
    public const string Help =
        """
        usage: LabelImage [PICTURE…] [--mode fp32|fp16|int8|int8-dynamic|auto]

        Says what is in pictures, with the five likeliest of ImageNet's thousand classes, and what each mode costs and changes.

          PICTURE…   JPEG, PNG, WebP, GIF or BMP; without any, pictures that come with the program
          --mode     one of the classes that were built from the network, beside fp32; without it, all five
          --help     writes this
        """;

    private static readonly string[] s_modes = ["fp32", "fp16", "int8", "int8-dynamic", "auto"];

    /// <exception cref="FormatException">The command line cannot be understood.</exception>
    public static Options Parse(IReadOnlyList<string> arguments)
    {
        var pictures = new List<string>();
        string? mode = null;
        for (int i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--mode":
                    mode = ++i < arguments.Count ? arguments[i] : throw new FormatException("--mode needs a value.");
                    break;
                case ['-', ..] unknown:
                    throw new FormatException($"There is no option {unknown}.");
                default:
                    pictures.Add(arguments[i]);
                    break;
            }
        }

        if (mode is not null && !s_modes.Contains(mode))
        {
            throw new FormatException($"There is no mode '{mode}': --mode takes {string.Join(", ", s_modes)}.");
        }

        return new Options(
            pictures.Count > 0
                ? pictures
                : [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "pictures")).Order(StringComparer.Ordinal)],
            mode);
    }
}
