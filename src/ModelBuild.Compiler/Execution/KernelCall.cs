using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// A method of the runtime that is called with operands: the one thing that all steps of a form have in common. Methods and parameters
/// are found by name, as the C# compiler finds them for the generated class: there is no second list of operators that could differ
/// from the first.
/// </summary>
internal sealed class KernelCall
{
    private static readonly ConcurrentDictionary<CallForm, KernelCall> s_calls = new();
    private static readonly Type s_anyKernel = typeof(ConvolutionShape);

    private readonly ParameterExpression _frame = Expression.Parameter(typeof(Frame), "frame");
    private readonly ParameterExpression _operands = Expression.Parameter(typeof(int[]), "operands");
    private readonly List<int> _written = [];
    private int _count;

    private KernelCall(CallForm form) => Run = Expression.Lambda<Action<Frame, int[]>>(Call(form), _frame, _operands).Compile();

    /// <summary>Calls the kernel on the memory of a run, with the operands of a step.</summary>
    public Action<Frame, int[]> Run { get; }

    /// <summary>Indices of the operands that are tensors which the kernel writes.</summary>
    public IReadOnlyList<int> Written => _written;

    /// <summary>The call of a form. Thread-safe; a form is compiled once in the life of the process.</summary>
    /// <exception cref="InvalidOperationException">The runtime does not have such a kernel or parameter.</exception>
    public static KernelCall Of(CallForm form) => s_calls.GetOrAdd(form, f => new KernelCall(f));

    private Expression Call(CallForm form)
    {
        MethodBase method = Method(form);
        ParameterInfo[] parameters = method.GetParameters();
        var arguments = new Expression?[parameters.Length];

        // In the order in which the plan names them, which is that of the operands.
        foreach (ArgumentForm argument in form.Arguments)
        {
            int index = Array.FindIndex(parameters, p => p.Name == argument.Name);
            Type type = parameters[index].ParameterType;
            arguments[index] = Argument(argument, type.IsByRef ? type.GetElementType()! : type);
        }

        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i] ??= parameters[i].ParameterType == typeof(KernelTable)
                ? Expression.Constant(form.Kernels)
                : parameters[i].DefaultValue is { } value
                ? Expression.Constant(value, parameters[i].ParameterType)
                : Expression.Default(parameters[i].ParameterType);
        }

        return method is ConstructorInfo constructor
            ? Expression.New(constructor, arguments!)
            : Expression.Call((MethodInfo)method, arguments!);
    }

    private static MethodBase Method(CallForm form)
    {
        int dot = form.Target.IndexOf('.', StringComparison.Ordinal);
        string name = dot < 0 ? form.Target : form.Target[..dot];
        Type type = s_anyKernel.Assembly.GetType($"{s_anyKernel.Namespace}.{name}")
            ?? throw new InvalidOperationException($"The runtime has no '{form.Target}'.");
        IEnumerable<MethodBase> candidates = dot < 0
            ? type.GetConstructors()
            : type.GetMethods().Where(m => m.IsStatic && m.Name == form.Target[(dot + 1)..]);
        MethodBase method = candidates.Where(m => HasTypes(m, form) && Fits(m.GetParameters(), form))
            .OrderBy(m => m.IsGenericMethodDefinition).ThenBy(WritableSpans).FirstOrDefault()
            ?? throw new InvalidOperationException(
                $"The runtime has no '{form.Target}({string.Join(", ", form.Arguments.Select(a => a.Name))})'.");
        if (form.Kernels is not null && WithKernels(method) is { } twin)
        {
            return twin;
        }

        return method is MethodInfo { IsGenericMethodDefinition: true } generic ? Close(generic, form) : method;
    }

    /// <summary>
    /// The method that does the same with a table of kernels, which it takes first; null where there is no choice of kernels.
    /// </summary>
    private static MethodInfo? WithKernels(MethodBase method) => method.IsGenericMethodDefinition ? null : method.DeclaringType!.GetMethod(
        method.Name,
        BindingFlags.Static | BindingFlags.NonPublic,
        [typeof(KernelTable), .. method.GetParameters().Select(p => p.ParameterType)]);

    /// <summary>How many spans a kernel may write: of overloads the one that says more about its operands counts.</summary>
    private static int WritableSpans(MethodBase method) =>
        method.GetParameters().Count(p => p.ParameterType.IsGenericType && p.ParameterType.GetGenericTypeDefinition() == typeof(Span<>));

    private static bool HasTypes(MethodBase method, CallForm form) =>
        form.Types.Count == 0 || (method.IsGenericMethodDefinition && method.GetGenericArguments().Length == form.Types.Count);

    private static bool Fits(ParameterInfo[] parameters, CallForm form) =>
        form.Arguments.All(a => parameters.Any(p => p.Name == a.Name))
        && parameters.All(p => p.IsOptional || form.Arguments.Any(a => a.Name == p.Name));

    /// <summary>Takes the type arguments that are given, or infers them as C# does: from the element types of the spans.</summary>
    private static MethodInfo Close(MethodInfo method, CallForm form)
    {
        if (form.Types.Count > 0)
        {
            return method.MakeGenericMethod([.. form.Types.Select(t => t.ToElementType())]);
        }

        Type[] types = method.GetGenericArguments();
        foreach (ParameterInfo parameter in method.GetParameters().Where(p => p.ParameterType.IsGenericType))
        {
            int index = Array.IndexOf(types, parameter.ParameterType.GetGenericArguments()[0]);
            if (index >= 0)
            {
                types[index] = form.Arguments.Single(a => a.Name == parameter.Name).Element.ToElementType();
            }
        }

        return method.MakeGenericMethod(types);
    }

    private Expression Argument(ArgumentForm argument, Type type) => argument.Kind switch
    {
        ArgumentKind.Tensor => Tensor(argument.Element.ToElementType(), type),
        ArgumentKind.Constant => Frame(nameof(Execution.Frame.Constant), argument.Element.ToElementType(), Operand()),
        ArgumentKind.Scratch => Frame(nameof(Execution.Frame.Scratch), null, Operand(), Operand(), Operand()),
        ArgumentKind.Integer => Expression.Convert(Frame(nameof(Execution.Frame.Extent), null, Operand()), type),
        ArgumentKind.Integers => Integers(argument.Count),
        ArgumentKind.Float => Expression.Convert(
            Expression.Call(typeof(BitConverter), nameof(BitConverter.Int32BitsToSingle), null, Operand()), type),
        ArgumentKind.Boolean => Expression.NotEqual(Operand(), Expression.Constant(0)),
        _ => Call(argument.Call!),
    };

    /// <summary>A tensor is read where the kernel takes a read-only span of it, and written where it takes a writable one.</summary>
    private Expression Tensor(Type element, Type type)
    {
        if (type == typeof(Span<>).MakeGenericType(element))
        {
            _written.Add(_count);
        }

        Expression span = Frame(nameof(Execution.Frame.Tensor), element, Operand());
        return type == span.Type ? span : Expression.Convert(span, type);
    }

    private MethodCallExpression Integers(int count)
    {
        Expression first = Expression.Constant(_count);
        _count += count;
        return Frame(nameof(Execution.Frame.Int32s), null, _operands, first, Expression.Constant(count));
    }

    private MethodCallExpression Frame(string method, Type? element, params Expression[] arguments) =>
        Expression.Call(_frame, method, element is null ? null : [element], arguments);

    private BinaryExpression Operand() => Expression.ArrayIndex(_operands, Expression.Constant(_count++));
}
