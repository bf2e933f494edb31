using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels.Checks;

/// <summary>A matrix product to try, with a name that survives test discovery.</summary>
internal sealed record MatrixCase(int Rows, int Inner, int Columns)
{
    public static IReadOnlyList<MatrixCase> All { get; } = [.. Cases()];

    public GemmShape Shape => new(Rows, Inner, Columns);

    public string Name => $"{Rows}x{Inner}x{Columns}";

    public override string ToString() => Name;

    private static IEnumerable<MatrixCase> Cases()
    {
        yield return new(1, 1600, 64);
        yield return new(1, 64, 10);
        yield return new(97, 31, 47);
        yield return new(20, 700, 17);
        for (int size = 1; size <= 34; size++)
        {
            yield return new(1, size, 35 - size);
            yield return new(size, 35 - size, 16);
            yield return new(3, size, 33);
        }

        var random = new Random(20240919);
        for (int i = 0; i < 40; i++)
        {
            yield return new(random.Next(1, 30), random.Next(1, 70), random.Next(1, 70));
        }
    }
}
