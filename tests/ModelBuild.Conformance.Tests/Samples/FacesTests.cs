using System.Globalization;
using System.Text.RegularExpressions;
using Faces;
using ModelBuild.Compiler.Graphs;
using SkiaSharp;

namespace ModelBuild.Conformance.Tests.Samples;

/// <summary>samples/Faces, run as its README says, and its model against ONNX Runtime.</summary>
public sealed partial class FacesTests
{
    /// <summary>Where the astronaut's face is: from ear to ear and from the hair line to the chin, by eye.</summary>
    private static readonly SKRect s_face = new(175, 72, 273, 180);

    private static string Astronaut => Repository.Faces("pictures", "astronaut.png");

    [Fact]
    public void Run_InAllModes_FindsTheSameFaceAndDrawsIt()
    {
        using var folder = new TemporaryFolder();

        string output = Run(0, "--output", folder.Path);

        Dictionary<string, (int Faces, SKRect Box)> modes = Line().Matches(output).ToDictionary(
            m => m.Groups["mode"].Value,
            m => (Number(m, "faces"), new SKRect(Number(m, "left"), Number(m, "top"), Number(m, "right"), Number(m, "bottom"))));
        Assert.Equal(["fp16", "fp32", "int8"], modes.Keys.Order());
        Assert.All(modes.Values, mode =>
        {
            Assert.Equal(1, mode.Faces);
            Assert.InRange(Overlap(mode.Box, s_face), 0.75, 1);
        });
        Assert.Equal(modes["fp32"].Box, modes["fp16"].Box);
        Assert.InRange(Overlap(modes["fp32"].Box, modes["int8"].Box), 0.85, 1);

        using SKBitmap picture = SKBitmap.Decode(Astronaut);
        using SKBitmap drawn = SKBitmap.Decode(Path.Combine(folder.Path, "astronaut.faces.png"));
        SKPointI corner = new((int)modes["fp32"].Box.Left, (int)modes["fp32"].Box.Top);
        Assert.Equal((picture.Width, picture.Height), (drawn.Width, drawn.Height));
        Assert.Equal(SKColors.Lime, drawn.GetPixel(corner.X, corner.Y));
        Assert.NotEqual(SKColors.Lime, picture.GetPixel(corner.X, corner.Y));
        Assert.Equal(picture.GetPixel(5, 5), drawn.GetPixel(5, 5));
    }

    [Fact]
    public void Run_FilesThatAreNoPictures_SaysSoAndGoesOn()
    {
        using var folder = new TemporaryFolder();
        string text = folder.Write("text.png", "no picture"u8);

        string output = Run(1, "nowhere.png", text, Astronaut, "--mode", "fp16", "--output", folder.Path);

        Assert.Contains("error: Could not find file", output, StringComparison.Ordinal);
        Assert.Contains($"error: '{text}' is not a picture", output, StringComparison.Ordinal);
        Assert.Contains("fp16: 1 face", output, StringComparison.Ordinal);
        Assert.DoesNotContain("fp32", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no mode 'fp64'", "--mode", "fp64")]
    [InlineData("--output needs a value", "--output")]
    [InlineData("There is no option --all", "--all")]
    public void Run_ArgumentsThatAreNone_SaysWhatIsWrong(string message, params string[] arguments) =>
        Assert.Contains(message, Run(2, arguments), StringComparison.Ordinal);

    [Fact]
    public void Predict_Fp32_GivesTheFacesOfOnnxRuntime()
    {
        byte[] pixels = Pixels();
        FacesFp32.Output actual = new FacesFp32().Predict(pixels);

        Dictionary<string, Tensor> expected = OrtSession.Run(
            File.ReadAllBytes(Repository.Faces("models", "faces.onnx")),
            new Dictionary<string, Tensor> { ["pixels"] = Tensor.Of(pixels, [.. FacesFp32.PixelsShape.ToArray().Select(d => (long)d)]) });

        TensorsAgree(expected["boxes"], actual.Boxes);
        TensorsAgree(expected["scores"], actual.Scores);
        TensorsAgree(expected["keypoints"], actual.Keypoints);

        static void TensorsAgree(Tensor expected, float[] actual)
        {
            Assert.Equal(expected.Length, actual.Length);
            Assert.All(expected.ToFloats().Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }
    }

    /// <summary>The best of the network's anchors, decoded here: what the model has around the network says the same.</summary>
    [SharedTheory]
    [InlineData("models/real/blazeface.onnx")]
    public void Predict_Fp32_GivesTheBestAnchorOfTheNetwork(string network)
    {
        byte[] pixels = Pixels();
        float[] input = [.. pixels.Chunk(4).SelectMany(p => p[..3]).Select(p => (p / 127.5f) - 1)];
        Dictionary<string, Tensor> outputs = OrtSession.Run(
            File.ReadAllBytes(SharedFolder.File(network)),
            new Dictionary<string, Tensor> { ["input"] = Tensor.Of(input, 1, Picture.Side, Picture.Side, 3) });
        float[] logits = outputs["classificators"].ToFloats();
        int best = Array.IndexOf(logits, logits.Max());

        // 16×16 cells with two anchors each, then 8×8 cells with six.
        (int cells, int cell) = best < 512 ? (16, best / 2) : (8, (best - 512) / 6);
        float[] regressors = outputs["regressors"].ToFloats()[(16 * best)..];
        float x = (((cell % cells) + 0.5f) / cells) + (regressors[0] / Picture.Side);
        float y = (((cell / cells) + 0.5f) / cells) + (regressors[1] / Picture.Side);
        float width = regressors[2] / Picture.Side;
        float height = regressors[3] / Picture.Side;

        FacesFp32.Output actual = new FacesFp32().Predict(pixels);

        Assert.Equal(1 / (1 + Math.Exp(-logits[best])), actual.Scores[0], 1e-4);
        Assert.All(
            ((float[])[x - (width / 2), y - (height / 2), x + (width / 2), y + (height / 2)]).Zip(actual.Boxes),
            pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    private static byte[] Pixels()
    {
        using Picture picture = Picture.Open(Astronaut);
        return picture.ToSquare();
    }

    private static string Run(int expectedExitCode, params string[] arguments)
    {
        string program = Repository.Faces("bin", Repository.Configuration, "net10.0", "Faces.dll");
        (int exitCode, string output) = DotNet.Run(Repository.Root, [program, .. arguments]);
        Assert.True(exitCode == expectedExitCode, output);
        return output;
    }

    /// <summary>The area that two boxes share, over that which they cover.</summary>
    private static double Overlap(SKRect a, SKRect b)
    {
        SKRect shared = SKRect.Intersect(a, b);
        double area = shared.Width * shared.Height;
        return area / ((a.Width * a.Height) + (b.Width * b.Height) - area);
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        """
        (?<mode>\w+): (?<faces>\d+) faces? in [\d.]+ ms\s+score [\d.]+, box from \((?<left>-?\d+), (?<top>-?\d+)\) to \((?<right>-?\d+), (?<bottom>-?\d+)\)
        """)]
    private static partial Regex Line();
}
