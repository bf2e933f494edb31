using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;

return await Tool.RunAsync(args, Terminal.OfThisProcess());
