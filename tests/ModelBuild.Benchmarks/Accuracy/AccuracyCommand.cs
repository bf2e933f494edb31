using System.Globalization;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks.Accuracy;

/// <summary>
/// How near the modes are to fp32 in ONNX Runtime, on samples that calibration has not seen: trained models of the shared folder and of
/// npm, with their settings left alone. What is absent is named.
/// </summary>
internal static class AccuracyCommand
{
    private const int Fashion = 10_000;
    private const int FashionInAHurry = 1_000;
    private const int Together = 100;

    /// <param name="arguments"><c>--quick</c> for fewer images; else a part of the names of the rows that are wanted.</param>
    /// <returns>The exit code: 1 where no row has such a name.</returns>
    public static int Run(TextWriter output, string[] arguments)
    {
        bool isQuick = arguments.Contains("--quick");
        string[] wanted = [.. arguments.Where(a => a != "--quick")];
        using var files = new TemporaryFolder();
        (string Name, string? Missing, Func<string> Measure)[] rows =
        [
            .. Rows(files, isQuick ? FashionInAHurry : Fashion)
                .Where(r => wanted.Length == 0 || Array.Exists(wanted, w => r.Name.Contains(w, StringComparison.OrdinalIgnoreCase))),
        ];
        foreach ((string name, string? missing, Func<string> measure) in rows)
        {
            output.Write($"{name,-44} ");
            output.Flush();
            output.WriteLine(missing ?? measure());
        }

        return rows.Length > 0 ? 0 : 1;
    }

    private static IEnumerable<(string Name, string? Missing, Func<string> Measure)> Rows(TemporaryFolder files, int images)
    {
        foreach ((string model, ModelMode mode) in (IEnumerable<(string, ModelMode)>)
            [
                ("mlp", ModelMode.Int8), ("lenet", ModelMode.Int8), ("resnet_folded", ModelMode.Int8), ("resnet_bn", ModelMode.Int8),
                ("mobilenetv2_folded", ModelMode.Int8), ("lstm", ModelMode.Int8), ("lstm", ModelMode.Int8Dynamic),
                ("mlp", ModelMode.Int4Weights), ("mobilenetv2_folded", ModelMode.Int16x8),
            ])
        {
            string file = $"models/fashion/{model}.onnx";
            yield return (
                $"{model} {mode.Word()}", SharedFolder.Missing(file),
                () => OfFashion(files, File.ReadAllBytes(SharedFolder.File(file)), mode, images));
        }

        const string Folded = "models/fashion/mobilenetv2_folded.onnx";
        yield return (
            "mobilenetv2 with BatchNormalization int8", SharedFolder.Missing(Folded),
            () => OfFashion(files, AccuracyModels.WithNormalization(SharedFolder.File(Folded)), ModelMode.Int8, images));
        foreach ((string model, double budget) in (IEnumerable<(string, double)>)[("mobilenet_v2_224", 31), ("efficientnet_lite0", 27)])
        {
            string file = $"models/real/{model}.onnx";
            yield return ($"{model} int8", SharedFolder.Missing(file), () => OfPhotographs(files, file, null));
            yield return (
                string.Create(CultureInfo.InvariantCulture, $"{model} auto to {budget:0} dB"), SharedFolder.Missing(file),
                () => OfPhotographs(files, file, budget));
        }

        const string Sentences = "models/real/minilm_l6.onnx";
        yield return ("sentence embeddings int8-dynamic", SharedFolder.Missing(Sentences), () => OfSentences(Sentences));
        yield return ("PP-OCRv4 recognition int8", TextLines.Missing, () => TextLines.Measure(files));
        foreach (ModelMode mode in (ModelMode[])[ModelMode.Int8, ModelMode.Int8Dynamic])
        {
            foreach ((string name, string? missing, Func<string> measure) in Speech.Rows(files, mode))
            {
                yield return ($"{name} {mode.Word()}", missing, measure);
            }
        }
    }

    private static string OfFashion(TemporaryFolder files, byte[] onnx, ModelMode mode, int images)
    {
        using var subject = new AccuracySubject(
            files.Write("model.onnx", onnx), mode, mode == ModelMode.Int8Dynamic ? [] : [files.Write("samples.npy", NumpyFile.Npy(
                Images("data/fashion-calibration.npz", int.MaxValue)))]);
        return Compare(subject, Images("data/fashion-test.npz", images), Together);
    }

