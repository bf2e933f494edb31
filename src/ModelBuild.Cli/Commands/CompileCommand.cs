using System.CommandLine;
using System.Globalization;
using System.Text;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Generated;
using ModelBuild.Cli.Output;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Hosts;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild compile</c>: the files of a build, and the C# that a build shows to nobody but the compiler.</summary>
internal static class CompileCommand
{
    /// <summary>As people write them, the default first.</summary>
    private static readonly string[] s_backends = [.. Enum.GetNames<ModelBackend>().Select(name => name.ToLowerInvariant())];

    public static Command Create(Terminal terminal)
    {
        var command = new Command("compile", "Compiles a model to what a build makes of it: plan, weights, ONNX and the C# class.");
        var model = new ModelOptions(command);
        var output = new Option<string>("--output", "-o") { HelpName = "FOLDER", Description = "Where the files go.", Required = true };
        var ns = new Option<string>("--namespace", "-n")
        {
            HelpName = "NAME", Description = "Namespace of the class. Default: the global one.", DefaultValueFactory = _ => string.Empty,
        };
        var @class = new Option<string?>("--class") { HelpName = "NAME", Description = "Name of the class. Default: made of the file's." };
        var backend = new Option<string>("--backend")
        {
            HelpName = "managed|onnxruntime", Description = "Who runs the model.", DefaultValueFactory = _ => s_backends[0],
        };
        ns.Validators.Add(result => Check(result, CSharpNames.IsNamespace, "identifiers separated by dots"));
        @class.Validators.Add(result => Check(result, CSharpNames.IsClass, "letters, digits and underscores, and no word of the language"));
        backend.Validators.Add(CheckBackend);
        command.Add(output);
        command.Add(backend);
        command.Add(ns);
        command.Add(@class);
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            CompileOptions options = model.Read(parsed, parsed.GetRequiredValue(ns), parsed.GetValue(@class)) with
            {
                Backend = Enum.Parse<ModelBackend>(parsed.GetRequiredValue(backend), ignoreCase: true),
            };
            Compile(terminal, options, parsed.GetRequiredValue(output), cancellation);
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
            + Part(result.Agreement, "as fp32") + Part(result.Accuracy, "right"));
        if (result.Note is { } note)
        {
            report.Heading(note);
        }

        report.Table([.. files.Select(file => new[] { Path.Combine(folder, file.File) })]);
    }

    private static string Part(double? part, string what) =>
        part is { } value ? string.Create(CultureInfo.InvariantCulture, $", {100 * value:F2} % {what}") : string.Empty;

    private static void CheckBackend(System.CommandLine.Parsing.OptionResult result)
    {
        if (result.Tokens is [.., var token] && !s_backends.Contains(token.Value, StringComparer.OrdinalIgnoreCase))
        {
            result.AddError(
                $"{DiagnosticCodes.UnknownBackend}: '{token.Value}' is not a backend. Use {string.Join(" or ", s_backends)}."
                    + Suggestion.For(token.Value, s_backends));
        }
    }

    private static void Check(System.CommandLine.Parsing.OptionResult result, Func<string, bool> isGood, string use)
    {
        if (result.Tokens is [.., var token] && !isGood(token.Value))
        {
            result.AddError($"{DiagnosticCodes.BadClassName}: '{token.Value}' is not a name that C# allows here. Use {use}.");
        }
    }
}
