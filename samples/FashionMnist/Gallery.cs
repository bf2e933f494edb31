using System.Text;

namespace FashionMnist;

/// <summary>Draws images side by side: in greys where the terminal has them, in letters where the output goes to a file.</summary>
internal static class Gallery
{
    private const int Side = FashionImages.Side;
    private const int Gap = 2;

    /// <summary>From black to white, for dark letters on light paper or the other way round: either can be read.</summary>
    private const string Shades = " .:-=+*#%@";

    private static readonly bool s_hasGreys =
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null
            && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <param name="pictures">Pixels from 0 to 1, and what stands below them.</param>
    public static void Write(IEnumerable<(float[] Pixels, string Caption)> pictures)
    {
        int width = Console.IsOutputRedirected ? 120 : Console.WindowWidth;
        foreach ((float[] Pixels, string Caption)[] row in pictures.Chunk(Math.Max(1, (width + Gap) / (Side + Gap))))
        {
            // A line of text shows two rows of pixels, as a letter is twice as high as it is wide.
            for (int y = 0; y < Side; y += 2)
            {
                Console.WriteLine(string.Join(new string(' ', Gap), row.Select(p => Line(p.Pixels, y))).TrimEnd());
            }

            Console.WriteLine(string.Join(new string(' ', Gap), row.Select(p => p.Caption.PadRight(Side))).TrimEnd());
            Console.WriteLine();
        }
    }

    private static string Line(float[] pixels, int y)
    {
        var line = new StringBuilder();
        for (int x = 0; x < Side; x++)
        {
            float upper = pixels[(y * Side) + x];
            float lower = pixels[((y + 1) * Side) + x];
            if (s_hasGreys)
            {
                line.Append($"\e[38;5;{Grey(upper)};48;5;{Grey(lower)}m▀");
            }
            else
            {
                line.Append(Shades[(int)((upper + lower) / 2 * (Shades.Length - 1))]);
            }
        }

        return s_hasGreys ? line.Append("\e[0m").ToString() : line.ToString();
    }

    /// <summary>The terminal's 24 greys have the numbers 232 to 255.</summary>
    private static int Grey(float value) => 232 + (int)(value * 23);
}
