namespace FashionMnist;

/// <summary>A bar that fills from left to right. It only ever appends, so that it reads the same in a terminal and in a file.</summary>
internal sealed class ProgressBar : IDisposable
{
    private const int Width = 60;
    private readonly int _steps;
    private int _step;
    private int _drawn;

    public ProgressBar(int steps)
    {
        _steps = steps;
        Console.Write("Predicting [");
    }

    public void Advance()
    {
        _step++;
        for (int full = (int)((long)_step * Width / _steps); _drawn < full; _drawn++)
        {
            Console.Write('#');
        }
    }

    public void Dispose() => Console.WriteLine("]");
}
