using Faces;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Downloads;

/// <summary>
/// What networks for text and speech are made for: lines of text and recordings of the shared folder. Where that is absent, parts of a
/// photograph and a made-up sound take their place.
/// </summary>
internal static class RealInputs
{
    private const int LineHeight = 48;
    private const int LineWidth = 320;

    private static readonly Lazy<byte[]?> s_lines = new(() => SharedFolder.Missing("data/ocr-lines.npz") is null
        ? NumpyFile.ReadNpz(SharedFolder.File("data/ocr-lines.npz"))["lines"].Data.ToArray()
        : null);

    private static readonly Lazy<byte[]> s_photograph = new(() =>
    {
        using Picture picture = Picture.Open(Repository.Faces("pictures", "astronaut.png"));
        return picture.ToSquare();
    });

    /// <summary>A page [1, 3, height, width] of text lines below one another, between −1 and 1, as networks that read take it.</summary>
    /// <param name="first">Another one gives other text.</param>
    /// <param name="height">The last line may be cut.</param>
    /// <param name="width">Of at most two lines side by side.</param>
    public static float[] Page(int first, int height, int width)
    {
        var page = new float[3 * height * width];
        for (int i = 0; i < page.Length; i++)
        {
            (int x, int y, int channel) = (i % width, i / width % height, i / width / height);
            int line = (first + (y / LineHeight * 2) + (x / LineWidth)) % 200;
            byte value = s_lines.Value is { } lines
                ? lines[(((((line * 3) + channel) * LineHeight) + (y % LineHeight)) * LineWidth) + (x % LineWidth)]
                : s_photograph.Value[((((y + (37 * first)) % Picture.Side * Picture.Side) + (x % Picture.Side)) * 4) + channel];
            page[i] = (value / 127.5f) - 1;
        }

        return page;
    }

    /// <summary>Sound at 16 kHz, at least so many samples, between −1 and 1.</summary>
    /// <param name="recording">Of the shared folder, without its extension.</param>
    public static float[] Sound(string recording, int samples)
    {
        string file = $"data/audio/{recording}.wav";
        float[] sound = SharedFolder.Missing(file) is null ? WaveFile.Read(SharedFolder.File(file)) : Hum(recording.Length);
        return [.. Enumerable.Range(0, Math.Max(samples, sound.Length)).Select(i => sound[i % sound.Length])];
    }

    public static Tensor Batch(IEnumerable<float[]> samples, params long[] shape) => Tensor.Of([.. samples.SelectMany(s => s)], shape);

    /// <summary>Three seconds of a tone that rises and swells, with some noise.</summary>
    private static float[] Hum(int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, 48000).Select(i => (float)(
                (0.3 * Math.Sin(i * i / 9e5) * Math.Abs(Math.Sin(i / 2500.0))) + (0.02 * (random.NextDouble() - 0.5)))),
        ];
    }
}
