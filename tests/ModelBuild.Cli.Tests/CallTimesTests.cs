using ModelBuild.Cli.Execution;

namespace ModelBuild.Cli.Tests;

/// <summary>How often something is called before and while it is measured.</summary>
public sealed class CallTimesTests
{
    [Fact]
    public void Measure_SlowCalls_AreWarmedUpUntilTheJitIsDone()
    {
        Assert.InRange(Measure(warmUp: TimeSpan.FromSeconds(0.5), milliseconds: 20).Before, 100, 1000);
    }

    [Fact]
    public void Measure_VerySlowCalls_AreWarmedUpForTenTimesTheTimeAtMost()
    {
        Assert.InRange(Measure(warmUp: TimeSpan.FromMilliseconds(10), milliseconds: 20).Before, 1, 6);
    }

    [Fact]
    public void Measure_NoWarmUp_CallsOnceBefore()
    {
        Assert.Equal((1, 1), Measure(warmUp: TimeSpan.Zero, milliseconds: 0));
    }

    private static (int Before, int Measured) Measure(TimeSpan warmUp, int milliseconds)
    {
        int calls = 0;
        CallTimes times = CallTimes.Measure(
            [
                () =>
                {
                    calls++;
                    Thread.Sleep(milliseconds);
                },
            ],
            warmUp,
            TimeSpan.Zero,
            CancellationToken.None);
        return (calls - times.Calls, times.Calls);
    }
}
