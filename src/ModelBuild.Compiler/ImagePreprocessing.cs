using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler;

/// <summary>
/// How a picture becomes a model's input: resized, cut out of the middle, each byte scaled, and standardised by channel, in this order. The
/// words are those of torchvision.
/// </summary>
public sealed record ImagePreprocessing
{
    /// <summary>The words, each followed by <c>=</c> and a value.</summary>
    public static IReadOnlyList<string> Words { get; } = ["resize", "crop", "scale", "mean", "std", "layout", "channels"];

    /// <summary>To which size; one number is that of the shorter side. Null: to the input's, where nothing is cut out.</summary>
    public ImageSize? Resize { get; init; }

    /// <summary>What is cut out of the middle afterwards; one number is a square. Null for all.</summary>
    public ImageSize? Crop { get; init; }

    /// <summary>What bytes are multiplied by: often 1/255. Null where nothing was said.</summary>
    public double? Scale { get; init; }

    /// <summary>What is subtracted after that: one number, or one for each channel in the input's order.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0];

    /// <summary>What the difference is divided by: one number, or one for each channel in the input's order.</summary>
    public IReadOnlyList<double> Std { get; init; } = [1];

    /// <summary>How the numbers lie; null to tell by the input's shape.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>Which channels; null to tell by their number: RGB for three, gray for one.</summary>
    public ImageChannels? Channels { get; init; }

    /// <summary>What is left of it for samples where the class itself computes floats from pixels: their size.</summary>
    internal ImagePreprocessing OfPixels => new()
    {
        Resize = Resize, Crop = Crop, Layout = ImageLayout.Nhwc, Channels = Channels == ImageChannels.Bgr ? ImageChannels.Rgb : Channels,
    };

    /// <summary>Reads what an item or a command line says, such as <c>resize=256;crop=224;scale=1/255;mean=0.5;std=0.5</c>.</summary>
    /// <param name="text">Upper and lower case are the same.</param>
    /// <param name="preprocessing">Null where there is no text, and where it is wrong.</param>
    /// <param name="wrong">A sentence about what is wrong, with the way out; null where all is well.</param>
    public static bool TryRead(string text, out ImagePreprocessing? preprocessing, [NotNullWhen(false)] out string? wrong)
    {
        preprocessing = null;
        wrong = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var read = new ImagePreprocessing();
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
            string word = pair[0].ToLowerInvariant();
            string value = pair.Length == 2 ? pair[1].ToLowerInvariant() : string.Empty;
            if (!Words.Contains(word, StringComparer.Ordinal))
            {
                wrong = $"'{part}' is no step of it. Use {string.Join(", ", Words.SkipLast(1))} and {Words[^1]}, as in resize=256;crop=224;"
                    + $"scale=1/255.{Suggestion.For(word, Words)}";
                return false;
            }

            if (!seen.Add(word))
            {
                wrong = $"{word} is said twice. Say it once.";
                return false;
            }

            if (read.With(word, value) is not { } changed)
            {
                wrong = $"'{part}' cannot be read. Write {Example(word)}.";
                return false;
            }

            read = changed;
        }

        preprocessing = seen.Count > 0 ? read : null;
        return true;
    }

    private static string Example(string word) => word switch
    {
        "resize" => "resize=256 for the shorter side, or resize=224x224 for height and width",
        "crop" => "crop=224 for a square, or crop=224x160 for height and width",
        "scale" => "scale=1/255, or another number that is not zero",
        "mean" => "mean=0.485,0.456,0.406 with a number for each channel, or one for all",
        "std" => "std=0.229,0.224,0.225 with a number for each channel, or one for all, and none of them zero",
        "layout" => "layout=nchw or layout=nhwc",
        _ => "channels=rgb, channels=bgr or channels=gray",
    };

    /// <summary>With another word read; null where its value makes no sense.</summary>
    private ImagePreprocessing? With(string word, string value)
    {
        switch (word)
        {
            case "resize":
                return Size(value) is { } resize ? this with { Resize = resize } : null;
            case "crop":
                return Size(value) is { } crop ? this with { Crop = crop } : null;
            case "scale":
                return Number(value) is { } scale and not 0 ? this with { Scale = scale } : null;
            case "mean":
                return Numbers(value) is { } mean ? this with { Mean = mean } : null;
            case "std":
                return Numbers(value) is { } std && !std.Contains(0) ? this with { Std = std } : null;
            case "layout":
                return value switch
                {
                    "nchw" => this with { Layout = ImageLayout.Nchw },
                    "nhwc" => this with { Layout = ImageLayout.Nhwc },
                    _ => null,
                };
            default:
                return value switch
                {
                    "rgb" => this with { Channels = ImageChannels.Rgb },
                    "bgr" => this with { Channels = ImageChannels.Bgr },
                    "gray" or "grey" => this with { Channels = ImageChannels.Gray },
                    _ => null,
                };
        }
    }

    private static ImageSize? Size(string text)
    {
        const int Largest = 16384;
        string[] sides = text.Split('x', StringSplitOptions.TrimEntries);
        int[] pixels =
        [
            .. sides.Select(s => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n <= Largest ? n : 0),
        ];
        return pixels.Length > 2 || pixels.Contains(0) ? null : new ImageSize(pixels[0], pixels.Length == 2 ? pixels[1] : null);
    }

    private static double[]? Numbers(string text)
    {
        double?[] numbers = [.. text.Split(',').Select(Number)];
        return numbers.Contains(null) ? null : [.. numbers.Select(n => n!.Value)];
    }

    /// <summary>A number, or one over another.</summary>
    private static double? Number(string text)
    {
        double[] parts =
        [
            .. text.Split('/').Select(
                p => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out double n) ? n : double.NaN),
        ];
        double number = parts.Length switch
        {
            1 => parts[0],
            2 => parts[0] / parts[1],
            _ => double.NaN,
        };
        return double.IsFinite(number) ? number : null;
    }
}
