using System.Linq.Expressions;
using System.Reflection;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// Binds the kernel calls of a plan to the methods of the runtime, by name, as the C# compiler binds the generated class: there is
/// no second list of operators that could differ from the first.
/// </summary>
internal sealed class StepBinder(ExecutionPlan plan)
{
    private static readonly Type s_anyKernel = typeof(ConvolutionShape);
    private readonly ParameterExpression _frame = Expression.Parameter(typeof(Frame), "frame");
    private readonly Dictionary<Dimension, int> _indices = [];
    private readonly List<Dimension> _extents = [];
    private HashSet<int> _written = [];

    /// <summary>The distinct expressions of all bound steps, in the order of their indices.</summary>
    public IReadOnlyList<Dimension> Extents => _extents;

    /// <exception cref="InvalidOperationException">The plan names a kernel or parameter that the runtime does not have.</exception>
    public BoundStep Bind(PlanStep step)
    {
        _written = [];
        Expression body = Call(step.Call);
        return new BoundStep(Expression.Lambda<Action<Frame>>(body, _frame).Compile(), [.. _written.Order()]);
    }

    private Expression Call(PlanCall call)
    {
        int dot = call.Target.IndexOf('.', StringComparison.Ordinal);
        Type type = s_anyKernel.Assembly.GetType($"{s_anyKernel.Namespace}.{(dot < 0 ? call.Target : call.Target[..dot])}")
            ?? throw new InvalidOperationException($"The runtime has no '{call.Target}'.");
        MethodBase[] candidates = dot < 0 ? type.GetConstructors() : [.. type.GetMethods().Where(m => m.IsStatic && m.Name == call.Target[(dot + 1)..])];
        MethodBase method = candidates.SingleOrDefault(m => Fits(m.GetParameters(), call))
            ?? throw new InvalidOperationException($"The runtime has no '{call.Target}({string.Join(", ", call.Arguments.Select(a => a.Name))})'.");
        Dictionary<string, PlanArgument> given = call.Arguments.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal);
        IEnumerable<Expression> arguments = method.GetParameters().Select(p => given.TryGetValue(p.Name!, out PlanArgument? argument)
            ? Argument(argument, p.ParameterType.IsByRef ? p.ParameterType.GetElementType()! : p.ParameterType)
            : Expression.Constant(p.DefaultValue, p.ParameterType));
        return method is ConstructorInfo constructor ? Expression.New(constructor, arguments) : Expression.Call((MethodInfo)method, arguments);
    }

    private static bool Fits(ParameterInfo[] parameters, PlanCall call) =>
        call.Arguments.All(a => parameters.Any(p => p.Name == a.Name))
        && parameters.All(p => p.IsOptional || call.Arguments.Any(a => a.Name == p.Name));

    private Expression Argument(PlanArgument argument, Type type) => argument switch
    {
        TensorArgument tensor => Memory(tensor.Tensor, type),
        ConstantArgument constant => Constant(plan.Constants[constant.Constant]),
        ScratchArgument scratch => Span(typeof(byte), -1, scratch.Offset, scratch.Length),
        IntegerArgument integer => Expression.Convert(Extent(integer.Value), type),
        FloatArgument real => Expression.Convert(Expression.Constant(real.Value), type),
        BooleanArgument truth => Expression.Constant(truth.Value),
        IntegersArgument list => Expression.Call(_frame, nameof(Frame.Int32s), null, Expression.Constant(list.Values.Select(Index).ToArray())),
        PlanCall call => Call(call),
        _ => throw new InvalidOperationException($"{argument.GetType().Name} is not an argument."),
    };

    /// <summary>A tensor is read where the kernel takes a read-only span of it, and written where it takes a writable one.</summary>
    private Expression Memory(int id, Type type)
    {
        PlanTensor tensor = plan.Tensors[id];
        int port = tensor.Location switch
        {
            PlanLocation.Input => (int)tensor.Offset.Value,
            PlanLocation.Output => plan.Inputs.Count + (int)tensor.Offset.Value,
            _ => -1,
        };
        Expression span = Span(ElementType(tensor.Type), port, port < 0 ? tensor.Offset : Dimension.Zero, tensor.Length);
        if (type == span.Type)
        {
            _written.Add(id);
            return span;
        }

        return Expression.Convert(span, type);
    }

    private MethodCallExpression Span(Type element, int port, Dimension offset, Dimension length) => Expression.Call(
        _frame, nameof(Frame.Span), [element], Expression.Constant(port), Expression.Constant(Index(offset)), Expression.Constant(Index(length)));

    private MethodCallExpression Constant(PlanConstant constant) => Expression.Call(
        Expression.Property(_frame, nameof(Frame.Weights)), PlanTypes.Accessor(constant.Type), null, Expression.Constant(constant.Offset), Expression.Constant(constant.Length));

    private MethodCallExpression Extent(Dimension value) => Expression.Call(_frame, nameof(Frame.Extent), null, Expression.Constant(Index(value)));

    private int Index(Dimension value)
    {
        if (!_indices.TryGetValue(value, out int index))
        {
            index = _extents.Count;
            _indices.Add(value, index);
            _extents.Add(value);
        }

        return index;
    }

    private static Type ElementType(PlanType type) => type switch
    {
        PlanType.F32 => typeof(float),
        PlanType.F64 => typeof(double),
        PlanType.U8 => typeof(byte),
        PlanType.S8 => typeof(sbyte),
        PlanType.U16 => typeof(ushort),
        PlanType.S16 => typeof(short),
        PlanType.S32 => typeof(int),
        PlanType.S64 => typeof(long),
        _ => typeof(bool),
    };
}
