using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;

namespace ModelBuild.Cli.Data;

/// <summary>Inputs with an index that points outside a tensor of the model: the fault of whoever gave them.</summary>
internal static class UnsuitedInputs
{
    /// <summary>MODELB4004.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="e">What running it has said.</param>
    public static CompilationException Error(string model, UnsuitedDataException e) =>
        new(DiagnosticCodes.InputValues, $"Model '{model}': {e.Message} Correct the inputs.");
}
