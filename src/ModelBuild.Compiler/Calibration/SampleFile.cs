using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Calibration;

/// <summary>One file while it is read: an array per input, which advance together.</summary>
internal sealed class SampleFile : IDisposable
{
    private readonly List<SampleArray> _arrays = [];
    private NpzReader? _archive;

    /// <summary>Number of samples.</summary>
    public long Count { get; private set; }

    public static SampleFile Open(string file, IReadOnlyList<Value> inputs)
    {
        var result = new SampleFile();
        try
        {
            result.OpenArrays(file, inputs);
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

        _archive?.Dispose();
    }

    private void OpenArrays(string file, IReadOnlyList<Value> inputs)
    {
        switch (Path.GetExtension(file).ToLowerInvariant())
        {
            case ".npy" when inputs.Count == 1:
                _arrays.Add(new SampleArray(NpyReader.Open(file), inputs[0], file, IsStacked(inputs[0], inputs)));
                break;
            case ".npy":
                throw new CompilationException(
                    DiagnosticCodes.CalibrationShape,
                    $"Calibration file '{file}' holds one array, but the model has the inputs {Quote(inputs.Select(i => i.Name))}. Put an "
                        + $"array for each into a .npz file: numpy.savez(file, {string.Join(", ", inputs.Select(i => $"{i.Name}=…"))}).",
                    file);
            case ".npz":
                _archive = NpzReader.Open(file);
                foreach (Value input in inputs)
                {
                    _arrays.Add(new SampleArray(
                        _archive.OpenArray(FindArray(input, inputs.Count, file)), input, file, IsStacked(input, inputs)));
                }

                break;
            default:
                throw new CompilationException(
                    DiagnosticCodes.CalibrationType,
                    $"Calibration file '{file}' is neither .npy nor .npz. Save the samples with numpy.save or numpy.savez.", file);
        }

        Count = _arrays.Max(a => a.Count);
        foreach (SampleArray array in _arrays)
        {
            if (array.Count != Count && array.Count != 1)
            {
                throw new CompilationException(
                    DiagnosticCodes.CalibrationShape,
                    $"Calibration file '{file}': the arrays hold different numbers of samples "
                        + $"({string.Join(", ", _arrays.Select(a => $"'{a.Name}' {a.Count}"))}). Give every input the same number, or bind "
                        + "the batch of one with Dimensions.",
                    file);
            }
        }

        CheckSymbols(file);
    }

    /// <summary>
    /// Whether samples are stacked along the first dimension of an input. It is no batch where another dimension has the same size: what
    /// a recurrent network has as its second, for example, or the number of nodes of a graph.
    /// </summary>
    private static bool IsStacked(Value input, IReadOnlyList<Value> inputs) => !input.KnownShape.Take(1).SelectMany(d => d.Symbols)
        .Intersect(inputs.SelectMany(i => i.KnownShape.Skip(1)).SelectMany(d => d.Symbols), StringComparer.Ordinal).Any();

    private string FindArray(Value input, int inputs, string file)
    {
        IReadOnlyList<string> arrays = _archive!.Arrays;
        return arrays.FirstOrDefault(a => a == input.Name)
            ?? arrays.FirstOrDefault(a => a == "in_" + input.Name)
            ?? (inputs == 1 && arrays.Count == 1 ? arrays[0] : null)
            ?? throw new CompilationException(
                DiagnosticCodes.CalibrationShape,
                $"Calibration file '{file}' has no array for the model's input '{input.Name}'; it has "
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
                        $"Calibration file '{file}': dimension '{symbol}' is {sizes[symbol].Size} in array '{sizes[symbol].Array}' and "
                            + $"{array.Dimensions[axis]} in array '{array.Name}'. Within a file it has one size.",
                        file);
                }
            }
        }
    }

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
