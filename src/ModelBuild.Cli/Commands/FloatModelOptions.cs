using System.CommandLine;
using System.CommandLine.Parsing;
using ModelBuild.Cli.CommandLine;

namespace ModelBuild.Cli.Commands;

/// <summary>What commands are told that change the weights of a model and write it in float.</summary>
internal sealed class FloatModelOptions
{
    private readonly ModelOptions _model;

    /// <param name="command">Gets the options.</param>
    /// <param name="model">What else it is told.</param>
    public FloatModelOptions(Command command, ModelOptions model)
    {
        _model = model;
        model.Settings["Calibration"]!.Description =
            "Samples of the inputs: arrays, tables, pictures or folders of them, with the wildcards *, ? and **; several, or "
            + "separated by ';'.";
        command.Add(Output);
        command.Add(Json);
        OutputPaths.Check(command, model.Argument, r => [r.Word(Output)]);
    }

    /// <summary><c>--output</c>.</summary>
    public Option<string> Output { get; } = new("--output", "-o")
    {
        HelpName = "FILE", Description = "The ONNX file.", Required = true,
    };

    /// <summary><c>--json</c>.</summary>
    public Option<bool> Json { get; } = JsonOption.Create();

    /// <summary>Says so where what an option asks for is found out on samples, and there are none.</summary>
    public void RequireSamples(CommandResult result, Option<bool> option)
    {
        if (result.IsOn(option) && result.GetResult(_model.Settings["Calibration"]!) is null)
        {
            result.AddError($"{option.Name} is found out on samples of the model's inputs. Give --calibration.");
        }
    }
}
