using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace ModelBuild.TestSupport;

/// <summary>Compiles text as a strict project with nothing but the framework, ModelBuild.Runtime and ONNX Runtime.</summary>
internal static class Compilations
{
    /// <summary>
    /// The oldest version of the language in which classes have all they offer; documentation of what is public is missed.
    /// </summary>
    public static CSharpParseOptions ParseOptions { get; } = new(LanguageVersion.CSharp13, DocumentationMode.Diagnose);

    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => IsReferenced(Path.GetFileName(p)))
            .Select(p => MetadataReference.CreateFromFile(p)),
    ];

    private static readonly Lazy<TemporaryFolder> s_loaded = new(() =>
    {
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return folder;
    });

    private static bool IsReferenced(string file) =>
        file.StartsWith("System.", StringComparison.Ordinal) || file is "ModelBuild.Runtime.dll" or "Microsoft.ML.OnnxRuntime.dll";

    public static CSharpCompilation Create(params IEnumerable<string> sources) => Create(ParseOptions, sources);

    public static CSharpCompilation Create(CSharpParseOptions options, params IEnumerable<string> sources) => CSharpCompilation.Create(
        "Generated",
        sources.Select((s, i) => CSharpSyntaxTree.ParseText(SourceText.From(s), options, $"Source{i}.cs")),
        s_references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)
            .WithNullableContextOptions(NullableContextOptions.Enable)
            .WithWarningLevel(9999)
            .WithGeneralDiagnosticOption(ReportDiagnostic.Error)
            .WithOptimizationLevel(OptimizationLevel.Release));

    public static CSharpCompilation WithoutOnnxRuntime(this CSharpCompilation compilation) => compilation.WithReferences(
        compilation.References.Where(r => !Path.GetFileName(r.Display!).StartsWith("Microsoft.ML", StringComparison.Ordinal)));

    public static CSharpCompilation WithoutRuntime(this CSharpCompilation compilation) => compilation.WithReferences(
        compilation.References.Where(r => !Path.GetFileName(r.Display!).StartsWith("ModelBuild", StringComparison.Ordinal)));

    /// <summary>The assembly as bytes; fails the test where the compiler has anything to say.</summary>
    public static byte[] Emit(CSharpCompilation compilation, params (string Name, byte[] Content)[] resources)
    {
        using var assembly = new MemoryStream();
        using var documentation = new MemoryStream();
        var result = compilation.Emit(
            assembly,
            xmlDocumentationStream: documentation,
            manifestResources: resources.Select(r => new ResourceDescription(r.Name, () => new MemoryStream(r.Content), isPublic: true)));
        ImmutableArray<Diagnostic> said = [.. result.Diagnostics.Where(d => d.Severity > DiagnosticSeverity.Hidden)];
        Assert.True(said.IsEmpty, string.Join('\n', said) + "\n" + string.Join('\n', compilation.SyntaxTrees));
        return assembly.ToArray();
    }

    public static Assembly Load(byte[] assembly)
    {
        // From a file, as an application has it: that is what maps resources into memory.
        string path = s_loaded.Value.Write(Path.Combine(Path.GetRandomFileName(), "Generated.dll"), assembly);
        return new AssemblyLoadContext(null, isCollectible: true).LoadFromAssemblyPath(path);
    }
}
