using System.Globalization;
using System.Text;
using ModelBuild.Compiler.Files;
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
    private int _changes;
    private int _optionalChanges;

    /// <param name="directory">Where the files go, in place of those of an earlier compile; null to write none.</param>
    /// <param name="limit">How many optional passes may change the graph; null for all.</param>
    /// <exception cref="CompilationException">MODELB0018: the directory cannot be written to.</exception>
    public PassTrace(string? directory, int? limit)
    {
        _directory = directory;
        _limit = limit;
        if (directory is not null)
        {
            Try(() =>
            {
                Directory.CreateDirectory(directory);
                Array.ForEach(Directory.GetFiles(directory, "???-*.txt"), File.Delete);
            });
        }
    }

    /// <summary>True when no more passes are to run that could be left out.</summary>
    public bool IsOver => _optionalChanges >= _limit;

    /// <summary>Takes down that a pass has changed the graph.</summary>
    /// <exception cref="CompilationException">MODELB0018: the file cannot be written.</exception>
    public void Write(IPass pass, Graph graph)
    {
        _changes++;
        _optionalChanges += pass.IsRequired ? 0 : 1;
        if (_directory is not null)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{_changes:D3}-{pass.GetType().Name}.txt");
            Try(() => File.WriteAllText(Path.Combine(_directory, name), GraphPrinter.Write(graph), new UTF8Encoding(false)));
        }
    }

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                DiagnosticCodes.OutputFailed,
                $"The graph cannot be written into '{_directory}': "
                    + $"{OutputFile.Explain(Path.Combine(_directory!, "000.txt"), e)} Without Dump nothing is written.",
                _directory);
        }
    }
}
