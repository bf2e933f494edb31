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

    /// <summary>Means of 1 and 3: the variance of their mean, 2, is (1 + 1) / (2 − 1) / 2 = 1, a quarter of its square.</summary>
    [Fact]
    public void Of_AShiftThatDiffersFromSampleToSample_IsShrunk()
    {
        float[] correction = BiasCorrection.Of(
            Samples(s_expected), Samples([[0, 1, 10, 20], [0, 1, 30, 40]]), axis: 1, new Clamp());

        Assert.Equal([1.5f, 0f], correction);
    }

    /// <summary>What is chance alone stays: once up, once down.</summary>
    [Fact]
    public void Of_AShiftThatChangesItsSign_IsNone() => Assert.Equal(
        [0f, 0f],
        BiasCorrection.Of(Samples(s_expected), Samples([[0, 1, 9, 19], [4, 5, 31, 41]]), axis: 1, new Clamp()));

    /// <summary>A channel that a bound cuts off in all samples but one: what that one says may be its own.</summary>
    [Fact]
    public void Of_AnOutputThatOneSampleHas_IsLeftAlone() => Assert.Equal(
        [0f, 0f],
        BiasCorrection.Of(Samples([[1, 1, 5, 5], [-1, -1, -5, -5]]), Samples([[0, 0, 0, 0], [-9, -9, 0, 0]]), axis: 1, new Clamp(0)));

    [Fact]
    public void Of_WhatABoundCutsOff_DoesNotCount()
    {
        // Places of 2 and 20 and more are cut off in the float model, whatever codes make of them.
        float[] correction = BiasCorrection.Of(
            Samples([[1, 2, 10, 20], [1.5f, 4, 11, 40]]), Samples([[0, 99, 7, -99], [0.5f, 99, 8, -99]]), axis: 1, new Clamp(0, 2));

        Assert.Equal([1f, 0f], correction);
    }

    /// <summary>A bound is what is left of all that lies beyond it.</summary>
    [Fact]
    public void Of_WhatLiesOnABound_DoesNotCount() => Assert.Equal(
        [1f, 1f],
        BiasCorrection.Of(
            Samples([[1, 0, 3, 6], [1.5f, 0, 4, 6]]), Samples([[0, 99, 2, -99], [0.5f, 99, 3, -99]]), axis: 1, new Clamp(0, 6)));

    [Fact]
    public void Of_OutputsAlongTheLastAxis_AreTakenApartThere()
    {
        Tensor[] expected = [Tensor.Of([1f, 2, 3, 4], 2, 2), Tensor.Of([5f, 6, 7, 8], 2, 2)];
        Tensor[] actual = [Tensor.Of([0f, 2, 2, 4], 2, 2), Tensor.Of([4f, 6, 6, 8], 2, 2)];

        Assert.Equal([1f, 0f], BiasCorrection.Of(expected, actual, axis: 1, new Clamp()));
    }

    private static Tensor[] Samples(float[][] values) => [.. values.Select(v => Tensor.Of(v, 1, 2, 1, 2))];
}
