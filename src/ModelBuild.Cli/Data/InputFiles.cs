using ModelBuild.Cli.Execution;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Cli.Data;

/// <summary>Reads what a model is run with from files, and holds it against what the model takes.</summary>
internal sealed class InputFiles
{
    private readonly ExecutionPlan _plan;
    private readonly List<Finding> _findings = [];
    private readonly Dictionary<string, (Tensor Tensor, string File)> _read = new(StringComparer.Ordinal);

    private InputFiles(ExecutionPlan plan) => _plan = plan;

    /// <summary>Reads a tensor for each input.</summary>
    /// <param name="plan">The model.</param>
    /// <param name="given"><c>NAME=FILE.npy</c>, <c>FILE.npy</c> or <c>FILE.npz</c>.</param>
    /// <exception cref="CompilationException">All that is wrong with them: MODELB4001 to 4003.</exception>
    public static RunInputs Read(ExecutionPlan plan, IReadOnlyList<string> given)
    {
        var files = new InputFiles(plan);
        foreach (string text in given)
        {
            files.Open(text);
        }

        files.FindMissing();
        Dictionary<string, long> symbols = files._findings.Count == 0 ? files.CheckShapes() : [];
        return files._findings.Count == 0
            ? new RunInputs(
                files._read.ToDictionary(r => r.Key, r => r.Value.Tensor),
                files._read.ToDictionary(r => r.Key, r => r.Value.File),
                symbols)
            : throw new CompilationException(files._findings);
    }

    private void Open(string text)
    {
        try
        {
            (string? name, string file) = Split(text);
            bool isArchive = string.Equals(Path.GetExtension(file), ".npz", StringComparison.OrdinalIgnoreCase);
            if (name is null && isArchive)
            {
                OpenArchive(file);
            }
            else if (isArchive)
            {
                Add(
                    DiagnosticCodes.InputFile,
                    $"Input file '{file}' is an archive of arrays that have names of their own. Give it without '{name}=', or give a "
                        + ".npy file.",
                    file);
            }
            else if (FindPort(name, file) is { } port)
            {
                using NpyReader array = NpyReader.Open(file, ArrayUse.Input);
                Take(port, array, file);
            }
        }
        catch (CompilationException e)
        {
            _findings.AddRange(e.Findings);
        }
    }

    /// <summary>Names may have any character, and so may files: what is called as an input is one.</summary>
    private (string? Name, string File) Split(string text)
    {
        PlanPort? port = _plan.Inputs.Where(p => text.StartsWith(p.Name + "=", StringComparison.Ordinal)).MaxBy(p => p.Name.Length);
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return port is not null ? (port.Name, text[(port.Name.Length + 1)..])
            : equals < 0 || File.Exists(text) ? (null, text)
            : (text[..equals], text[(equals + 1)..]);
    }

    private PlanPort? FindPort(string? name, string file)
    {
        if (name is null && _plan.Inputs.Count == 1)
        {
            return _plan.Inputs[0];
        }

        if (_plan.Inputs.FirstOrDefault(p => p.Name == name) is { } port)
        {
            return port;
        }

        string inputs = _plan.Inputs.Count == 0
            ? "The model has no inputs."
            : $"The model's inputs are {Quote(_plan.Inputs.Select(p => p.Name))}.";
        Add(
            DiagnosticCodes.InputNames,
            name is null
                ? $"Input file '{file}' does not say for which input it is. {inputs} Write --input NAME={file}."
                : $"'{name}' is no input of model '{_plan.Source.File}'. {inputs}{Suggestion.For(name, _plan.Inputs.Select(p => p.Name))}",
            null);
        return null;
    }

    /// <summary>An archive may have other arrays too, such as the outputs that are expected.</summary>
    private void OpenArchive(string file)
    {
        using NpzReader archive = NpzReader.Open(file, ArrayUse.Input);
        int found = 0;
        foreach (PlanPort port in _plan.Inputs)
        {
            string? array = archive.Arrays.FirstOrDefault(a => a == port.Name) ?? archive.Arrays.FirstOrDefault(a => a == "in_" + port.Name)
                ?? (_plan.Inputs.Count == 1 && archive.Arrays.Count == 1 ? archive.Arrays[0] : null);
            if (array is not null)
            {
                found++;
                using NpyReader reader = archive.OpenArray(array);
                Take(port, reader, file);
            }
        }

        if (found == 0)
        {
            Add(
                DiagnosticCodes.InputNames,
                $"Input file '{file}' has no array for an input of model '{_plan.Source.File}': it has "
                    + $"{(archive.Arrays.Count == 0 ? "none at all" : Quote(archive.Arrays))}, and the model takes "
                    + $"{Quote(_plan.Inputs.Select(p => p.Name))}. Name the arrays as the inputs.",
                file);
        }
    }

