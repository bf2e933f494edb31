using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Cli.CodeGeneration;

/// <summary>A generated class as an application has it: compiled, loaded from a file, and called into memory of the caller.</summary>
internal sealed class BoundClass : IDisposable
{
    /// <summary>No model can have a class of this name: it would have to choose our namespace.</summary>
    private const string Caller = "ModelBuild.Cli.CodeGeneration.Code.Caller";

    private readonly ExecutionPlan _plan;
    private readonly DirectoryInfo _folder;
    private readonly string _assembly;
    private readonly Func<Array[], Array[], Func<string, int>, int, Action> _bind;

    private BoundClass(
        ExecutionPlan plan, DirectoryInfo folder, string assembly, Func<Array[], Array[], Func<string, int>, int, Action> bind)
    {
        _plan = plan;
        _folder = folder;
        _assembly = assembly;
        _bind = bind;
    }

    /// <summary>Generates, compiles and loads.</summary>
    public static BoundClass Load(CompileResult model, CancellationToken cancellation)
    {
        ExecutionPlan plan = PlanReader.Read(model.Plan);
        GeneratedClass generated = GeneratedClass.Of(model.Plan);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("modelbuild-");
        try
        {
            string weights = Path.Combine(folder.FullName, "weights");
            using (FileStream file = File.Create(weights))
            {
                model.WriteWeights(file);
            }

            string assembly = Path.Combine(folder.FullName, "ModelBuild.Generated.dll");
            generated.Emit(
                CallerOf(plan, generated, GeneratedClass.SymbolsOfParameters(model.Plan)),
                plan.Weights!.Name,
                () => File.OpenRead(weights),
                assembly,
                cancellation);

            return new BoundClass(plan, folder, assembly, BinderOf(assembly));
        }
        catch
        {
            Delete(folder);
            throw;
        }
    }

    /// <summary>A call of the class, with outputs of its own, that allocates nothing itself.</summary>
    /// <param name="inputs">By name in the model.</param>
    /// <param name="symbols">What the plan's symbols are.</param>
    /// <param name="threads">How many may work on it.</param>
    public Action Bind(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyDictionary<string, long> symbols, int threads = 1) => _bind(
        [.. _plan.Inputs.Select(port => ToArray(_plan.Tensors[port.Tensor], inputs[port.Name]))],
        [.. _plan.Outputs.Select(port => _plan.Tensors[port.Tensor])
            .Select(tensor => Array.CreateInstance(tensor.Type.ToElementType(), IsKnown(tensor) ? tensor.Length.Evaluate(symbols) : 0))],
        symbol => checked((int)symbols[symbol]),
        threads);

    /// <summary>The same class once more, as a process finds it that has not used it yet.</summary>
    public BoundClass LoadAgain() => new(_plan, _folder, _assembly, BinderOf(_assembly));

    /// <inheritdoc/>
    public void Dispose() => Delete(_folder);

    /// <summary>Not collectible: static fields of such assemblies cost more to reach than those of an application.</summary>
    private static Func<Array[], Array[], Func<string, int>, int, Action> BinderOf(string assembly) =>
        new AssemblyLoadContext("model").LoadFromAssemblyPath(assembly).GetType(Caller)!.GetMethod("Bind")!
            .CreateDelegate<Func<Array[], Array[], Func<string, int>, int, Action>>();

    /// <summary>False for what has a length that only the steps of a run find out.</summary>
    private bool IsKnown(PlanTensor tensor) => tensor.Length.Symbols.All(_plan.Symbols.Contains);

    /// <summary>Windows does not delete what is loaded; then the folder of temporary files keeps it.</summary>
    private static void Delete(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _ = e;
        }
    }

    /// <summary>
    /// Calls the overload of spans that writes into the caller's memory; only the generated code knows which symbols it asks for.
    /// </summary>
    private static string CallerOf(ExecutionPlan plan, GeneratedClass generated, Dictionary<string, string> symbols)
    {
        string name = plan.Class.FullName;
        INamedTypeSymbol type = generated.Type(name);

        // Tensors are passed by reference, and lengths that the run finds out too: then only the overload that makes arrays is left.
        IMethodSymbol[] overloads =
        [
            .. type.GetMembers().OfType<IMethodSymbol>().Where(m => m is
            {
                IsStatic: false, MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Public,
            } && m.Parameters.Length >= plan.Inputs.Count && m.Parameters.All(p => p.RefKind == RefKind.None) && !m.IsOverride),
        ];
        IMethodSymbol predict = overloads.FirstOrDefault(m => m.ReturnsVoid) ?? overloads[0];
        int inputs = 0;
        int outputs = 0;
        string[] arguments = [.. predict.Parameters.Select(Argument)];
        return $$"""
            namespace ModelBuild.Cli.CodeGeneration.Code
            {
                public static class Caller
                {
                    public static global::System.Action Bind(
                        global::System.Array[] inputs, global::System.Array[] outputs, global::System.Func<string, int> symbol, int threads)
                    {
                        var model = new {{type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)}}(
                            new global::ModelBuild.Runtime.ModelOptions { Threads = threads });
                        {{string.Join("\n            ", arguments.Select((a, i) => $"var a{i} = {a};"))}}
                        return () => { model.{{predict.Name}}({{string.Join(", ", arguments.Select((_, i) => $"a{i}"))}}); };
                    }
                }
            }
            """;

        string Argument(IParameterSymbol parameter) => parameter.Type is INamedTypeSymbol { IsGenericType: true } span
            ? $"({span.TypeArguments[0].ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)}[])"
                + (span.Name == "Span"
                    ? FormattableString.Invariant($"outputs[{outputs++}]")
                    : FormattableString.Invariant($"inputs[{inputs++}]"))
            : $"symbol(\"{symbols[parameter.Name]}\")";
    }

    private static Array ToArray(PlanTensor port, Tensor tensor)
    {
        Array array = Array.CreateInstance(port.Type.ToElementType(), tensor.Length);
        tensor.Data.Span.CopyTo(
            MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(array), checked((int)tensor.Length * port.Type.Size())));
        return array;
    }
}
