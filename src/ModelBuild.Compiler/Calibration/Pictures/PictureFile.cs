using System.Globalization;
using StbImageSharp;

namespace ModelBuild.Compiler.Calibration.Pictures;

/// <summary>Reads PNG, JPEG and BMP with StbImageSharp, and the binary forms of PPM and PGM.</summary>
internal static class PictureFile
{
    /// <summary>Of pixels, so that a damaged header takes no memory.</summary>
    private const long Largest = 1L << 28;

    /// <summary>Height and width, without the pixels.</summary>
    /// <exception cref="CompilationException">MODELB2003: it is no picture.</exception>
    public static (int Height, int Width) Size(string file) => Read(file, stream =>
    {
        (int height, int width) = IsNetpbm(file) ? NetpbmSize(stream) is var (h, w, _) ? (h, w) : default
            : ImageInfo.FromStream(stream) is { } info ? (info.Height, info.Width)
            : throw new InvalidDataException("its header cannot be read");
        return height > 0 && width > 0 && (long)height * width <= Largest
            ? (height, width)
            : throw new InvalidDataException($"it would have {height} × {width} pixels");
    });

    /// <exception cref="CompilationException">MODELB2003: it is no picture.</exception>
    public static Picture Load(string file)
    {
        _ = Size(file);
        return Read(file, stream =>
        {
            if (IsNetpbm(file))
            {
                (int height, int width, int channels) = NetpbmSize(stream);
                var pixels = new byte[height * width * channels];
                stream.ReadExactly(pixels);
                return new Picture(height, width, channels, pixels);
            }

            ImageResult result = ImageResult.FromStream(stream, ColorComponents.RedGreenBlue);
            return new Picture(result.Height, result.Width, 3, result.Data);
        });
    }

    private static bool IsNetpbm(string file) => Path.GetExtension(file).ToLowerInvariant() is ".ppm" or ".pgm";

    private static T Read<T>(string file, Func<Stream, T> read)
    {
        try
        {
            using FileStream stream = NpyReader.OpenFile(file, ArrayUse.Calibration);
            if (stream.Length > NpyReader.MaximumBytesAtOnce)
            {
                throw new InvalidDataException($"it has {stream.Length} bytes");
            }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return read(new EndingStream(content));
        }
        catch (Exception e) when (e is not CompilationException and not OutOfMemoryException)
        {
            // The decoder reads untrusted bytes, and says what is wrong in exceptions of many kinds.
            throw new CompilationException(
                DiagnosticCodes.CalibrationType,
                $"Sample file '{file}' is no picture that can be read: {Printable(e.Message)}. Save it again as PNG or JPEG.", file);
        }
    }

    /// <summary>A decoder may quote bytes of the file.</summary>
    private static string Printable(string message) => string.Concat(message.Where(c => !char.IsControl(c))).Trim().TrimEnd('.', ':');

    /// <summary>"P6 WIDTH HEIGHT 255" and one blank; the stream stands at the pixels afterwards.</summary>
    private static (int Height, int Width, int Channels) NetpbmSize(Stream stream)
    {
        string kind = Word(stream);
        int channels = kind switch
        {
            "P6" => 3,
            "P5" => 1,
            _ => throw new InvalidDataException($"it begins with '{kind}', not with P5 or P6"),
        };
        int width = Number(stream);
        int height = Number(stream);
        return Number(stream) == 255
            ? (height, width, channels)
            : throw new InvalidDataException("its largest value is not 255");
    }

    private static int Number(Stream stream) =>
        int.TryParse(Word(stream), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : throw new InvalidDataException("its header cannot be read");

    /// <summary>Up to the next blank, which is taken too; comments are left out.</summary>
    private static string Word(Stream stream)
    {
        const int LongestWord = 16;
        string word = string.Empty;
        while (stream.ReadByte() is >= 0 and int next && word.Length < LongestWord)
        {
            if (next == '#')
            {
                while (stream.ReadByte() is >= 0 and not '\n')
                {
                }
            }
            else if (!char.IsWhiteSpace((char)next))
            {
                word += (char)next;
            }
            else if (word.Length > 0)
            {
                break;
            }
        }

        return word;
    }
}
