using Compress;
using ModelBuild.Compiler;
using ModelBuild.Training;

if (Options.Read(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

if (options.IsProbe)
{
    try
    {
        LibTorch.Load();
        return 0;
    }
    catch (CompilationException e)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
}

using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    cancellation.Cancel();
};
if (options.IsTraining)
{
    try
    {
        await new TrainingSteps(options, cancellation.Token).RunAsync();
        return 0;
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine();
        return 130;
    }
    catch (CompilationException e)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
}

(string[]? training, string reason) = TrainingHost.Find(options.UsesDebian13);
Directory.CreateDirectory(options.Results);
if (training is not null)
{
    Console.WriteLine("8,000 digits to learn from, 2,000 others to count with.");
    if (TrainingHost.Run([.. training, "--train", .. args]) is not 0 and var failed)
    {
        return failed;
    }
}
else
{
    Console.WriteLine(
        $"""
        No training here. {reason}
        On Debian 12 say
          dotnet run -c Release --project samples/Compress -- --debian13
        which fetches Debian 13's libraries into the output folder with apt, as root.

        So a small network that was trained before is pruned to 80 % by the build, which needs no training.
        """);
    Calibration.Write(Path.Combine(options.Results, "calibration.npy"));
}

return cancellation.IsCancellationRequested ? 130 : Deployment.Run(options.Results, isTrained: training is not null);
