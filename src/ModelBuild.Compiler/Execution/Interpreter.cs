using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Execution;

/// <summary>Told of every tensor once, right after the last step that writes it. The data is valid during the call only.</summary>
internal delegate void TensorObserver(PlanTensor tensor, ReadOnlySpan<byte> data);

/// <summary>
/// Runs a plan inside the compiler, for calibration and validation: the kernels, arguments and memory offsets of the generated class.
/// Not thread-safe.
/// </summary>
internal sealed class Interpreter
{
    private readonly ExecutionPlan _plan;
    private readonly PackedWeights _weights;
    private readonly BoundStep[] _steps;
    private readonly List<int>[] _completed;
    private readonly TensorPlace[] _places;
    private readonly Dimension[] _extents;

    /// <summary>The expressions that become known with the inputs, and with each binding step.</summary>
    private readonly int[][] _known;

    /// <summary>The same for outputs.</summary>
    private readonly int[][] _sized;
    private readonly byte[][] _regions;

    /// <param name="compiled">The plan and its weights.</param>
    /// <param name="kernels">
    /// Null for those that an application gets, which differ from processor to processor in the last bits of floats.
    /// </param>
    /// <exception cref="InvalidOperationException">A step calls what the runtime does not have.</exception>
    public Interpreter(CompiledPlan compiled, KernelTable? kernels = null)
    {
        _plan = compiled.Plan;
        _weights = compiled.Weights;
        var binder = new StepBinder(_plan, kernels);
        _steps = [.. _plan.Steps.Select(step => Bind(binder, step))];
        _places = [.. _plan.Tensors.Select(Place)];
        _extents = [.. binder.Extents];
        Dictionary<string, int> stages = Stages(_plan);
        _regions = [.. Enumerable.Repeat(Array.Empty<byte>(), stages.Count == 0 ? 1 : stages.Values.Max() + 1)];
        _known = ByStage(_extents);
        _sized = ByStage([.. _plan.Outputs.Select(p => _plan.Tensors[p.Tensor].Length)]);
        _completed = new List<int>[_steps.Length];
        var seen = new HashSet<int>();
        for (int i = _steps.Length - 1; i >= 0; i--)
        {
            // Several steps may write one tensor, such as the parts of a concatenation: it is complete after the last.
            _completed[i] = [.. _steps[i].Written.Where(seen.Add)];
        }

        TensorPlace Place(PlanTensor tensor)
        {
            int port = tensor.Location switch
            {
                PlanLocation.Input => (int)tensor.Offset.Value,
                PlanLocation.Output => _plan.Inputs.Count + (int)tensor.Offset.Value,
                _ => -1,
            };
            return new TensorPlace(
                port, tensor.Region, binder.Index(port < 0 ? tensor.Offset : Dimension.Zero), binder.Index(tensor.Length));
        }

        int[][] ByStage(Dimension[] expressions)
        {
            ILookup<int, int> indices = Enumerable.Range(0, expressions.Length)
                .ToLookup(i => expressions[i].Symbols.Select(s => stages.GetValueOrDefault(s)).DefaultIfEmpty().Max());
            return [.. Enumerable.Range(0, _regions.Length).Select(stage => indices[stage].ToArray())];
        }
    }

    /// <summary>What it runs.</summary>
    public ExecutionPlan Plan => _plan;

    /// <summary>What a run takes for given inputs: its arena and its outputs, as far as data does not decide their sizes.</summary>
    /// <exception cref="ArgumentException">An input is missing or does not fit.</exception>
    public double Bytes(IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, long> symbols = Symbols(inputs);
        return _sized[0].Select(i => _plan.Tensors[_plan.Outputs[i].Tensor])
            .Sum(t => (double)t.Length.Evaluate(symbols) * t.Type.Size()) + _plan.Arena.Evaluate(symbols);
    }