    private static Tensor Images(string file, int most)
    {
        Tensor images = NumpyFile.ReadNpz(SharedFolder.File(file))["images"];
        int count = (int)Math.Min(images.Dimensions[0], most);
        return Tensor.Of(Array.ConvertAll(images.Data[..(count * 28 * 28)].ToArray(), b => b / 255f), count, 1, 28, 28);
    }

    /// <summary>Half of the photographs, in an order that has nothing to do with them, calibrates; the other half is measured.</summary>
    private static string OfPhotographs(TemporaryFolder files, string file, double? budget)
    {
        bool isClassifier = file.Contains("mobilenet", StringComparison.Ordinal);
        Tensor all = NumpyFile.ReadNpz(SharedFolder.File("data/photos64-224.npz"))["images"];
        const int Pixels = 224 * 224;
        int[] order = Enumerable.Range(0, (int)all.Dimensions[0]).ToArray();
        new Random(0).Shuffle(order);
        int half = order.Length / 2;
        using var subject = new AccuracySubject(
            isClassifier ? files.Write("model.onnx", AccuracyModels.ToLogits(SharedFolder.File(file))) : SharedFolder.File(file),
            budget is null ? ModelMode.Int8 : ModelMode.Auto, [files.Write("samples.npy", NumpyFile.Npy(Of(order[..half])))], budget);
        return Compare(subject, Of(order[half..]), 1) + (subject.Note is { } note ? $"; {note}" : string.Empty);

        Tensor Of(int[] which)
        {
            ReadOnlySpan<byte> source = all.Data.Span;
            var values = new float[which.Length * Pixels * 3];
            for (int n = 0; n < which.Length; n++)
            {
                for (int i = 0; i < Pixels * 3; i++)
                {
                    byte value = source[(which[n] * Pixels * 3) + i];
                    (int pixel, int channel) = (i / 3, i % 3);
                    values[(n * Pixels * 3) + (isClassifier ? i : (channel * Pixels) + pixel)] =
                        isClassifier ? value / 255f : (value - 127) / 128f;
                }
            }

            return isClassifier ? Tensor.Of(values, which.Length, 224, 224, 3) : Tensor.Of(values, which.Length, 3, 224, 224);
        }
    }

    private static string Compare(AccuracySubject subject, Tensor samples, int together)
    {
        var score = new AccuracyScore();
        int count = (int)samples.Dimensions[0];
        int size = (int)(samples.Data.Length / count);
        string name = subject.InputName;
        for (int first = 0; first < count; first += together)
        {
            int batch = Math.Min(together, count - first);
            var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal)
            {
                [name] = new Tensor(samples.Type, [batch, .. samples.Dimensions.Skip(1)], samples.Data.Slice(first * size, batch * size)),
            };
            float[] expected = subject.Floats(inputs).Values.First().ToFloats();
            float[] actual = subject.Codes(inputs).Values.First().ToFloats();
            int outputs = expected.Length / batch;
            for (int i = 0; i < batch; i++)
            {
                score.Add(expected.AsSpan(i * outputs, outputs), actual.AsSpan(i * outputs, outputs));
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{score.Sqnr:F1} dB, {score.Agreement:F2} % same top-1 on {score.Count:N0} samples, {subject.Bytes:N0} bytes");
    }

    private static string OfSentences(string file)
    {
        const string Embedding = "sentence_embedding";
        using var subject = new AccuracySubject(SharedFolder.File(file), ModelMode.Int8Dynamic, []);
        Dictionary<string, Tensor> all = NumpyFile.ReadNpz(SharedFolder.File("data/minilm-calibration.npz"));
        var score = new AccuracyScore();
        int count = (int)all.Values.First().Dimensions[0];
        for (int i = 0; i < count; i++)
        {
            Dictionary<string, Tensor> one = all.ToDictionary(
                a => a.Key, a =>
                {
                    int size = a.Value.Data.Length / count;
                    return new Tensor(a.Value.Type, [1, .. a.Value.Dimensions.Skip(1)], a.Value.Data.Slice(i * size, size));
                }, StringComparer.Ordinal);
            score.Add(subject.Floats(one)[Embedding].ToFloats(), subject.Codes(one)[Embedding].ToFloats());
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"mean cosine {score.Cosine:F4}, {score.Sqnr:F1} dB on {score.Count} sentences, {subject.Bytes:N0} bytes");
    }
}
