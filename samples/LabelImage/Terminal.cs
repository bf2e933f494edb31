using System.Globalization;
using System.Text;

namespace LabelImage;

/// <summary>Pictures and bars: in colors where the terminal has them, otherwise left out.</summary>
internal static class Terminal
{
    private const int Columns = 48;

    private static readonly bool s_hasColors =
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null
            && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>A letter shows two pixels, one above the other, as it is twice as high as it is wide.</summary>
    public static void Draw(Picture picture)
    {
        if (!s_hasColors)
        {
            return;
        }

        int width = Math.Min(Columns, Console.WindowWidth);
        int rows = Math.Max(1, width * picture.Height / picture.Width / 2);
        byte[] pixels = picture.Resize(width, 2 * rows);
        for (int row = 0; row < rows; row++)
        {
            var line = new StringBuilder();
            for (int x = 0; x < width; x++)
            {
                string upper = Color(pixels.AsSpan(3 * ((2 * row * width) + x)));
                string lower = Color(pixels.AsSpan(3 * ((((2 * row) + 1) * width) + x)));
                line.Append(CultureInfo.InvariantCulture, $"\e[38;2;{upper};48;2;{lower}m▀");
            }

            Console.WriteLine(line.Append("\e[0m"));
        }
    }

    /// <summary>A bar for a number from 0 to 1.</summary>
    public static string Bar(double value) => s_hasColors ? new string('█', (int)Math.Round(value * 20)) : string.Empty;

    private static string Color(ReadOnlySpan<byte> pixel) =>
        string.Create(CultureInfo.InvariantCulture, $"{pixel[0]};{pixel[1]};{pixel[2]}");
}