    /// <summary>Runs the model once.</summary>
    /// <param name="inputs">By name in the model. Free dimensions (batch) follow from their shapes.</param>
    /// <returns>The outputs, by name in the model.</returns>
    /// <exception cref="ArgumentException">An input is missing or does not fit.</exception>
    /// <exception cref="InvalidOperationException">A kernel refuses the arguments of a step.</exception>
    /// <exception cref="UnsuitedDataException">An index that comes from the inputs points outside a tensor.</exception>
    public Dictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs, TensorObserver? observer = null)
    {
        Dictionary<string, long> symbols = Symbols(inputs);
        byte[][] ports =
        [
            .. _plan.Inputs.Select(port => inputs[port.Name].Data.ToArray()),
            .. _plan.Outputs.Select(_ => Array.Empty<byte>()),
        ];
        long[] extents = new long[_extents.Length];
        int stage = 0;
        Enter(_plan.Arena);
        var frame = new Frame(_weights, _places, _regions, ports, extents);
        for (int i = 0; i < _steps.Length; i++)
        {
            try
            {
                _steps[i].Run(frame);
                if (_plan.Steps[i].Binding is { } binding)
                {
                    ReadOnlySpan<long> values = frame.Tensor<long>(binding.Tensor);
                    foreach (PlanBoundSymbol symbol in binding.Symbols)
                    {
                        symbols[symbol.Name] = values[symbol.Element];
                    }

                    stage++;
                    Enter(binding.Bytes);
                }
            }
            catch (Exception e) when (IsOfTheStep(e))
            {
                throw stage > 0 && e is ArgumentException or UnsuitedDataException
                    ? Unsuited(_plan.Steps[i], e)
                    : Failure(_plan.Steps[i], e);
            }

            if (observer is not null)
            {
                foreach (PlanTensor tensor in _completed[i].Select(id => _plan.Tensors[id]))
                {
                    observer(tensor, tensor.Location == PlanLocation.Arena
                        ? _regions[tensor.Region].AsSpan((int)tensor.Offset.Evaluate(symbols), (int)Bytes(tensor))
                        : ports[_plan.Inputs.Count + (int)tensor.Offset.Value]);
                }
            }
        }

        return _plan.Outputs.Select((port, i) => (port.Name, Tensor: ToTensor(_plan.Tensors[port.Tensor], ports[_plan.Inputs.Count + i])))
            .ToDictionary(o => o.Name, o => o.Tensor, StringComparer.Ordinal);

        // What depends on the symbols that are known now, and did not before.
        void Enter(Dimension bytes)
        {
            foreach (int extent in _known[stage])
            {
                extents[extent] = _extents[extent].Evaluate(symbols);
            }

            foreach (int output in _sized[stage])
            {
                if (_plan.Tensors[_plan.Outputs[output].Tensor].Length.Evaluate(symbols) < 0)
                {
                    throw new ArgumentOutOfRangeException(nameof(bytes), "Data asks for a negative size.");
                }

                ports[_plan.Inputs.Count + output] = new byte[Bytes(_plan.Tensors[_plan.Outputs[output].Tensor])];
            }

            long length = bytes.Evaluate(symbols);
            if (_regions[stage].Length < length)
            {
                _regions[stage] = new byte[length];
            }
        }

        long Bytes(PlanTensor tensor) => tensor.Length.Evaluate(symbols) * tensor.Type.Size();

        Tensor ToTensor(PlanTensor tensor, byte[] data) =>
            new(tensor.Type.ToDataType(), [.. tensor.Shape.Select(d => d.Evaluate(symbols))], data);
    }

    /// <summary>After how many binding steps each bound symbol is known.</summary>
    private static Dictionary<string, int> Stages(ExecutionPlan plan) => plan.Steps
        .Select(s => s.Binding).OfType<PlanBinding>()
        .SelectMany((binding, i) => binding.Symbols.Select(s => (s.Name, Stage: i + 1)))
        .ToDictionary(s => s.Name, s => s.Stage, StringComparer.Ordinal);

    private static BoundStep Bind(StepBinder binder, PlanStep step)
    {
        try
        {
            return binder.Bind(step);
        }
        catch (Exception e) when (IsOfTheStep(e))
        {
            throw Failure(step, e);
        }
    }

    /// <summary>A lack of memory is not the step's fault.</summary>
    private static bool IsOfTheStep(Exception e) => e is not (OutOfMemoryException or OverflowException);

    /// <summary>Says which step it is that fails.</summary>
    private static Exception Failure(PlanStep step, Exception e) =>
        e is ArgumentOutOfRangeException { ParamName: "indices" or "lengths" or "images" or "regions" }
            || (e is ArgumentException && step.Call.Target.StartsWith("Sizes.", StringComparison.Ordinal))
            ? Unsuited(step, e)
            : new InvalidOperationException($"step '{step.Name}' ({step.Call.Target}) cannot run: {e.Message}", e);

    /// <summary>Behind sizes that data decides, sizes can be what a kernel does not take.</summary>
    private static UnsuitedDataException Unsuited(PlanStep step, Exception e) =>
        new($"Step '{step.Name}' ({step.Call.Target}) cannot use its data: {e.Message}", e);

    private Dictionary<string, long> Symbols(IReadOnlyDictionary<string, Tensor> inputs)
    {
        var symbols = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (PlanPort port in _plan.Inputs)
        {
            PlanTensor tensor = _plan.Tensors[port.Tensor];
            if (!inputs.TryGetValue(port.Name, out Tensor? given) || given.Rank != tensor.Shape.Count
                || given.Type != tensor.Type.ToDataType())
            {
                throw new ArgumentException(
                    $"Input '{port.Name}' must be {tensor.Type}[{string.Join(",", tensor.Shape)}].", nameof(inputs));
            }

            for (int i = 0; i < given.Rank; i++)
            {
                Dimension expected = tensor.Shape[i];
                if (!expected.Symbols.All(symbols.ContainsKey))
                {
                    symbols[expected.ToString()] = given.Dimensions[i];
                }
                else if (expected.Evaluate(symbols) != given.Dimensions[i])
                {
                    throw new ArgumentException(
                        $"Dimension {i} of input '{port.Name}' is {given.Dimensions[i]}, not {expected}.", nameof(inputs));
                }
            }
        }

        return symbols;
    }
}
