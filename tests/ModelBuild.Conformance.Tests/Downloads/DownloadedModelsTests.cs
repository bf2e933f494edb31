using System.Globalization;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Downloads;

/// <summary>
/// Trained models from npm, the whole road, on what they are made for: one class for all sizes of what a model leaves open, each call
/// compared with ONNX Runtime.
/// </summary>
public sealed class DownloadedModelsTests
{
    private static readonly ModelMode[] s_modes = [ModelMode.Fp32, ModelMode.Fp16];

    private static readonly string[] s_recordings = ["hey_jarvis-1", "none-2", "sense_and_sensibility_01_austen_64kb-0870"];

    [NpmTheory]
    [InlineData("PP-OCRv4 detection", "1,96,320", "2,64,96", "3,160,64")]
    [InlineData("PP-OCRv4 recognition", "1,48,320", "2,48,200", "3,48,96")]
    [InlineData("PP-OCR direction", "1,48,192", "2,64,128", "3,96,320")]
    public void Predict_PagesOfText_GivesWhatOnnxRuntimeComputes(string name, params string[] sizes)
    {
        foreach (ModelMode mode in s_modes)
        {
            using var models = new ModelsToCompare(mode, name);
            foreach (int[] size in sizes.Select(s => Array.ConvertAll(s.Split(','), int.Parse)))
            {
                IEnumerable<float[]> pages = Enumerable.Range(0, size[0]).Select(i => RealInputs.Page(7 * i, size[1], size[2]));
                var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal)
                {
                    ["x"] = RealInputs.Batch(pages, size[0], 3, size[1], size[2]),
                };
                models.AssertClose(predict => predict(name, inputs));
            }
        }
    }

    /// <summary>State goes from call to call, of each side its own.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="context">Samples of the piece before that it wants with each.</param>
    /// <param name="states">Input, output and last dimension of each state.</param>
    [NpmTheory]
    [InlineData("Silero VAD 4", 0, "h:hn:64", "c:cn:64")]
    [InlineData("Silero VAD 5", 64, "state:stateN:128")]
    [InlineData("Silero VAD 6", 64, "state:stateN:128")]
    public void Predict_SpeechPieceByPiece_GivesWhatOnnxRuntimeComputes(string name, int context, params string[] states)
    {
        (string Input, string Output, int Width)[] carried =
            [.. states.Select(s => s.Split(':')).Select(s => (s[0], s[1], int.Parse(s[2], CultureInfo.InvariantCulture)))];
        foreach (ModelMode mode in s_modes)
        {
            using var models = new ModelsToCompare(mode, name);
            foreach ((int batch, int rate, int piece) in (IEnumerable<(int, int, int)>)[(1, 16000, 512), (2, 8000, 256), (3, 16000, 480)])
            {
                float[][] sounds = [.. s_recordings.Take(batch).Select(s => RealInputs.Sound(s, (30 * piece) + context))];
                models.AssertClose(Listen);

                Dictionary<string, Tensor> Listen(Predict predict)
                {
                    Dictionary<string, Tensor> inputs = carried.ToDictionary(
                        c => c.Input, c => Tensor.Of(new float[2 * batch * c.Width], 2, batch, c.Width), StringComparer.Ordinal);
                    inputs["sr"] = Tensor.Of([(long)rate]);
                    var heard = new Dictionary<string, Tensor>(StringComparer.Ordinal);
                    for (int i = 0; i < 30; i++)
                    {
                        inputs["input"] = RealInputs.Batch(
                            sounds.Select(s => s[(i * piece)..(((i + 1) * piece) + context)]), batch, piece + context);
                        Dictionary<string, Tensor> outputs = predict(name, inputs);
                        heard.Add($"output {i}", outputs["output"]);
                        Array.ForEach(carried, c => heard[c.Output] = inputs[c.Input] = outputs[c.Output]);
                    }

                    return heard;
                }
            }
        }
    }

    /// <summary>
    /// openWakeWord: a spectrogram of the sound, an embedding of every 76 frames of it, and a network for each phrase that hears it in the
    /// last embeddings. Each side goes on with what it has made itself.
    /// </summary>
    [NpmTheory]
    [InlineData(
        "mel spectrogram", "speech embedding", "alexa:16", "hey_jarvis:16", "hey_mycroft:16", "hey_rhasspy:16", "weather:22", "timer:34")]
    public void Predict_SpeechThroughThreeNetworks_HearsWhatOnnxRuntimeHears(string spectrogram, string embedding, params string[] phrases)
    {
        (string Name, int Embeddings)[] listeners =
            [.. phrases.Select(p => p.Split(':')).Select(p => (p[0], int.Parse(p[1], CultureInfo.InvariantCulture)))];
        string[] names = [spectrogram, embedding, .. listeners.Select(l => l.Name)];
        foreach (ModelMode mode in s_modes)
        {
            using var models = new ModelsToCompare(mode, names);
            foreach ((int batch, int samples) in (IEnumerable<(int, int)>)[(1, 56000), (2, 49600), (3, 52345)])
            {
                IEnumerable<float[]> sounds = listeners.Take(batch).Select(l => RealInputs.Sound($"{l.Name}-1", samples));
                Tensor sound = RealInputs.Batch(sounds.Select(s => Array.ConvertAll(s[..samples], v => v * 32768)), batch, samples);

                models.AssertClose(predict => Hear(sound, models.InputOf, predict));
            }
        }

        // All that the networks make on the way, and what is heard of each phrase at the end of the sound.
        Dictionary<string, Tensor> Hear(Tensor sound, Func<string, string> inputOf, Predict predict)
        {
            Tensor Only(string name, Tensor input) =>
                predict(name, new Dictionary<string, Tensor>(StringComparer.Ordinal) { [inputOf(name)] = input }).Values.Single();

            Tensor frames = Only(spectrogram, sound);
            var heard = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [spectrogram] = frames };
            (int batch, int length) = ((int)frames.Dimensions[0], (int)frames.Dimensions[2]);
            float[] mel = Array.ConvertAll(frames.ToFloats(), v => (v / 10) + 2);
            int windows = (length - 76) / 8;
            IEnumerable<float[]> parts = Enumerable.Range(0, batch * windows)
                .Select(i => mel.AsSpan(((i / windows * length) + (i % windows * 8)) * 32, 76 * 32).ToArray());
            Tensor embeddings = Only(embedding, RealInputs.Batch(parts, batch * windows, 76, 32, 1));
            heard.Add(embedding, embeddings);
            foreach ((string name, int count) in listeners.Where(l => l.Embeddings <= windows))
            {
                for (int sample = 0; sample < batch; sample++)
                {
                    float[] last = embeddings.ToFloats().AsSpan((((sample + 1) * windows) - count) * 96, count * 96).ToArray();
                    heard.Add($"{name} in {sample}", Only(name, Tensor.Of(last, 1, count, 96)));
                }
            }

            return heard;
        }
    }
}
