using System.Globalization;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks.Accuracy;

/// <summary>
/// Networks that listen: whether they decide as in floats, piece by piece of the recordings of the shared folder. Every third recording
/// calibrates, and the others are measured.
/// </summary>
internal static class Speech
{
    private const string Folder = "data/audio";
    private const float Threshold = 0.5f;

    /// <summary>Between two samples for calibration.</summary>
    private const int Stride = 8;

    private static readonly (string Name, int Context, (string Input, string Output, int Width)[] States)[] s_detectors =
    [
        ("Silero VAD 4", 0, [("h", "hn", 64), ("c", "cn", 64)]),
        ("Silero VAD 5", 64, [("state", "stateN", 128)]),
        ("Silero VAD 6", 64, [("state", "stateN", 128)]),
    ];

    private static readonly string[] s_phrases = ["alexa", "hey_jarvis", "hey_mycroft", "hey_rhasspy"];

    public static IEnumerable<(string Name, string? Missing, Func<string> Measure)> Rows(TemporaryFolder files, ModelMode mode)
    {
        string? missing = SharedFolder.Missing($"{Folder}/none-1.wav");
        foreach ((string name, int context, (string, string, int)[] states) in s_detectors)
        {
            yield return (name, missing ?? NpmModels.Missing(name), () => Detect(files, mode, name, context, states));
        }

        yield return ("wake words", missing ?? NpmModels.Missing(s_phrases[0]), () => Wake(files, mode));
    }

    private static float[][] Recordings(bool forCalibration) =>
    [
        .. Directory.GetFiles(SharedFolder.File(Folder), "*.wav").Order(StringComparer.Ordinal)
            .Where((_, i) => i % 3 == 0 == forCalibration).Select(WaveFile.Read),
    ];

    private static string Detect(
        TemporaryFolder files, ModelMode mode, string name, int context, (string Input, string Output, int Width)[] states)
    {
        string file = NpmModels.File(name);
        List<string> samples = [];
        if (mode.IsCalibrated())
        {
            using var floats = new OrtSession(File.ReadAllBytes(file));
            int seen = 0;
            foreach (float[] sound in Recordings(forCalibration: true))
            {
                _ = Listen(sound, inputs =>
                {
                    if (seen++ % Stride == 0)
                    {
                        samples.Add(files.Write($"{name}-{seen}.npz", NumpyFile.Npz(inputs)));
                    }

                    return floats.Run(inputs);
                }).Count;
            }
        }

        using var subject = new AccuracySubject(file, mode, samples);
        List<float> expected = [.. Recordings(forCalibration: false).SelectMany(sound => Listen(sound, subject.Floats))];
        List<float> actual = [.. Recordings(forCalibration: false).SelectMany(sound => Listen(sound, subject.Codes))];
        return Decisions(expected, actual, subject.Bytes);

        List<float> Listen(float[] sound, Func<IReadOnlyDictionary<string, Tensor>, Dictionary<string, Tensor>> run)
        {
            const int Piece = 512;
            Dictionary<string, Tensor> inputs = states.ToDictionary(
                s => s.Input, s => Tensor.Of(new float[2 * s.Width], 2, 1, s.Width), StringComparer.Ordinal);
            inputs["sr"] = Tensor.Of([16000L], []);
            var heard = new List<float>();
            for (int at = 0; at + Piece + context <= sound.Length; at += Piece)
            {
                inputs["input"] = Tensor.Of(sound[at..(at + Piece + context)], 1, Piece + context);
                Dictionary<string, Tensor> outputs = run(inputs);
                heard.Add(outputs["output"].ToFloats()[0]);
                Array.ForEach(states, s => inputs[s.Input] = outputs[s.Output]);
            }

            return heard;
        }
    }

