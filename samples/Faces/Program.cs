using Faces;
using SkiaSharp;

if (args.Contains("--help"))
{
    Console.WriteLine(Options.Help);
    return 0;
}

Options options;
try
{
    options = Options.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"{e.Message} --help says what there is.");
    return 2;
}

// dotnet build has made these classes from one ONNX file: three QuantizedModel lines in the project file.
Detector[] detectors =
[
    .. options.Modes.Select(mode => mode switch
    {
        "fp32" => new Detector(mode, new FacesFp32().Predict),
        "fp16" => new Detector(mode, new FacesFp16().Predict),
        _ => new Detector(mode, new FacesInt8().Predict),
    }),
];
Array.ForEach(detectors, detector => detector.WarmUp());

int exitCode = 0;
foreach (string file in options.Pictures)
{
    try
    {
        LookAt(file);
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
    {
        Console.Error.WriteLine($"error: {e.Message}");
        exitCode = 1;
    }
}

return exitCode;

void LookAt(string file)
{
    using Picture picture = Picture.Open(file);
    Console.WriteLine($"{file}, {picture.Width} x {picture.Height} pixels");
    Face[]? drawn = null;
    foreach (Detector detector in detectors)
    {
        Face[] faces = detector.Find(picture, out TimeSpan time);
        drawn ??= faces;
        Console.WriteLine($"  {detector.Mode}: {faces.Length} {(faces.Length == 1 ? "face" : "faces")} in {time.TotalMilliseconds:F1} ms");
        foreach (Face face in faces)
        {
            SKRectI box = SKRectI.Round(face.Box);
            Console.WriteLine($"    score {face.Score:F3}, box from ({box.Left}, {box.Top}) to ({box.Right}, {box.Bottom})");
        }
    }

    string folder = options.Output ?? Path.GetDirectoryName(Path.GetFullPath(file))!;
    string png = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(file)}.faces.png");
    Directory.CreateDirectory(folder);
    Drawing.Write(png, picture, drawn!);
    Console.WriteLine($"  drawn into {png}");
}
