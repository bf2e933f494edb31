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
    private byte[] _arena = [];

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
            return new TensorPlace(port, binder.Index(port < 0 ? tensor.Offset : Dimension.Zero), binder.Index(tensor.Length));
        }
    }

    /// <summary>What it runs.</summary>
    public ExecutionPlan Plan => _plan;

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
            .. _plan.Outputs.Select(port => new byte[Bytes(_plan.Tensors[port.Tensor])]),
        ];
        long arenaBytes = _plan.Arena.Evaluate(symbols);
        if (_arena.Length < arenaBytes)
        {
            _arena = new byte[arenaBytes];
        }

        var frame = new Frame(_weights, _places, _arena, ports, Array.ConvertAll(_extents, e => e.Evaluate(symbols)));
        for (int i = 0; i < _steps.Length; i++)
        {
            try
            {
                _steps[i].Run(frame);
            }
            catch (Exception e) when (IsOfTheStep(e))
            {
                throw Failure(_plan.Steps[i], e);
            }

            if (observer is not null)
            {
                foreach (PlanTensor tensor in _completed[i].Select(id => _plan.Tensors[id]))
                {
                    observer(tensor, tensor.Location == PlanLocation.Arena
                        ? _arena.AsSpan((int)tensor.Offset.Evaluate(symbols), (int)Bytes(tensor))
                        : ports[_plan.Inputs.Count + (int)tensor.Offset.Value]);
                }
            }
        }

        return _plan.Outputs.Select((port, i) => (port.Name, Tensor: ToTensor(_plan.Tensors[port.Tensor], ports[_plan.Inputs.Count + i])))
            .ToDictionary(o => o.Name, o => o.Tensor, StringComparer.Ordinal);

        long Bytes(PlanTensor tensor) => tensor.Length.Evaluate(symbols) * tensor.Type.Size();

        Tensor ToTensor(PlanTensor tensor, byte[] data) =>
            new(tensor.Type.ToDataType(), [.. tensor.Shape.Select(d => d.Evaluate(symbols))], data);
    }

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
            ? new UnsuitedDataException($"Step '{step.Name}' ({step.Call.Target}) cannot use its data: {e.Message}", e)
            : new InvalidOperationException($"step '{step.Name}' ({step.Call.Target}) cannot run: {e.Message}", e);

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
