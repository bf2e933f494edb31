using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>Calibration images of <c>samples/FashionMnist</c>: [N, 1, 28, 28], from 0 to 1.</summary>
internal static class SampleImages
{
    private const int ImageBytes = 28 * 28 * sizeof(float);

    private static readonly Lazy<string> s_few = new(WriteFew);

    /// <summary>A file of all 256.</summary>
    public static string All { get; } = Repository.Sample("calibration", "images.npz");

    /// <summary>A file of 64, for tests that ask nothing of the number: calibration and recovery take a quarter of the time.</summary>
    public static string Few => s_few.Value;

    /// <summary>The first images.</summary>
    public static Tensor First(int count)
    {
        Tensor all = NumpyFile.ReadNpz(All)["input"];
        return new Tensor(DataType.Float32, [count, 1, 28, 28], all.Data[..(count * ImageBytes)]);
    }

    private static string WriteFew()
    {
        string file = Path.Combine(AppContext.BaseDirectory, $"images.{Environment.ProcessId}.npz");
        File.WriteAllBytes(file, NumpyFile.Npz(new Dictionary<string, Tensor> { ["input"] = First(64) }));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(file);
        return file;
    }
}
