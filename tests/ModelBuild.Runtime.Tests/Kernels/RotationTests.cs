using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Rotary embedding against its definition, bit by bit.</summary>
public sealed class RotationTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(6, true)]
    [InlineData(16, false)]
    [InlineData(46, true)]
    [InlineData(64, true)]
    public void Halves_AnglesOfPositionsAndOfHeads_AreTurned(int size, bool ofBothHalves)
    {
        const int Heads = 3;
        const int Positions = 5;
        int angles = ofBothHalves ? size : size / 2;
        float[] x = Samples.Floats(2 * Heads * Positions * size, size);
        float[] cosines = Samples.Floats(Positions * angles, 1);
        float[] sines = Samples.Floats(Heads * angles, 2);
        var y = new float[x.Length];
        Rotation.Halves([2, Heads, Positions, size], [0, 0, angles, 1], [0, angles, 0, 1], ofBothHalves, x, cosines, sines, y);

        for (int i = 0; i < x.Length; i++)
        {
            int element = i % size;
            int half = size / 2;
            int angle = ofBothHalves ? element : element % half;
            float cosine = cosines[(i / size % Positions * angles) + angle];
            float sine = sines[(i / size / Positions % Heads * angles) + angle];
            float turned = element < half ? (cosine * x[i]) - (sine * x[i + half]) : (cosine * x[i]) + (sine * x[i - half]);
            Assert.Equal(turned, y[i]);
        }
    }

    [Fact]
    public void Halves_WhatDoesNotFit_IsRefused()
    {
        AssertRefused([3], [1], [1], false, 3, 2, 2, 3);
        AssertRefused([], [], [], false, 1, 1, 1, 1);
        AssertRefused([4], [0], [1], false, 4, 2, 2, 4);
        AssertRefused([4], [1], [1], true, 4, 3, 4, 4);
        AssertRefused([4], [1], [1], true, 4, 4, 3, 4);
        AssertRefused([4], [1], [1], false, 5, 2, 2, 4);
        AssertRefused([4], [1], [1], false, 4, 2, 2, 5);
        Rotation.Halves([0, 4], [2, 1], [2, 1], false, [], [], [], []);

        static void AssertRefused(
            int[] dimensions, int[] cosineStrides, int[] sineStrides, bool ofBothHalves, int input, int cosines, int sines, int output) =>
            Assert.Throws<ArgumentException>(() => Rotation.Halves(
                dimensions, cosineStrides, sineStrides, ofBothHalves, new float[input], new float[cosines], new float[sines],
                new float[output]));
    }
}
