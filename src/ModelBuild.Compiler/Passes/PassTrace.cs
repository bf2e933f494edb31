using System.Globalization;
using System.Text;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Shows what the compiler does: the graph as text after every pass that changed it, in files that are numbered in order. With a limit
/// the passes that only make a model smaller or faster stop after so many, so that halving the number finds the one that goes wrong.
/// </summary>
internal sealed class PassTrace
{
    private readonly string? _directory;
    private readonly int? _limit;
    private int _count;

    /// <param name="directory">Where the files go, in place of those of an earlier compile; null to write none.</param>
    /// <param name="limit">How many passes may change the graph; null for all.</param>
    public PassTrace(string? directory, int? limit)
    {
        _directory = directory;
        _limit = limit;
        if (directory is not null)
        {
            Directory.CreateDirectory(directory);
            Array.ForEach(Directory.GetFiles(directory, "???-*.txt"), File.Delete);
        }
    }

    /// <summary>True when no more passes are to run that could be left out.</summary>
    public bool IsOver => _count >= _limit;

    public void Write(string pass, Graph graph)
    {
        _count++;
        if (_directory is not null)
        {
            string file = Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"{_count:D3}-{pass}.txt"));
            File.WriteAllText(file, GraphPrinter.Write(graph), new UTF8Encoding(false));
        }
    }
}