    /// <summary>
    /// openWakeWord: a spectrogram, an embedding of every 76 frames of it, eight frames apart, and for each phrase a network that hears it
    /// in 16 embeddings. Each side goes on with what it has made itself.
    /// </summary>
    private static string Wake(TemporaryFolder files, ModelMode mode)
    {
        const int Embeddings = 16;
        string[] stages = ["mel spectrogram", "speech embedding", .. s_phrases];
        var samples = stages.ToDictionary(s => s, _ => new List<string>(), StringComparer.Ordinal);
        if (mode.IsCalibrated())
        {
            Dictionary<string, OrtSession> floats = stages.ToDictionary(s => s, s => new OrtSession(File.ReadAllBytes(NpmModels.File(s))));
            int seen = 0;
            foreach (float[] sound in Recordings(forCalibration: true))
            {
                Hear(sound, (stage, input) =>
                {
                    OrtSession session = floats[stage];
                    var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [session.InputNames[0]] = input };
                    if (stage == stages[0] || seen++ % Stride == 0)
                    {
                        samples[stage].Add(files.Write($"{stage}-{samples[stage].Count}.npz", NumpyFile.Npz(inputs)));
                    }

                    return session.Run(inputs).Values.First();
                });
            }

            Array.ForEach([.. floats.Values], session => session.Dispose());
        }

        Dictionary<string, AccuracySubject> subjects = stages.ToDictionary(
            s => s, s => new AccuracySubject(NpmModels.File(s), mode, samples[s]), StringComparer.Ordinal);
        var expected = new List<float>();
        var actual = new List<float>();
        foreach (float[] sound in Recordings(forCalibration: false))
        {
            expected.AddRange(Hear(sound, (stage, input) => subjects[stage].Floats(Only(stage, input)).Values.First()));
            actual.AddRange(Hear(sound, (stage, input) => subjects[stage].Codes(Only(stage, input)).Values.First()));
        }

        long bytes = subjects.Values.Sum(s => s.Bytes);
        Array.ForEach([.. subjects.Values], s => s.Dispose());
        return Decisions(expected, actual, bytes);

        Dictionary<string, Tensor> Only(string stage, Tensor input) =>
            new(StringComparer.Ordinal) { [subjects[stage].InputName] = input };

        static List<float> Hear(float[] sound, Func<string, Tensor, Tensor> run)
        {
            const int Frames = 76;
            const int Bands = 32;
            const int Size = 96;

            // Two seconds of silence before it, so that there are enough embeddings.
            float[] padded = [.. new float[32000], .. sound.Select(v => v * 32768)];
            Tensor spectrum = run("mel spectrogram", Tensor.Of(padded, 1, padded.Length));
            float[] mel = Array.ConvertAll(spectrum.ToFloats(), v => (v / 10) + 2);
            int length = mel.Length / Bands;
            var embeddings = new List<float>();
            for (int frame = 0; frame + Frames <= length; frame += 8)
            {
                float[] part = mel[(frame * Bands)..((frame + Frames) * Bands)];
                embeddings.AddRange(run("speech embedding", Tensor.Of(part, 1, Frames, Bands, 1)).ToFloats());
            }

            var heard = new List<float>();
            for (int first = 0; (first + Embeddings) * Size <= embeddings.Count; first++)
            {
                float[] last = [.. embeddings.Skip(first * Size).Take(Embeddings * Size)];
                heard.AddRange(s_phrases.Select(phrase => run(phrase, Tensor.Of(last, 1, Embeddings, Size)).ToFloats()[0]));
            }

            return heard;
        }
    }

    private static string Decisions(List<float> expected, List<float> actual, long bytes)
    {
        int same = expected.Zip(actual, (e, a) => e > Threshold == a > Threshold ? 1 : 0).Sum();
        double largest = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{same:N0} of {expected.Count:N0} decisions ({expected.Count(e => e > Threshold)} of them yes) as in fp32, probabilities "
                + $"{largest:F3} apart at most; {bytes:N0} bytes");
    }
}
