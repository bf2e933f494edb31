extern alias Generator;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Generator::ModelBuild.Generator;
using Generator::ModelBuild.Generator.Emit;

namespace ModelBuild.Cli.CodeGeneration;

/// <summary>
/// The class of a plan: the generator of the package makes it, in a project that has nothing but the framework and ModelBuild.Runtime.
/// </summary>
internal sealed class GeneratedClass
{
    private static readonly CSharpParseOptions s_language = new(LanguageVersion.CSharp13);

    private GeneratedClass(string fileName, string text, CSharpCompilation compilation)
    {
        FileName = fileName;
        Text = text;
        Compilation = compilation;
    }

    /// <summary>What the file is called in a build.</summary>
    public string FileName { get; }

    /// <summary>The C#.</summary>
    public string Text { get; }

    private CSharpCompilation Compilation { get; }

    /// <param name="plan">Text of a plan.</param>
    /// <exception cref="InvalidOperationException">The generator refuses the plan, which is a defect.</exception>
    public static GeneratedClass Of(string plan)
    {
        GeneratorDriver driver = CSharpGeneratorDriver.Create([new ModelGenerator().AsSourceGenerator()], [new PlanText(plan)], s_language);
        driver = driver.RunGeneratorsAndUpdateCompilation(Empty(), out Compilation whole, out ImmutableArray<Diagnostic> diagnostics);
        GeneratorRunResult result = driver.GetRunResult().Results.Single();
        return result.GeneratedSources is [var source]
            ? new GeneratedClass(source.HintName, source.SourceText.ToString(), (CSharpCompilation)whole)
            : throw new InvalidOperationException(
                $"The generator made no class. {string.Join(" ", diagnostics)} {result.Exception?.Message}");
    }

    /// <summary>What a parameter of the class stands for in its plan, where it is a symbol.</summary>
    /// <param name="plan">Text of the plan.</param>
    public static Dictionary<string, string> SymbolsOfParameters(string plan) =>
        new ModelNames(Generator::ModelBuild.Plan.PlanReader.Read(plan)).SymbolVariables
            .ToDictionary(v => v.Value, v => v.Key, StringComparer.Ordinal);

    /// <summary>The type, to look at.</summary>
    /// <param name="name">With its namespace.</param>
    public INamedTypeSymbol Type(string name) => Compilation.GetTypeByMetadataName(name)!;

    /// <summary>Compiles the class and what calls it into an assembly.</summary>
    /// <param name="caller">More C#.</param>
    /// <param name="resource">Name of the weights.</param>
    /// <param name="weights">Opens them.</param>
    /// <param name="path">The assembly's file.</param>
    /// <param name="cancellation">Looked at throughout.</param>
    /// <exception cref="InvalidOperationException">The C# does not compile, which is a defect.</exception>
    public void Emit(string caller, string resource, Func<Stream> weights, string path, CancellationToken cancellation)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        Microsoft.CodeAnalysis.Emit.EmitResult result = Compilation
            .AddSyntaxTrees(CSharpSyntaxTree.ParseText(caller, s_language, cancellationToken: cancellation))
            .Emit(
                file, manifestResources: [new ResourceDescription(resource, weights, isPublic: true)], cancellationToken: cancellation);
        if (!result.Success)
        {
            IEnumerable<Diagnostic> errors = result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(3);
            throw new InvalidOperationException($"The generated C# does not compile: {string.Join(" ", errors)}");
        }
    }

    /// <summary>ONNX Runtime, as far as the generator asks for it: a class for it is written here and compiled by whoever has it.</summary>
    private static SyntaxTree OnnxRuntime { get; } =
        CSharpSyntaxTree.ParseText("namespace Microsoft.ML.OnnxRuntime { class OrtValue { } }", s_language);

    private static CSharpCompilation Empty() => CSharpCompilation.Create(
        "ModelBuild.Generated",
        [OnnxRuntime], ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => IsReferenced(Path.GetFileName(path)))
            .Select(path => MetadataReference.CreateFromFile(path)),
        options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release)
            .WithNullableContextOptions(NullableContextOptions.Enable));

    private static bool IsReferenced(string file) =>
        file.StartsWith("System.", StringComparison.Ordinal) || file is "ModelBuild.Runtime.dll";
}
