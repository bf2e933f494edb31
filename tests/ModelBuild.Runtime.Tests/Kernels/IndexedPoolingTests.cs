using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class IndexedPoolingTests
{
    private static readonly int[] s_ones = [1, 1, 1];
    private static readonly int[] s_zeros = [0, 0, 0];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Maximum_RandomVolumes_EqualsDefinition(bool columnMajor)
    {
        var random = new Random(5);
        for (int round = 0; round < 100; round++)
        {
            int[] window = Three(1, 4);
            int[] dilations = Three(1, 3);
            int[] strides = Three(1, 3);
            int[] padding = [.. window.Select((w, i) => random.Next(((w - 1) * dilations[i]) + 1))];
            int[] image = [.. window.Select((w, i) => ((w - 1) * dilations[i]) + random.Next(1, 5))];
            int[] windows = [.. image.Select((size, i) => ((size + padding[i] - ((window[i] - 1) * dilations[i]) - 1) / strides[i]) + 1)];
            int planes = random.Next(1, 4);
            int length = image[0] * image[1] * image[2];
            int count = windows[0] * windows[1] * windows[2];

            // Few different numbers, so that many are equal.
            int[] input = [.. Enumerable.Range(0, planes * length).Select(_ => random.Next(9))];
            var values = new int[planes * count];
            var indices = new long[planes * count];

            IndexedPooling.Maximum<int>(
                planes, image, window, strides, dilations, padding, windows, columnMajor, input, values, indices);

            for (int i = 0; i < values.Length; i++)
            {
                (int z, int y, int x) = (i / windows[2] / windows[1] % windows[0], i / windows[2] % windows[1], i % windows[2]);
                (int Value, int Z, int Y, int X) best = (-1, 0, 0, 0);
                for (int tap = 0; tap < window[0] * window[1] * window[2]; tap++)
                {
                    int pz = (z * strides[0]) - padding[0] + (tap / window[2] / window[1] * dilations[0]);
                    int py = (y * strides[1]) - padding[1] + (tap / window[2] % window[1] * dilations[1]);
                    int px = (x * strides[2]) - padding[2] + (tap % window[2] * dilations[2]);
                    if (pz >= 0 && pz < image[0] && py >= 0 && py < image[1] && px >= 0 && px < image[2])
                    {
                        int value = input[(i / count * length) + (((pz * image[1]) + py) * image[2]) + px];
                        best = value > best.Value ? (value, pz, py, px) : best;
                    }
                }

                int place = columnMajor
                    ? (((best.X * image[1]) + best.Y) * image[0]) + best.Z
                    : (((best.Z * image[1]) + best.Y) * image[2]) + best.X;
                Assert.Equal(best.Value, values[i]);
                Assert.Equal((i / count * length) + place, indices[i]);
            }
        }

        int[] Three(int least, int end) => [random.Next(least, end), random.Next(least, end), random.Next(least, end)];
    }

    [Fact]
    public void Maximum_NaN_IsPassedOver()
    {
        float[] input = [float.NaN, 1, float.NaN, float.NaN];
        var values = new float[2];
        var indices = new long[2];

        IndexedPooling.Maximum<float>(1, [1, 1, 4], [1, 1, 2], [1, 1, 2], s_ones, s_zeros, [1, 1, 2], false, input, values, indices);

        Assert.Equal([1, float.NaN], values);
        Assert.Equal(1, indices[0]);
    }

    [Fact]
    public void Maximum_WhatDoesNotFit_Throws()
    {
        Assert.Throws<ArgumentException>(() => Run([1, 1], 4, 2));
        Assert.Throws<ArgumentException>(() => Run([1, 1, 5], 4, 2));
        Assert.Throws<ArgumentException>(() => Run([1, 1, 4], 4, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Run([1, 1, -4], 4, 2));

        static void Run(int[] image, int length, int outputs) => IndexedPooling.Maximum<float>(
            1, image, [1, 1, 2], [1, 1, 2], s_ones, s_zeros, [1, 1, 2], false, new float[length], new float[outputs], new long[2]);
    }

    /// <summary>Each number of each list is at least what it has to be; there are no planes, so no length says anything first.</summary>
    [Theory]
    [InlineData("image", 0)]
    [InlineData("window", 1)]
    [InlineData("strides", 1)]
    [InlineData("dilations", 1)]
    [InlineData("padding", 0)]
    [InlineData("windows", 0)]
    public void Maximum_NumberOfAListTooSmall_IsRefusedByName(string list, int least)
    {
        for (int place = 0; place < 3; place++)
        {
            int[] wrong = [.. Enumerable.Range(0, 3).Select(i => i == place ? least - 1 : 1)];
            int[] Of(string name, int usual) => name == list ? wrong : [usual, usual, usual];

            Assert.Equal(list, Assert.ThrowsAny<ArgumentException>(() => IndexedPooling.Maximum<float>(
                0, Of("image", 1), Of("window", 1), Of("strides", 1), Of("dilations", 1), Of("padding", 0), Of("windows", 1), false, [], [],
                [])).ParamName);
        }
    }

    [Fact]
    public void Maximum_WindowInNothingButPadding_Throws() => Assert.Throws<ArgumentException>(() => IndexedPooling.Maximum<float>(
        1, [1, 1, 2], [1, 1, 2], s_ones, s_ones, [0, 0, 2], [1, 1, 1], false, new float[2], new float[1], []));
}
