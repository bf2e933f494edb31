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
        new FindingWriter(terminal).Write([.. Ignored(options), .. model.Findings], options.ModelPath);
        return model;
    }

    /// <summary>The same, for files.</summary>
    public static CompileResult CompileToFiles(Terminal terminal, CompileOptions options, CancellationToken cancellation)
    {
        CompileResult result = terminal.Watch("Importing", progress => ModelCompiler.Compile(options, progress, cancellation));
        new FindingWriter(terminal).Write([.. Ignored(options), .. result.Findings], options.ModelPath);
        return result;
    }

    private static IEnumerable<Finding> Ignored(CompileOptions options)
    {
        if (options.Mode != ModelMode.Int8 && options.CalibrationFiles.Count > 0)
        {
            string mode = options.Mode.Word();
            yield return new Finding(
                DiagnosticCodes.CalibrationIgnored, FindingSeverity.Warning,
                $"Calibration is ignored: samples choose the scales of mode int8, and the mode is {mode}. Give --mode int8, or leave "
                    + "--calibration out.",
                options.ModelPath);
        }
    }
}
