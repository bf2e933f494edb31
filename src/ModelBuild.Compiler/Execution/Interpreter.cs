using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Execution;

/// <summary>Told of every tensor once, right after the last step that writes it. The data is valid during the call only.</summary>
internal delegate void TensorObserver(PlanTensor tensor, Span<byte> data);

/// <summary>
/// Runs a plan inside the compiler, for calibration and validation: the kernels, arguments and memory offsets of the generated class.
/// Not thread-safe.
/// </summary>
internal sealed class Interpreter
{
    /// <summary>
    /// No loop that anybody waits for in a build runs longer; random inputs may fulfil a condition for ever.
    /// </summary>
    private const long IterationLimit = 100_000;

    private readonly ExecutionPlan _plan;
    private readonly PackedWeights _weights;
    private readonly BoundBlock _steps;

    /// <summary>The tensors that are whole when an outermost step has run.</summary>
    private readonly int[][] _completed;
    private readonly TensorPlace[] _places;
    private readonly Dimension[] _extents;

    /// <summary>The expressions that become known with the inputs, and with each binding step.</summary>
    private readonly int[][] _known;

    /// <summary>The same for outputs.</summary>
    private readonly int[][] _sized;
    private readonly byte[][] _regions;

    /// <summary>Of the run that is going on, or was the last.</summary>
    private Dictionary<string, long> _symbols = new(StringComparer.Ordinal);

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
        _steps = Bind(binder, _plan.Steps);
        _places = [.. _plan.Tensors.Select(Place)];
        _extents = [.. binder.Extents];
        Dictionary<string, int> stages = Stages(_plan);
        _regions = [.. Enumerable.Repeat(Array.Empty<byte>(), stages.Count == 0 ? 1 : stages.Values.Max() + 1)];
        _known = ByStage(_extents);
        _sized = ByStage([.. _plan.Outputs.Select(p => _plan.Tensors[p.Tensor].Length)]);
        _completed = Completed();

        int[][] Completed()
        {
            var completed = new int[_steps.Steps.Length][];
            var seen = new HashSet<int>();
            for (int i = completed.Length - 1; i >= 0; i--)
            {
                // Several steps may write one tensor, such as the parts of a concatenation: it is complete after the last.
                completed[i] = [.. (_plan.Steps[i].Blocks.Count == 0 ? _steps.Steps[i].Written : Left(_steps.Steps[i])).Where(seen.Add)];
            }

            return completed;
        }

        // What steps inside of others write under names of their own, as those around know it.
        int[] Left(BoundStep step)
        {
            var places = new HashSet<(PlanLocation, int, Dimension, Dimension)>(step.Written.Select(id => Memory(_plan.Tensors[id])));
            HashSet<int> outside =
                [.. _plan.Steps.Where(s => s.Blocks.Count == 0).SelectMany(s => Tensors(s.Call)), .. _plan.Outputs.Select(o => o.Tensor)];
            return [.. outside.Where(id => places.Contains(Memory(_plan.Tensors[id]))).Order()];
        }

        static (PlanLocation, int, Dimension, Dimension) Memory(PlanTensor tensor) =>
            (tensor.Location, tensor.Region, tensor.Offset, tensor.Length);

        static IEnumerable<int> Tensors(PlanArgument argument) => argument switch
        {
            TensorArgument tensor => [tensor.Tensor],
            PlanCall call => call.Arguments.SelectMany(a => Tensors(a.Value)),
            _ => [],
        };

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

    /// <summary>Ids of the tensors that each outermost step writes, in ascending order.</summary>
    public IEnumerable<IReadOnlyList<int>> Written => _steps.Steps.Select(s => s.Written);

    /// <summary>What a run takes for given inputs: its arena and its outputs, as far as data does not decide their sizes.</summary>
    /// <exception cref="ArgumentException">An input is missing or does not fit.</exception>
    public double Bytes(IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, long> symbols = Symbols(inputs);
        return _sized[0].Select(i => _plan.Tensors[_plan.Outputs[i].Tensor])
            .Sum(t => (double)t.Length.Evaluate(symbols) * t.Type.Size()) + _plan.Arena.Evaluate(symbols);
    }

