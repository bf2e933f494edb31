using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Tests.Quantization.Recovery;

public sealed class BiasCorrectionTests
{
    /// <summary>[1, 2, 1, 2]: two channels of two places.</summary>
    private static readonly float[][] s_expected = [[1, 2, 10, 20], [3, 4, 30, 40]];

    [Fact]
    public void Of_AShiftThatIsAlwaysTheSame_TakesItBackWhole()
    {
        float[] correction = BiasCorrection.Of(
            Samples(s_expected), Samples([[0.5f, 1.5f, 12, 22], [2.5f, 3.5f, 32, 42]]), axis: 1, new Clamp());

        Assert.Equal([0.5f, -2f], correction);
    }

    /// <summary>Means of 0 and 4 where the mean is 2: its variance is (2² + 2²) / 2² = 2, half of its square.</summary>
    [Fact]
    public void Of_AShiftThatDiffersFromSampleToSample_IsShrunk()
    {
        float[] correction = BiasCorrection.Of(
            Samples(s_expected), Samples([[1, 2, 10, 20], [-1, 0, 30, 40]]), axis: 1, new Clamp());

        Assert.Equal([1f, 0f], correction);
    }

    /// <summary>What is chance alone stays: once up, once down.</summary>
    [Fact]
    public void Of_AShiftThatChangesItsSign_IsNone() => Assert.Equal(
        [0f, 0f],
        BiasCorrection.Of(Samples(s_expected), Samples([[0, 1, 9, 19], [4, 5, 31, 41]]), axis: 1, new Clamp()));

    [Fact]
    public void Of_WhatABoundCutsOff_DoesNotCount()
    {
        // Places of 2 and 20 and more are cut off in the float model, whatever codes make of them.
        float[] correction = BiasCorrection.Of(
            Samples([[1, 2, 10, 20], [1.5f, 4, 11, 40]]), Samples([[0, 99, 7, -99], [0.5f, 99, 8, -99]]), axis: 1, new Clamp(0, 2));

        Assert.Equal([1f, 0f], correction);
    }

    [Fact]
    public void Of_OutputsAlongTheLastAxis_AreTakenApartThere()
    {
        Tensor[] expected = [Tensor.Of([1f, 2, 3, 4], 2, 2), Tensor.Of([5f, 6, 7, 8], 2, 2)];
        Tensor[] actual = [Tensor.Of([0f, 2, 2, 4], 2, 2), Tensor.Of([4f, 6, 6, 8], 2, 2)];

        Assert.Equal([1f, 0f], BiasCorrection.Of(expected, actual, axis: 1, new Clamp()));
    }

    private static Tensor[] Samples(float[][] values) => [.. values.Select(v => Tensor.Of(v, 1, 2, 1, 2))];
}
