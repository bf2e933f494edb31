using ModelBuild.Compiler;

namespace ModelBuild.Training.Tests;

public sealed class LibTorchTests
{
    [Fact]
    public void LibTorch_WithoutItsPackage_IsSaidToBeMissingWithTheWayOut()
    {
        // Only the program of the checks has it.
        CompilationException error = Assert.Throws<CompilationException>(() => new Trainer("model.onnx"));

        Assert.Equal(DiagnosticCodes.LibTorchMissing, Assert.Single(error.Findings).Code);
        Assert.Matches("Reference TorchSharp-cpu|glibc 2.38 .* train there", error.Message);
    }
}
