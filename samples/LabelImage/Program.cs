using System.Globalization;
using System.Text;
using LabelImage;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
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

if (!Console.IsOutputRedirected)
{
    Console.OutputEncoding = Encoding.UTF8;
}

// dotnet build has made these classes from one ONNX file: five QuantizedModel lines in the project file.
Labeler[] all =
[
    new("fp32", typeof(LabelerFp32), new LabelerFp32().Predict),
    new("fp16", typeof(LabelerFp16), new LabelerFp16().Predict),
    new("int8", typeof(LabelerInt8), new LabelerInt8().Predict),
    new("int8-dynamic", typeof(LabelerInt8Dynamic), new LabelerInt8Dynamic().Predict),
    new("auto", typeof(LabelerAuto), new LabelerAuto().Predict),
];
Labeler reference = all[0];
Labeler[] labelers = [.. all.Where(l => options.Mode is null || l == reference || l.Mode == options.Mode)];
string[] names = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "imagenet-labels.txt"));
var views = new List<byte[]>();
int exitCode = 0;
foreach (string file in options.Pictures)
{
    try
    {
        Label(file);
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
    {
        Console.Error.WriteLine($"error: {e.Message}");
        exitCode = 1;
    }
}

if (views.Count > 0)
{
    Compare();
}

return exitCode;

void Label(string file)
{
    using Picture picture = Picture.Open(file);
    byte[] pixels = picture.ToSquare();
    Console.WriteLine($"{Path.GetFileName(file)}, {picture.Width} x {picture.Height} pixels");
    Terminal.Draw(picture);
    Labeler asked = labelers.Single(l => l.Mode == (options.Mode ?? "int8"));
    foreach ((int label, double probability) in asked.Top(pixels, 5))
    {
        Console.WriteLine($"  {probability,6:P1}  {names[label],-28} {Terminal.Bar(probability)}".TrimEnd());
    }

    foreach (Labeler labeler in labelers)
    {
        Console.WriteLine($"  {labeler.Mode}: {names[labeler.Best(pixels)]}");
    }

    Console.WriteLine();
    views.AddRange(picture.Views());
}

void Compare()
{
    int[] expected = [.. views.Select(v => reference.Best(v))];
    Console.WriteLine($"mode                bytes   of fp32   ms per image   as fp32, of {views.Count} views of the pictures");
    Console.WriteLine("------------   ----------   -------   ------------   ----------------------------------");
    foreach (Labeler labeler in labelers)
    {
        double agreement = (double)views.Select((v, i) => labeler.Best(v) == expected[i] ? 1 : 0).Sum() / views.Count;
        Console.WriteLine(
            $"{labeler.Mode,-12}   {labeler.Bytes,10:N0}   {(double)labeler.Bytes / reference.Bytes,7:P0}   "
                + $"{labeler.Milliseconds(views[0]),12:F2}   {agreement,7:P1}");
    }
}
