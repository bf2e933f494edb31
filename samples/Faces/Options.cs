namespace Faces;

/// <summary>What the command line asks for.</summary>
/// <param name="Pictures">Files to look at.</param>
/// <param name="Modes">The classes to look with.</param>
/// <param name="Output">The folder to write to; null for that of each picture.</param>
internal sealed record Options(IReadOnlyList<string> Pictures, IReadOnlyList<string> Modes, string? Output)
{
    public const string Help =
        """
        usage: Faces [PICTURE…] [--mode fp32|fp16|int8] [--output FOLDER]

        Finds faces in pictures, prints their scores and boxes, and writes NAME.faces.png with the faces drawn in.

          PICTURE…   PNG, JPEG, WebP, GIF or BMP; without any, a picture that comes with the program
          --mode     one of the classes that were built from the model; without it, all three, and the first is drawn
          --output   where to write; without it, beside each picture
          --help     writes this
        """;

    private static readonly string[] s_modes = ["fp32", "fp16", "int8"];

    /// <exception cref="FormatException">The command line cannot be understood.</exception>
    public static Options Parse(IReadOnlyList<string> arguments)
    {
        var pictures = new List<string>();
        string? mode = null;
        string? output = null;
        for (int i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--mode":
                    mode = ValueAfter(i++);
                    break;
                case "--output":
                    output = ValueAfter(i++);
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

        if (pictures.Count == 0)
        {
            pictures.Add(Path.Combine(AppContext.BaseDirectory, "pictures", "astronaut.png"));
        }

        return new Options(pictures, mode is null ? s_modes : [mode], output);

        string ValueAfter(int option) => option + 1 < arguments.Count
            ? arguments[option + 1]
            : throw new FormatException($"{arguments[option]} needs a value.");
    }
}
