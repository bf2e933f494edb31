using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// Binds the steps of a plan to the kernels of the runtime: takes each call apart into its form, which decides what is called
/// (<see cref="KernelCall"/>), and the operands that are the step's own. Steps run on the thread that asks.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="kernels">As in <see cref="CallForm"/>.</param>
internal sealed class StepBinder(ExecutionPlan plan, KernelTable? kernels = null)
{
    private readonly Dictionary<Dimension, int> _indices = [];
    private readonly List<Dimension> _extents = [];

    /// <summary>The distinct expressions of all bound steps, in the order of their indices.</summary>
    public IReadOnlyList<Dimension> Extents => _extents;

    /// <exception cref="InvalidOperationException">The plan names a kernel or parameter that the runtime does not have.</exception>
    public BoundStep Bind(PlanStep step)
    {
        var operands = new List<int>();
        return new BoundStep(KernelCall.Of(Form(step.Call, operands)), [.. operands]);
    }

    /// <summary>The index under which a <see cref="Frame"/> has the value of an expression.</summary>
    public int Index(Dimension value)
    {
        if (!_indices.TryGetValue(value, out int index))
        {
            index = _extents.Count;
            _indices.Add(value, index);
            _extents.Add(value);
        }

        return index;
    }

    private CallForm Form(PlanCall call, List<int> operands) =>
        new(
            call.Target,
            call.Types,
            new EquatableArray<ArgumentForm>(
                call.Arguments.Where(a => a.Value is not ThreadsArgument).Select(a => Form(a.Name, a.Value, operands))),
            kernels);

    private ArgumentForm Form(string name, PlanArgument argument, List<int> operands)
    {
        switch (argument)
        {
            case TensorArgument tensor:
                operands.Add(tensor.Tensor);
                return new ArgumentForm(name, ArgumentKind.Tensor, plan.Tensors[tensor.Tensor].Type);
            case ConstantArgument constant:
                operands.Add(constant.Constant);
                return new ArgumentForm(name, ArgumentKind.Constant, plan.Constants[constant.Constant].Type);
            case ScratchArgument scratch:
                operands.AddRange([scratch.Region, Index(scratch.Offset), Index(scratch.Length)]);
                return new ArgumentForm(name, ArgumentKind.Scratch, PlanType.U8);
            case IntegerArgument integer:
                operands.Add(Index(integer.Value));
                return new ArgumentForm(name, ArgumentKind.Integer);
            case IntegersArgument integers:
                operands.AddRange(integers.Values.Select(Index));
                return new ArgumentForm(name, ArgumentKind.Integers, Count: integers.Values.Count);
            case FloatArgument real:
                operands.Add(BitConverter.SingleToInt32Bits(real.Value));
                return new ArgumentForm(name, ArgumentKind.Float);
            case BooleanArgument truth:
                operands.Add(truth.Value ? 1 : 0);
                return new ArgumentForm(name, ArgumentKind.Boolean);
            case PlanCall call:
                return new ArgumentForm(name, ArgumentKind.Call, Call: Form(call, operands));
            default:
                throw new InvalidOperationException($"{argument.GetType().Name} is not an argument.");
        }
    }
}
