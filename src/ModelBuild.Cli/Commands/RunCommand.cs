using System.CommandLine;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Data;
using ModelBuild.Cli.Execution;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild run</c>: arrays in, arrays out.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("run", "Runs a model on .npy files, and writes a .npy file for each output.");
        var model = new ModelOptions(command);
        Option<string[]> input = InputOption.Create();
        var output = new Option<string>("--output", "-o")
        {
            HelpName = "FOLDER", Description = "Where the outputs go, each named as in the model.", Required = true,
        };
        Option<bool> json = JsonOption.Create();
        command.Add(input);
        FileNames.Require(output);
        command.Add(output);
        command.Add(json);
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            RunReport report = Run(
                terminal, model.Read(parsed, terminal), parsed.GetValue(input) ?? [], parsed.GetRequiredValue(output), cancellation);
            if (parsed.GetValue(json))
            {
                JsonReport.Write(terminal, report);
            }
            else
            {
                new TextReport(terminal).Table([.. report.Outputs.Select(o => new[]
                {
                    o.Name, o.Type, $"[{string.Join(",", o.Shape)}]", o.File,
                })]);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static RunReport Run(
        Terminal terminal, CompileOptions options, IReadOnlyList<string> given, string folder, CancellationToken cancellation)
    {
        using CompiledModel model = CompileSteps.Compile(terminal, options, cancellation);
        ExecutionPlan plan = model.Compiled.Plan;
        RunInputs inputs = InputFiles.Read(plan, given);
        Tensor[] outputs = terminal.Watch("Running", _ => Compute(model.Compiled, inputs, cancellation));
        string[] names = [.. plan.Outputs.Select(port => port.Name)];
        string[] files = [.. OutputNames.Of(names).Select(file => Path.Combine(folder, file))];
        for (int i = 0; i < outputs.Length; i++)
        {
            OutputFile.Write(files[i], stream => NpyWriter.Write(stream, outputs[i]));
        }

        return new RunReport(
            options.ModelPath,
            plan.Mode,
            plan.Card.Sqnr,
            [.. plan.Inputs.Select(port => Report(port.Name, inputs.Tensors[port.Name], inputs.Files[port.Name]))],
            [.. outputs.Select((tensor, i) => Report(names[i], tensor, files[i]))],
            FindingReport.Of(terminal, model.Findings));
    }

    private static Tensor[] Compute(CompiledPlan compiled, RunInputs inputs, CancellationToken cancellation)
    {
        try
        {
            return new PlanRunner(compiled).Run(inputs.Tensors, inputs.Symbols, cancellation);
        }
        catch (UnsuitedDataException e)
        {
            throw UnsuitedInputs.Error(compiled.Plan.Source.File, e);
        }
        catch (OverflowException)
        {
            throw new CompilationException(
                DiagnosticCodes.TooLarge,
                $"Model '{compiled.Plan.Source.File}' takes more working memory than one array can have with inputs of these sizes. Run it "
                    + "with smaller ones.");
        }
    }

    private static ArrayReport Report(string name, Tensor tensor, string file) =>
        new(name, NpyWriter.Name(tensor.Type), [.. tensor.Dimensions], file);
}