    private void Take(PlanPort port, NpyReader array, string file)
    {
        PlanTensor tensor = _plan.Tensors[port.Tensor];
        DataType type = tensor.Type.ToDataType();
        if (_read.ContainsKey(port.Name))
        {
            Add(DiagnosticCodes.InputNames, $"Input '{port.Name}' is given twice: by '{_read[port.Name].File}' and by '{file}'.", null);
        }
        else if (array.Type != type)
        {
            string name = NpyWriter.Name(type);
            string given = NpyWriter.Name(array.Type);
            Add(
                DiagnosticCodes.InputFile,
                $"Input file '{file}': array '{array.Array}' has elements of type {given}, but input '{port.Name}' takes {name}. Save it "
                    + $"as {name}; nothing is converted here.",
                file);
        }
        else if (!Fits(tensor.Shape, array.Dimensions))
        {
            Add(
                DiagnosticCodes.InputShape,
                $"Input file '{file}': array '{array.Array}' has the shape [{string.Join(",", array.Dimensions)}], but input "
                    + $"'{port.Name}' takes [{string.Join(",", tensor.Shape)}]. {Remedy(tensor.Shape, array.Dimensions)}",
                file);
        }
        else if (Bytes(array, type) is { } bytes)
        {
            var data = new byte[bytes];
            array.Read(data);
            _read.Add(port.Name, (new Tensor(type, [.. array.Dimensions], data), file));
        }
        else
        {
            Add(DiagnosticCodes.InputFile, $"Input file '{file}': array '{array.Array}' has more than 2 GB. Run a smaller batch.", file);
        }
    }

    private static int? Bytes(NpyReader array, DataType type)
    {
        // The reader has compared the product with the file's length.
        long bytes = array.Dimensions.Aggregate((long)type.Size(), (product, d) => product * d);
        return bytes <= Array.MaxLength ? (int)bytes : null;
    }

    /// <summary>Whether the numbers agree. What symbols stand for is compared when all inputs are read.</summary>
    private static bool Fits(IReadOnlyList<Dimension> shape, IReadOnlyList<long> array) =>
        shape.Count == array.Count && shape.Zip(array).All(d => !d.First.IsConstant || d.First.Value == d.Second);

    private static string Remedy(IReadOnlyList<Dimension> shape, IReadOnlyList<long> array) =>
        array.Contains(0) && shape.Count == array.Count ? "It has no elements: look at what wrote the file."
        : shape.Count == array.Count + 1 && Fits(shape, [1, .. array])
            ? "The batch is a dimension too: save it with numpy.expand_dims(x, 0)."
        : "Save it in that shape.";

    private void FindMissing()
    {
        // Of an input whose file is wrong, that is said already.
        string[] missing = [.. _plan.Inputs.Select(p => p.Name).Where(n => !_read.ContainsKey(n))];
        if (missing.Length > 0 && _findings.Count == 0)
        {
            Add(
                DiagnosticCodes.InputNames,
                $"Model '{_plan.Source.File}': no file for {(missing.Length == 1 ? "input" : "inputs")} {Quote(missing)}. Add "
                    + $"{string.Join(" ", missing.Select(n => $"--input {n}=FILE.npy"))}.",
                null);
        }
    }

    /// <summary>What the symbols are. One has one size in all inputs.</summary>
    private Dictionary<string, long> CheckShapes()
    {
        var symbols = new Dictionary<string, long>(StringComparer.Ordinal);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        (PlanPort Port, Dimension Dimension, long Size)[] dimensions =
        [
            .. _plan.Inputs.SelectMany(port => _plan.Tensors[port.Tensor].Shape
                .Zip(_read[port.Name].Tensor.Dimensions, (dimension, size) => (port, dimension, size))),
        ];
        foreach ((PlanPort port, Dimension dimension, long size) in dimensions.Where(d => _plan.Symbols.Contains(d.Dimension.ToString())))
        {
            string symbol = dimension.ToString();
            if (symbols.TryAdd(symbol, size))
            {
                sources.Add(symbol, port.Name);
            }
            else if (symbols[symbol] != size)
            {
                Add(
                    DiagnosticCodes.InputShape,
                    $"Dimension '{symbol}' is {symbols[symbol]} in input '{sources[symbol]}' and {size} in input '{port.Name}' "
                        + $"('{_read[port.Name].File}'). It has one size in all inputs.",
                    _read[port.Name].File);
            }
        }

        foreach (PlanRange range in _plan.Ranges.Where(r => symbols[r.Symbol] < r.Least || symbols[r.Symbol] > r.Most))
        {
            string input = sources[range.Symbol];
            Add(
                DiagnosticCodes.InputShape,
                $"Dimension '{range.Symbol}' is {symbols[range.Symbol]} in input '{input}' ('{_read[input].File}'), and must be "
                    + $"{range.Sizes}.",
                _read[input].File);
        }

        // Of nothing, no outputs are left; where some are, the class has no answer either.
        foreach ((string symbol, _) in symbols.Where(s => s.Value == 0 && !PlanRunner.EmptiesOutputs(_plan, s.Key)))
        {
            string input = sources[symbol];
            Add(
                DiagnosticCodes.InputShape,
                $"Dimension '{symbol}' is 0 in input '{input}' ('{_read[input].File}'), and not all outputs are empty then: it must be 1 "
                    + "or more. Look at what wrote the file.",
                _read[input].File);
        }

        foreach ((PlanPort port, Dimension dimension, long size) in dimensions.Where(d => d.Dimension.Symbols.All(symbols.ContainsKey)))
        {
            if (!_plan.Symbols.Contains(dimension.ToString()) && dimension.Evaluate(symbols) != size)
            {
                Add(
                    DiagnosticCodes.InputShape,
                    $"Dimension '{dimension}' of input '{port.Name}' must be {dimension.Evaluate(symbols)} here, and it is {size}.",
                    _read[port.Name].File);
            }
        }

        return symbols;
    }

    private void Add(string code, string message, string? file) => _findings.Add(new Finding(code, FindingSeverity.Error, message, file));

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
