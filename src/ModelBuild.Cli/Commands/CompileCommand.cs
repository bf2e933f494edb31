using System.CommandLine;
using System.Globalization;
using System.Text;
using ModelBuild.Cli.CodeGeneration;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild compile</c>: the files of a build, and the C# that a build shows to nobody but the compiler.</summary>
internal static class CompileCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("compile", "Compiles a model to what a build makes of it: plan, weights, ONNX and the C# class.");
        var model = new ModelOptions(command, hasClass: true);
        var output = new Option<string>("--output", "-o") { HelpName = "FOLDER", Description = "Where the files go.", Required = true };
        FileNames.Require(output);
        command.Add(output);
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            Compile(terminal, model.Read(parsed, terminal), parsed.GetRequiredValue(output), cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Compile(Terminal terminal, CompileOptions options, string folder, CancellationToken cancellation)
    {
        using CompileResult result = CompileSteps.CompileToFiles(terminal, options, cancellation);
        GeneratedClass generated = GeneratedClass.Of(result.Plan);
        string name = options.Namespace.Length == 0 ? options.ClassName : $"{options.Namespace}.{options.ClassName}";
        string mode = options.Mode.Word();
        (string File, Action<Stream> Write)[] files =
        [
            (options.ResourceName, result.WriteWeights),
            ($"{name}.{mode}.onnx", result.WriteOnnx),
            (generated.FileName, stream => stream.Write(Encoding.UTF8.GetBytes(generated.Text))),
            ($"{name}.plan", stream => stream.Write(Encoding.UTF8.GetBytes(result.Plan))),
        ];
        foreach ((string file, Action<Stream> write) in files)
        {
            cancellation.ThrowIfCancellationRequested();
            OutputFile.Write(Path.Combine(folder, file), write);
        }

        var report = new TextReport(terminal);
        report.Heading(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.ModelPath} -> {name}: {mode}, {(result.WeightsLength + 1023) / 1024:N0} KB")
            + (result.Sqnr is { } sqnr ? string.Create(CultureInfo.InvariantCulture, $", SQNR {sqnr:F1} dB") : string.Empty)
            + Part(result.Agreement, "as fp32") + Part(result.Accuracy, "right")
            + (result.HeldBack is { } samples
                ? string.Create(CultureInfo.InvariantCulture, $" (on {samples:N0} samples held back)") : string.Empty));
        if (result.Note is { } note)
        {
            report.Heading(note);
        }

        report.Table([.. files.Select(file => new[] { Path.Combine(folder, file.File) })]);
    }

    private static string Part(double? part, string what) =>
        part is { } value ? string.Create(CultureInfo.InvariantCulture, $", {100 * value:F2} % {what}") : string.Empty;
}
