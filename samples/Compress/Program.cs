using System.Diagnostics;
using Compress;
using ModelBuild.Compiler;
using TorchSharp;

if (Options.Read(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}

if (options.IsProbe)
{
    // Fails, or gives 1.
    Console.WriteLine(torch.ones(1).item<float>());
    return 0;
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
        No training here: LibTorch cannot be loaded.
          {reason}
          Its .NET binding needs glibc 2.38 and GLIBCXX_3.4.32 or newer on Linux: Ubuntu 24.04, Debian 13. On Debian 12 say
          dotnet run -c Release --project samples/Compress -- --debian13
          which fetches Debian 13's libraries into the output folder with apt, as root. Windows and macOS on Arm64 need nothing.
        So a small network that was trained before is pruned by the build, which needs no training.
        """);
    Calibration.Write(Path.Combine(options.Results, "calibration.npy"));
}

return cancellation.IsCancellationRequested ? 130 : Deployment.Run(options.Results, isTrained: training is not null);
