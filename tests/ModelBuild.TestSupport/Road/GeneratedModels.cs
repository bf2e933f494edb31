using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Generator;
using ModelBuild.Plan;

namespace ModelBuild.TestSupport;

/// <summary>
/// The whole road behind the compiler: plans become C# through the generator, the C# is compiled as a strict project would, and the classes
/// are called as an application calls them.
/// </summary>
internal sealed class GeneratedModels
{
    private const string Driver = "ModelDriver";

    private readonly Assembly _assembly;
    private readonly Dictionary<string, ExecutionPlan> _plans;

    private GeneratedModels(Assembly assembly, Dictionary<string, ExecutionPlan> plans)
    {
        _assembly = assembly;
        _plans = plans;
    }

    /// <summary>Makes one assembly of models, whose classes have different names.</summary>
    public static GeneratedModels Build(params IReadOnlyList<CompileResult> models) => Build(models, plan => plan);

    /// <param name="models">What was compiled.</param>
    /// <param name="edit">Changes plans on their way.</param>
    /// <param name="rewrite">Changes the text of the generated classes.</param>
    public static GeneratedModels Build(
        IReadOnlyList<CompileResult> models, Func<ExecutionPlan, ExecutionPlan> edit, Func<string, string>? rewrite = null)
    {
        Dictionary<string, ExecutionPlan> plans = models.Select(m => edit(PlanReader.Read(m.Plan))).ToDictionary(p => p.Class.Name);
        GeneratorDriver generator = CSharpGeneratorDriver.Create(
            [new ModelGenerator().AsSourceGenerator()],
            [.. plans.Values.Select((p, i) => new PlanAdditionalText($"{i}.plan", PlanWriter.Write(p)))],
            Compilations.ParseOptions);
        generator.RunGeneratorsAndUpdateCompilation(Compilations.Create(), out Microsoft.CodeAnalysis.Compilation generated, out _);
        CSharpCompilation whole = (CSharpCompilation)generated.AddSyntaxTrees(
            plans.Values.Select(p => CSharpSyntaxTree.ParseText(DriverOf(p, generated), Compilations.ParseOptions)));
        foreach (SyntaxTree tree in rewrite is null ? [] : generated.SyntaxTrees)
        {
            whole = whole.ReplaceSyntaxTree(tree, tree.WithChangedText(SourceText.From(rewrite!(tree.ToString()), Encoding.UTF8)));
        }

        return new(Compilations.Load(Compilations.Emit(whole, [.. models.Select(Resource)])), plans);
    }

    /// <summary>A type of the assembly that a rewriter has put in.</summary>
    public Type TypeOf(string name) => _assembly.GetType(name, throwOnError: true)!;

    /// <summary>Calls a class.</summary>
    /// <param name="class">Its name.</param>
    /// <param name="inputs">By name in the model.</param>
    /// <returns>The outputs by name in the model.</returns>
    public Dictionary<string, Tensor> Predict(string @class, IReadOnlyDictionary<string, Tensor> inputs)
    {
        ExecutionPlan plan = _plans[@class];
        Dictionary<string, long> symbols = Symbols(plan, inputs);
        object[] arrays = [.. plan.Inputs.Select(p => ToArray(inputs[p.Name], plan.Tensors[p.Tensor].Type.ToDataType()))];
        var run = _assembly.GetType(Driver + @class)!.GetMethod("Run")!.CreateDelegate<Func<object[], Func<string, int>, object>>();
        object output = run(arrays, symbol => (int)symbols[symbol]);

        // Properties stand in the order of the plan: symbols, those that the run has found out, then outputs.
        PropertyInfo[] properties = [.. output.GetType().GetProperties().OrderBy(p => p.MetadataToken)];
        foreach ((string symbol, PropertyInfo property) in plan.Symbols.Zip(properties))
        {
            Assert.Equal((int)symbols[symbol], property.GetValue(output));
        }

        string[] bound =
            [.. plan.BoundSymbols.Where(s => plan.Outputs.Any(o => plan.Tensors[o.Tensor].Shape.Any(d => d.Symbols.Contains(s))))];
        foreach ((string symbol, PropertyInfo property) in bound.Zip(properties.Skip(plan.Symbols.Count)))
        {
            symbols[symbol] = (int)property.GetValue(output)!;
        }

        return plan.Outputs.Zip(properties.Skip(plan.Symbols.Count + bound.Length)).ToDictionary(
            pair => pair.First.Name,
            pair => ToTensor(
                (Array)pair.Second.GetValue(output)!,
                plan.Tensors[pair.First.Tensor].Type,
                [.. plan.Tensors[pair.First.Tensor].Shape.Select(d => d.Evaluate(symbols))]));
    }

