using System.Globalization;
using System.Text;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Shows what the compiler does: the graph as text after every pass that changed it, in files that are numbered in order. With a limit
/// the passes that only make a model smaller or faster stop after so many, so that halving the number finds the one that goes wrong.
/// </summary>
/// <param name="directory">Where the files go; null to write none.</param>
/// <param name="limit">How many passes may change the graph; null for all.</param>
internal sealed class PassTrace(string? directory, int? limit)
{
    private int _count;

    /// <summary>True when no more passes are to run that could be left out.</summary>
    public bool IsOver => _count >= limit;

    public void Write(string pass, Graph graph)
    {
        _count++;
        if (directory is not null)
        {
            Directory.CreateDirectory(directory);
            string file = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{_count:D3}-{pass}.txt"));
            File.WriteAllText(file, GraphPrinter.Write(graph), new UTF8Encoding(false));
        }
    }
}
