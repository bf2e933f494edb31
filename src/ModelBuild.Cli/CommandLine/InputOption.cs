using System.CommandLine;

namespace ModelBuild.Cli.CommandLine;

/// <summary><c>--input</c>.</summary>
internal static class InputOption
{
    public static Option<string[]> Create()
    {
        var option = new Option<string[]>("--input", "-i")
        {
            HelpName = "[NAME=]FILE",
            Description = "An array for an input: NAME=FILE.npy, FILE.npy where there is one input, or FILE.npz for all. May be repeated.",
            AllowMultipleArgumentsPerToken = true,
        };
        FileNames.Require(option);
        return option;
    }
}
