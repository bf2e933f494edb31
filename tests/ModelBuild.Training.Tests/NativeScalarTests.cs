namespace ModelBuild.Training.Tests;

/// <summary>
/// TorchSharp makes a Scalar of a number that it is given, hands on the bare pointer, and its finalizer may free that while native code
/// reads it: a garbage collection at the wrong moment is an exception or, without a word, another number. Which of its methods do so is
/// read from its own code.
/// </summary>
public sealed class NativeScalarTests
{
    /// <summary>Where scalars are made, and held.</summary>
    private const string Holder = "ModelBuild.Training.Scalars.";

    [Fact]
    public void Training_CallsOfTorchSharp_MakeNoScalarThatNothingHolds()
    {
        string folder = Path.Combine(Repository.Root, "tests/ModelBuild.Training.Checks/bin", Repository.Configuration, "net10.0");
        using var torch = new MethodCalls(Path.Combine(folder, "TorchSharp.dll"));
        HashSet<string> makers = torch.Reaching(["TorchSharp.Scalar.op_Implicit", "TorchSharp.ScalarExtensionMethods.ToScalar"]);
        Assert.Contains(makers, m => m.StartsWith("TorchSharp.torch.Tensor.op_Addition", StringComparison.Ordinal));
        foreach (string assembly in (string[])["ModelBuild.Training.dll", "ModelBuild.Training.Checks.dll"])
        {
            using var own = new MethodCalls(Path.Combine(folder, assembly));
            string[] calls =
            [
                .. own.All.Where(c => makers.Contains(c.Called) && !c.Caller.StartsWith(Holder, StringComparison.Ordinal))
                    .Select(c => $"{c.Caller} calls {c.Called}"),
            ];
            Assert.True(calls.Length == 0, string.Join(Environment.NewLine, calls));
        }
    }
}
