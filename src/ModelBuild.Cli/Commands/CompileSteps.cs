using ModelBuild.Cli.Output;
using ModelBuild.Compiler;

namespace ModelBuild.Cli.Commands;

/// <summary>Compiling with all that is said about it.</summary>
internal static class CompileSteps
{
    /// <summary>Compiles, shows progress and reports warnings.</summary>
    public static CompiledModel Compile(Terminal terminal, CompileOptions options, CancellationToken cancellation)
    {
        CompiledModel model = terminal.Watch("Importing", progress => ModelCompiler.CompileModel(options, progress, cancellation));
        new FindingWriter(terminal).Write(model.Findings, options.ModelPath);
        return model;
    }

    /// <summary>The same, for files.</summary>
    public static CompileResult CompileToFiles(Terminal terminal, CompileOptions options, CancellationToken cancellation)
    {
        CompileResult result = terminal.Watch("Importing", progress => ModelCompiler.Compile(options, progress, cancellation));
        new FindingWriter(terminal).Write(result.Findings, options.ModelPath);
        return result;
    }

    /// <summary>Bytes of a model as it is, with the files beside it.</summary>
    public static long FileBytes(CompileOptions options, IEnumerable<string> externalFiles) =>
        new FileInfo(options.ModelPath).Length + externalFiles.Sum(external => new FileInfo(external).Length);
}
