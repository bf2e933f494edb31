using System.Globalization;
using System.Text;
using System.Text.Json;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks.Accuracy;

/// <summary>Text recognition: lines of the shared folder that are read without a wrong character.</summary>
internal static class TextLines
{
    private const string Model = "PP-OCRv4 recognition";
    private const int Height = 48;
    private const int Width = 320;

    /// <summary>Why that cannot be measured; null where it can.</summary>
    public static string? Missing => NpmModels.Missing(Model) ?? SharedFolder.Missing("data/ocr-lines.npz");

    /// <summary>The first half of the lines calibrates, the second is read.</summary>
    public static string Measure(TemporaryFolder files)
    {
        string model = NpmModels.File(Model);
        string[] texts = JsonSerializer.Deserialize<string[]>(File.ReadAllText(SharedFolder.File("data/ocr-lines-text.json")))!;
        float[] all = Array.ConvertAll(
            NumpyFile.ReadNpz(SharedFolder.File("data/ocr-lines.npz"))["lines"].Data.ToArray(), b => (b / 127.5f) - 1);

        // The first class is none; a space follows those of the list.
        string[] characters = [string.Empty, .. File.ReadLines(Path.Combine(Path.GetDirectoryName(model)!, "ppocr_keys_v1.txt")), " "];
        int half = texts.Length / 2;
        using var subject = new AccuracySubject(model, ModelMode.Int8, [files.Write("samples.npy", NumpyFile.Npy(Lines(0, half)))]);
        int floats = 0;
        int codes = 0;
        for (int i = half; i < texts.Length; i++)
        {
            var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["x"] = Lines(i, 1) };
            floats += IsRead(subject.Floats(inputs), i) ? 1 : 0;
            codes += IsRead(subject.Codes(inputs), i) ? 1 : 0;
        }

        int count = texts.Length - half;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{100.0 * codes / count:F1} % of {count} lines read exactly, fp32 {100.0 * floats / count:F1} %; {subject.Bytes:N0} bytes");

        Tensor Lines(int first, int many)
        {
            const int Size = 3 * Height * Width;
            return Tensor.Of(all[(first * Size)..((first + many) * Size)], many, 3, Height, Width);
        }

        bool IsRead(Dictionary<string, Tensor> outputs, int line) => Read(outputs.Values.Single(), characters) == texts[line];
    }

    /// <summary>The most likely class of each place; the same one twice in a row is one character.</summary>
    private static string Read(Tensor likelihoods, string[] characters)
    {
        ReadOnlySpan<float> values = likelihoods.Span<float>();
        int classes = (int)likelihoods.Dimensions[2];
        var text = new StringBuilder();
        int before = 0;
        for (int place = 0; place < likelihoods.Dimensions[1]; place++)
        {
            ReadOnlySpan<float> row = values.Slice(place * classes, classes);
            int best = 0;
            for (int c = 1; c < classes; c++)
            {
                best = row[c] > row[best] ? c : best;
            }

            text.Append(best == before ? string.Empty : characters[best]);
            before = best;
        }

        return text.ToString().Trim();
    }
}