    /// <summary>A size of a tensor that an observer is told of.</summary>
    public long Evaluate(Dimension size) => size.Evaluate(_symbols);

    /// <summary>The same of a sum of all steps, with 1 for the sizes that only bodies of control flow know.</summary>
    public long EvaluateAll(Dimension size)
    {
        var known = new Dictionary<string, long>(_symbols, StringComparer.Ordinal);
        foreach (string symbol in size.Symbols)
        {
            known.TryAdd(symbol, 1);
        }

        return size.Evaluate(known);
    }

    /// <summary>Runs the model once.</summary>
    /// <param name="inputs">By name in the model. Free dimensions (batch) follow from their shapes.</param>
    /// <returns>The outputs, by name in the model.</returns>
    /// <exception cref="ArgumentException">An input is missing or does not fit.</exception>
    /// <exception cref="InvalidOperationException">A kernel refuses the arguments of a step.</exception>
    /// <exception cref="UnsuitedDataException">An index that comes from the inputs points outside a tensor.</exception>
    public Dictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs, TensorObserver? observer = null)
    {
        Dictionary<string, long> symbols = _symbols = Symbols(inputs);
        byte[][] ports =
        [
            .. _plan.Inputs.Select(port => inputs[port.Name].Data.ToArray()),
            .. _plan.Outputs.Select(_ => Array.Empty<byte>()),
        ];
        long[] extents = new long[_extents.Length];
        bool isBound = false;
        Enter(0, _plan.Arena, keeps: false);
        var frame = new Frame(_weights, _places, _regions, ports, extents);
        Run(_steps, isOutermost: true);
        return _plan.Outputs.Select((port, i) => (port.Name, Tensor: ToTensor(_plan.Tensors[port.Tensor], ports[_plan.Inputs.Count + i])))
            .ToDictionary(o => o.Name, o => o.Tensor, StringComparer.Ordinal);

        void Run(BoundBlock block, bool isOutermost)
        {
            for (int i = 0; i < block.Steps.Length; i++)
            {
                PlanStep step = block.Plan[i];
                try
                {
                    Step(step, block.Steps[i]);
                }
                catch (Exception e) when (IsOfTheStep(e) && step.Blocks.Count == 0)
                {
                    throw isBound && e is ArgumentException or UnsuitedDataException ? Unsuited(step, e) : Failure(step, e);
                }

                foreach (int id in isOutermost && observer is not null ? _completed[i] : [])
                {
                    PlanTensor tensor = _plan.Tensors[id];
                    observer!(tensor, tensor.Location == PlanLocation.Arena
                        ? _regions[tensor.Region].AsSpan((int)extents[_places[id].Offset], (int)Bytes(id))
                        : ports[_plan.Inputs.Count + (int)tensor.Offset.Value]);
                }
            }
        }

        void Step(PlanStep step, BoundStep bound)
        {
            if (step.Call.Target == PlanStep.IfTarget)
            {
                Run(bound.Blocks[frame.Element<bool>(Argument(step, "condition")!) ? 0 : 1], isOutermost: false);
            }
            else if (step.Call.Target == PlanStep.LoopTarget)
            {
                Loop(step, bound.Blocks[0]);
            }
            else
            {
                bound.Run(frame);
            }

            if (step.Binding is { } binding)
            {
                ReadOnlySpan<long> values = frame.Tensor<long>(binding.Tensor);
                foreach (PlanBoundSymbol symbol in binding.Symbols)
                {
                    symbols[symbol.Name] = values[symbol.Element];
                }

                isBound = true;
                Enter(binding.Region, binding.Bytes, binding.Keeps);
            }
        }

        void Loop(PlanStep step, BoundBlock block)
        {
            int index = ((TensorArgument)Argument(step, "index")!).Tensor;
            PlanArgument? trips = Argument(step, "trips");
            PlanArgument? condition = Argument(step, "condition");
            for (long i = 0; ; i++)
            {
                frame.Tensor<long>(index)[0] = i;
                if (i >= Trips(trips) || (condition is not null && !frame.Element<bool>(condition)))
                {
                    return;
                }

                if (i == IterationLimit)
                {
                    throw new UnsuitedDataException($"Loop '{step.Name}' runs more than {IterationLimit} times.");
                }

                Run(block, isOutermost: false);
            }
        }

        long Trips(PlanArgument? trips) => trips switch
        {
            null => long.MaxValue,
            IntegerArgument integer => integer.Value.Evaluate(symbols),
            _ => frame.Element<long>(trips),
        };

        // What depends on the symbols that are known now, or have changed.
        void Enter(int stage, Dimension bytes, bool keeps)
        {
            foreach (int extent in _known[stage])
            {
                extents[extent] = _extents[extent].Evaluate(symbols);
            }

            foreach (int output in _sized[stage])
            {
                int id = _plan.Outputs[output].Tensor;
                if (extents[_places[id].Length] < 0)
                {
                    throw new ArgumentOutOfRangeException(nameof(bytes), "Data asks for a negative size.");
                }

                ports[_plan.Inputs.Count + output] = new byte[Bytes(id)];
            }

            long length = bytes.Evaluate(symbols);
            if (_regions[stage].Length < length)
            {
                byte[] memory = new byte[keeps ? Math.Max(length, 2L * _regions[stage].Length) : length];
                (keeps ? _regions[stage] : []).CopyTo(memory, 0);
                _regions[stage] = memory;
            }
        }

        long Bytes(int id) => extents[_places[id].Length] * _plan.Tensors[id].Type.Size();

        Tensor ToTensor(PlanTensor tensor, byte[] data) =>
            new(tensor.Type.ToDataType(), [.. tensor.Shape.Select(d => d.Evaluate(symbols))], data);
    }

    private static PlanArgument? Argument(PlanStep step, string name) => step.Call.Arguments.FirstOrDefault(a => a.Name == name)?.Value;

    /// <summary>The region that belongs to each bound symbol.</summary>
    private static Dictionary<string, int> Stages(ExecutionPlan plan)
    {
        var stages = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (PlanBinding binding in plan.AllSteps.Select(s => s.Binding).OfType<PlanBinding>())
        {
            foreach (PlanBoundSymbol symbol in binding.Symbols)
            {
                stages[symbol.Name] = binding.Region;
            }
        }

        return stages;
    }

    private static BoundBlock Bind(StepBinder binder, IReadOnlyList<PlanStep> steps) => new(steps, [.. steps.Select(s => Bind(binder, s))]);

    private static BoundStep Bind(StepBinder binder, PlanStep step)
    {
        if (step.Blocks.Count > 0)
        {
            return new BoundStep([.. step.Blocks.Select(b => Bind(binder, b.Steps))]);
        }

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
    private static Exception Failure(PlanStep step, Exception e) => IsOfData(e, kernels: step.Call.Target.Split('.')[0])
        ? Unsuited(step, e)
        : new InvalidOperationException($"step '{step.Name}' ({step.Call.Target}) cannot run: {e.Message}", e);

    /// <summary>
    /// Whether a kernel refuses what the data says, an index or a size, and not how a plan calls it. The parameter is what tells: those
    /// named here hold numbers of the model's tensors.
    /// </summary>
    private static bool IsOfData(Exception e, string kernels) =>
        e is ArgumentOutOfRangeException { ParamName: "indices" or "lengths" or "images" or "regions" }
        || e is ArgumentException { ParamName: "picked" }
        || (e is ArgumentOutOfRangeException { ParamName: "count" } && kernels == "Ranking")
        || (e is ArgumentException && kernels is "Sizes" or "ResizeTables");

    /// <summary>Behind sizes that data decides, sizes can be what a kernel does not take.</summary>
    private static UnsuitedDataException Unsuited(PlanStep step, Exception e) =>
        new($"Step '{step.Name}' ({step.Call.Target}) cannot use its data: {Sentence(e)}", e);

    /// <summary>Without the parameter of the kernel and its value, which .NET writes behind it.</summary>
    private static string Sentence(Exception e) => e is ArgumentException { ParamName: { } parameter }
        ? e.Message.Split($" (Parameter '{parameter}')")[0]
        : e.Message;

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
                if (!expected.IsConstant && !expected.Symbols.All(symbols.ContainsKey))
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