    /// <summary>Ties a class to its inputs and to memory for its outputs, for a call that does nothing but run.</summary>
    /// <param name="class">Its name.</param>
    /// <param name="inputs">By name in the model.</param>
    /// <param name="threads">How many may work on a call.</param>
    public Action Bind(string @class, IReadOnlyDictionary<string, Tensor> inputs, int threads = 1)
    {
        ExecutionPlan plan = _plans[@class];
        Dictionary<string, Tensor> found = Predict(@class, inputs);
        object[] given = [.. plan.Inputs.Select(p => ToArray(inputs[p.Name], plan.Tensors[p.Tensor].Type.ToDataType()))];
        object[] taken = [.. plan.Outputs.Select(p => ToArray(found[p.Name], plan.Tensors[p.Tensor].Type.ToDataType()))];
        var bind = _assembly.GetType(Driver + @class)!.GetMethod("Bind")!
            .CreateDelegate<Func<object[], object[], Func<string, int>, int, Action>>();
        Dictionary<string, long> symbols = Symbols(plan, inputs);
        return bind(given, taken, symbol => (int)symbols[symbol], threads);
    }

    /// <summary>
    /// Calls a class on memory that ends where an inaccessible page begins: what reads or writes past an input or output ends the process.
    /// Three threads may work on it, which must not change a bit.
    /// </summary>
    /// <param name="class">Its name.</param>
    /// <param name="inputs">By name in the model.</param>
    /// <param name="expected">What <see cref="Predict"/> gave, bit by bit.</param>
    public void CheckGuarded(string @class, IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyDictionary<string, Tensor> expected)
    {
        ExecutionPlan plan = _plans[@class];
        IGuardedArray[] given = [.. plan.Inputs.Select(p => Guarded(p, ToArray(inputs[p.Name], TypeOf(p))))];
        IGuardedArray[] taken = [.. plan.Outputs.Select(p => Guarded(p, ToArray(expected[p.Name], TypeOf(p))))];
        Array.ForEach(taken, array => array.Bytes.Fill(0xEE));
        var run = _assembly.GetType(Driver + @class)!.GetMethod("RunGuarded")!
            .CreateDelegate<Action<object[], object[], Func<string, int>>>();
        Dictionary<string, long> symbols = Symbols(plan, inputs);
        run([.. given], [.. taken], symbol => (int)symbols[symbol]);
        foreach (IGuardedArray array in given.Concat(taken))
        {
            array.Verify();
        }

        foreach ((PlanPort port, IGuardedArray output) in plan.Outputs.Zip(taken))
        {
            Assert.True(expected[port.Name].Data.Span.SequenceEqual(output.Bytes), $"output '{port.Name}' differs on guarded memory");
        }

        Array.ForEach([.. given, .. taken], array => array.Dispose());

        DataType TypeOf(PlanPort port) => plan.Tensors[port.Tensor].Type.ToDataType();

        IGuardedArray Guarded(PlanPort port, Array content)
        {
            var array = (IGuardedArray)Activator.CreateInstance(
                typeof(GuardedArray<>).MakeGenericType(content.GetType().GetElementType()!), content.Length)!;
            Bytes(content, TypeOf(port)).CopyTo(array.Bytes);
            return array;
        }
    }

    private static Dictionary<string, long> Symbols(ExecutionPlan plan, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var symbols = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (PlanPort port in plan.Inputs)
        {
            foreach ((Dimension dimension, long size) in plan.Tensors[port.Tensor].Shape.Zip(inputs[port.Name].Dimensions))
            {
                if (plan.Symbols.Contains(dimension.ToString()))
                {
                    symbols[dimension.ToString()] = size;
                }
            }
        }

        return symbols;
    }

