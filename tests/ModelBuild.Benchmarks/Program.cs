using System.Diagnostics;
using ModelBuild.Benchmarks;

// Nothing else here: what this method mentions is loaded before its first line.
long main = Stopwatch.GetTimestamp();
if (args is [StartTime.Word, string side])
{
    StartTime.Predict(side, main);
    return 0;
}

return Commands.Run(args);
