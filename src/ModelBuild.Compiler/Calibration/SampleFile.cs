using ModelBuild.Compiler.Calibration.Pictures;
using ModelBuild.Compiler.Calibration.Tables;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Calibration;

/// <summary>One file, or the files of a group, while they are read: an array per input, which advance together.</summary>
internal sealed class SampleFile : IDisposable
{
    private readonly List<SampleArray> _arrays = [];
    private IDisposable? _container;

    /// <summary>Number of samples.</summary>
    public long Count { get; private set; }

    public static SampleFile Open(SampleGroup group, IReadOnlyList<Value> inputs, ImagePreprocessing? preprocessing)
    {
        var result = new SampleFile();
        try
        {
            result.OpenArrays(group, inputs, preprocessing);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    public IReadOnlyDictionary<string, Tensor> Next()
    {
        var sample = new Dictionary<string, Tensor>(_arrays.Count, StringComparer.Ordinal);
        foreach (SampleArray array in _arrays)
        {
            sample.Add(array.Input.Name, array.Next());
        }

        return sample;
    }

    public void Dispose()
    {
        foreach (SampleArray array in _arrays)
        {
            array.Dispose();
        }

        _container?.Dispose();
    }

    private void OpenArrays(SampleGroup group, IReadOnlyList<Value> inputs, ImagePreprocessing? preprocessing)
    {
        string file = group.Name;
        switch (group.Format)
        {
            case SampleFormat.Npy when group.Inputs is { } names:
                foreach ((string name, string own) in names.Zip(group.Files))
                {
                    Add(NpyReader.Open(own), inputs.First(i => i.Name == name), own, inputs);
                }

                break;
            case SampleFormat.Npy:
                Add(NpyReader.Open(file), OnlyInput(file, inputs), file, inputs);
                break;
            case SampleFormat.Npz:
                NpzReader archive = NpzReader.Open(file);
                _container = archive;
                foreach (Value input in inputs)
                {
                    Add(archive.OpenArray(FindArray(archive, input, inputs.Count, file)), input, file, inputs);
                }

                break;
            case SampleFormat.Tensor:
                foreach ((IArrayReader array, Value input, string own) in OnnxTensors.Open(group, inputs))
                {
                    Add(array, input, own, inputs);
                }

                break;
            case SampleFormat.Idx when preprocessing is not null:
                Add(PictureArrays.OpenIdx(file, OnlyInput(file, inputs), For(inputs[0])!), inputs[0], file, inputs);
                break;
            case SampleFormat.Idx:
                Add(IdxReader.Open(file), OnlyInput(file, inputs), file, inputs);
                break;
            case SampleFormat.Picture:
                Add(PictureArrays.Open(file, OnlyInput(file, inputs), For(inputs[0])), inputs[0], file, inputs);
                break;
            case SampleFormat.Csv or SampleFormat.Parquet:
                ITable table = group.Format == SampleFormat.Csv ? CsvTable.Open(file) : ParquetTable.Open(file);
                _container = table;
                foreach (Value input in inputs)
                {
                    Add(TableColumns.For(table, input, inputs), input, file, inputs);
                }

                break;
            default:
                throw new CompilationException(
                    DiagnosticCodes.CalibrationType,
                    $"Sample file '{file}' is of no known kind. Give {SampleGroup.Known}; NumPy saves samples with numpy.save or "
                        + "numpy.savez.",
                    file);
        }

        Count = _arrays.Max(a => a.Count);
        foreach (SampleArray array in _arrays)
        {
            if (array.Count != Count && array.Count != 1)
            {
                throw new CompilationException(
                    DiagnosticCodes.CalibrationShape,
                    $"Sample file '{file}': the arrays hold different numbers of samples "
                        + $"({string.Join(", ", _arrays.Select(a => $"'{a.Name}' {a.Count}"))}). Give every input the same number, or bind "
                        + "the batch of one with Dimensions.",
                    file);
            }
        }

        CheckSymbols(file);

        // The class computes the rest.
        ImagePreprocessing? For(Value input) => input.Pixels is null ? preprocessing : preprocessing?.OfPixels;
    }

    /// <summary>
    /// Whether samples are stacked along the first dimension of an input. It is no batch where another dimension has the same size: what
    /// a recurrent network has as its second, for example, or the number of nodes of a graph.
    /// </summary>
    private static bool IsStacked(Value input, IReadOnlyList<Value> inputs) => !input.KnownShape.Take(1).SelectMany(d => d.Symbols)
        .Intersect(
            inputs.SelectMany(i => i.KnownShape.Skip(1)).SelectMany(d => d.Symbols).Concat(Steps(input)), StringComparer.Ordinal).Any();

    /// <summary>What the number of steps of a recurrent layer is called: along them a sample is one, not many.</summary>
    private static IEnumerable<string> Steps(Value input) => input.Consumers.FirstOrDefault()?.Graph is { } graph
        ? graph.Nodes.Where(n => Recurrent.IsLayer(n)).SelectMany(n => n.Required(0).Shape?.Take(1) ?? []).SelectMany(d => d.Symbols)
        : [];

    private void Add(IArrayReader array, Value input, string file, IReadOnlyList<Value> inputs) =>
        _arrays.Add(new SampleArray(array, input, file, IsStacked(input, inputs)));

    /// <exception cref="CompilationException">MODELB2002: there are several.</exception>
    private static Value OnlyInput(string file, IReadOnlyList<Value> inputs) => inputs.Count == 1
        ? inputs[0]
        : throw new CompilationException(
            DiagnosticCodes.CalibrationShape,
            $"Sample file '{file}' holds one array, but the model has the inputs {Quote(inputs.Select(i => i.Name))}. Put an "
                + $"array for each into a .npz file: numpy.savez(file, {string.Join(", ", inputs.Select(i => $"{i.Name}=…"))}).",
            file);

    private static string FindArray(NpzReader archive, Value input, int inputs, string file)
    {
        IReadOnlyList<string> arrays = archive.Arrays;
        return arrays.FirstOrDefault(a => a == input.Name)
            ?? arrays.FirstOrDefault(a => a == "in_" + input.Name)
            ?? (inputs == 1 && arrays.Count == 1 ? arrays[0] : null)
            ?? throw new CompilationException(
                DiagnosticCodes.CalibrationShape,
                $"Sample file '{file}' has no array for the model's input '{input.Name}'; it has "
                    + $"{(arrays.Count == 0 ? "none at all" : Quote(arrays))}. Name the array as the input.",
                file);
    }

    /// <summary>A symbol such as <c>sequence</c> stands for one size in all inputs of a sample.</summary>
    private void CheckSymbols(string file)
    {
        var sizes = new Dictionary<string, (long Size, string Array)>(StringComparer.Ordinal);
        foreach (SampleArray array in _arrays)
        {
            Shape shape = array.Input.KnownShape;
            for (int axis = 0; axis < shape.Rank; axis++)
            {
                string symbol = shape[axis].ToString();
                if (shape[axis].IsConstant)
                {
                    continue;
                }

                if (!sizes.TryAdd(symbol, (array.Dimensions[axis], array.Name)) && sizes[symbol].Size != array.Dimensions[axis])
                {
                    throw new CompilationException(
                        DiagnosticCodes.CalibrationShape,
                        $"Sample file '{file}': dimension '{symbol}' is {sizes[symbol].Size} in array '{sizes[symbol].Array}' and "
                            + $"{array.Dimensions[axis]} in array '{array.Name}'. Within a file it has one size.",
                        file);
                }
            }
        }
    }

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