    /// <summary>
    /// A method that calls the overload of spans that returns arrays; only the generated code knows which symbols that one asks for.
    /// </summary>
    private static string DriverOf(ExecutionPlan plan, Microsoft.CodeAnalysis.Compilation generated)
    {
        string name = plan.Class.Namespace.Length == 0 ? plan.Class.Name : $"{plan.Class.Namespace}.{plan.Class.Name}";
        IMethodSymbol predict = generated.GetTypeByMetadataName(name)!.GetMembers().OfType<IMethodSymbol>()
            .First(m => !m.ReturnsVoid && m.Name.StartsWith("Predict", StringComparison.Ordinal));
        IMethodSymbol into = predict.ContainingType.GetMembers(predict.Name).OfType<IMethodSymbol>()
            .First(m => m.ReturnsVoid && m.Parameters.Length >= predict.Parameters.Length);
        string type = predict.ContainingType.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        string With(string threads) => $"new {type}(new global::ModelBuild.Runtime.ModelOptions {{ Threads = {threads} }})";
        static string FromArray(string type, string port) => $"({type}[]){port}";
        static string FromGuarded(string type, string port) => $"((System.Buffers.MemoryManager<{type}>){port}).GetSpan()";
        string All(Func<string, string, string> read) => string.Join(", ", Inputs(predict, read).Concat(Outputs(predict, into, read)));
        return $$"""
            #pragma warning disable CS1591
            public static class {{Driver}}{{plan.Class.Name}}
            {
                public static object Run(object[] inputs, System.Func<string, int> symbol) =>
                    new {{type}}().{{predict.Name}}({{string.Join(", ", Inputs(predict, FromArray))}});

                public static void RunGuarded(object[] inputs, object[] outputs, System.Func<string, int> symbol) =>
                    {{With("3")}}.{{predict.Name}}({{All(FromGuarded)}});

                public static System.Action Bind(object[] inputs, object[] outputs, System.Func<string, int> symbol, int threads)
                {
                    var model = {{With("threads")}};
                    return () => model.{{predict.Name}}({{All(FromArray)}});
                }
            }
            """;
    }

    /// <param name="read">How a port of an element type is got from what the driver is given.</param>
    private static IEnumerable<string> Inputs(IMethodSymbol predict, Func<string, string, string> read) =>
        predict.Parameters.Select((p, i) => p.Type is INamedTypeSymbol { IsGenericType: true } span
            ? read(ElementOf(span), string.Create(CultureInfo.InvariantCulture, $"inputs[{i}]"))
            : $"symbol(\"{p.Name}\")");

    /// <summary>The same for the parameters behind them.</summary>
    private static IEnumerable<string> Outputs(IMethodSymbol predict, IMethodSymbol into, Func<string, string, string> read) =>
        into.Parameters.Skip(predict.Parameters.Length).Select((p, i) => p.RefKind == RefKind.Out
            ? "out _"
            : read(ElementOf((INamedTypeSymbol)p.Type), string.Create(CultureInfo.InvariantCulture, $"outputs[{i}]")));

    private static string ElementOf(INamedTypeSymbol span) =>
        span.TypeArguments[0].ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    private static (string Name, byte[] Content) Resource(CompileResult model)
    {
        var content = new MemoryStream();
        model.WriteWeights(content);
        return (PlanReader.Read(model.Plan).Weights!.Name, content.ToArray());
    }

    /// <remarks>.NET's arrays are as ONNX's tensors: row by row, little-endian.</remarks>
    private static Array ToArray(Tensor given, DataType type)
    {
        // Nothing else is converted: .NET has no bfloat16, and classes have float in its place.
        Tensor tensor = given.Type == DataType.BFloat16 ? given.ConvertTo(DataType.Float32) : given;
        Assert.Equal(type, tensor.Type);
        Array array = Array.CreateInstance(type.ToPlanType().ToElementType(), tensor.Length);
        tensor.Data.Span.CopyTo(Bytes(array, tensor.Type));
        return array;
    }

    private static Tensor ToTensor(Array array, PlanType type, long[] dimensions) =>
        new(type.ToDataType(), dimensions, Bytes(array, type.ToDataType()).ToArray());

    private static Span<byte> Bytes(Array array, DataType type) =>
        MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(array), array.Length * type.Size());
}
