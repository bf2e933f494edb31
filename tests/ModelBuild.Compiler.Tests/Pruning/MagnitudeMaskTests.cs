using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Tests.Pruning;

public sealed class MagnitudeMaskTests
{
    [Theory]
    [InlineData("unstructured")]
    [InlineData("1X2")]
    [InlineData("1x4")]
    [InlineData("2×4")]
    [InlineData("2:4")]
    [InlineData("Channels")]
    public void Pattern_OfItsWord_IsRead(string word)
    {
        Assert.True(SparsityPattern.TryRead(word, out SparsityPattern pattern, out string? wrong));
        Assert.Equal(word.ToLowerInvariant().Replace('×', 'x'), pattern.Word);
        Assert.Null(wrong);
    }

    [Fact]
    public void Pattern_OfAnotherWord_IsNamedWithWhatThereIs()
    {
        Assert.False(SparsityPattern.TryRead("unstructred", out _, out string? wrong));
        Assert.Equal(
            "is no pattern. Use unstructured, 1x2, 1x4, 2x4, 2:4 or channels. Did you mean 'unstructured'?", wrong);
    }

    [Fact]
    public void Unstructured_OfAHalf_ZeroesTheSmallest() => Assert.Equal(
        [false, true, true, false],
        MagnitudeMask.Of([0.1f, -0.4f, 0.3f, -0.2f], WeightLayout.Matrix(2, 2), SparsityPattern.Unstructured, 0.5));

    [Fact]
    public void EqualWeights_OfAHalf_LoseTheFirst() => Assert.Equal(
        [false, false, true, true],
        MagnitudeMask.Of([1, -1, 1, 1], WeightLayout.Matrix(1, 4), SparsityPattern.Unstructured, 0.5));

    [Fact]
    public void TwoOfFour_OfAMatrixWithInputsFirst_KeepsTheTwoLargestOfEachFourInputs()
    {
        // [inputs 6, outputs 2]: four inputs make a group, the two behind them belong to none.
        float[] weights = [1, 8, 2, 7, 3, 6, 4, 5, 0.1f, 0.1f, 0.1f, 0.1f];

        bool[] mask = MagnitudeMask.Of(
            weights, WeightLayout.Matrix(outputs: 2, inputs: 6, outputsFirst: false), SparsityPattern.TwoOfFour, 0.5);

        Assert.Equal([false, true, false, true, true, false, true, false, true, true, true, true], mask);
    }

    [Fact]
    public void Blocks_OfAConvolution_AreFourChannelsOfOneTapAndTwoOutputs()
    {
        // [outputs 3, channels 5, taps 2]: the blocks are outputs 0 and 1, channels 0 to 3, one for each tap.
        WeightLayout layout = WeightLayout.Convolution(outputs: 3, inputs: 5, taps: 2);
        float[] weights = [.. Enumerable.Range(0, 30).Select(i => i % 2 == 0 ? 0.1f : 1f)];

        bool[] mask = MagnitudeMask.Of(weights, layout, SparsityPattern.Blocks(2, 4), 8 / 30.0);

        for (int o = 0; o < 3; o++)
        {
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(o == 2 || i == 4, mask[(((o * 5) + i) * 2) + 0]);
                Assert.True(mask[(((o * 5) + i) * 2) + 1]);
            }
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    public void Blocks_OfAnyLayout_AreWholeAndAsManyAsAsked(int outputs, int inputs)
    {
        var random = new Random(5);
        foreach (WeightLayout layout in new[]
        {
            WeightLayout.Matrix(8, 16), WeightLayout.Matrix(8, 16, outputsFirst: false), WeightLayout.Matrix(4, 8, groups: 3),
            WeightLayout.Convolution(8, 8, 9, groups: 2), WeightLayout.TransposedConvolution(4, 16, 9, groups: 2),
        })
        {
            float[] weights = [.. Enumerable.Range(0, layout.Length).Select(_ => random.NextSingle() - 0.5f)];
            bool[] mask = MagnitudeMask.Of(weights, layout, SparsityPattern.Blocks(outputs, inputs), 0.75);

            Assert.Equal(layout.Length * 3 / 4, mask.Count(kept => !kept));
            for (int g = 0; g < layout.Groups; g++)
            {
                for (int o = 0; o < layout.Outputs; o++)
                {
                    for (int t = 0; t < layout.Taps; t++)
                    {
                        for (int i = 0; i < layout.Inputs; i++)
                        {
                            bool first = mask[layout.Index(g, o - (o % outputs), t, i - (i % inputs))];
                            Assert.Equal(first, mask[layout.Index(g, o, t, i)]);
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Layouts_OfAnyKind_ReachEveryWeightOnce()
    {
        foreach (WeightLayout layout in new[]
        {
            WeightLayout.Matrix(3, 5), WeightLayout.Matrix(3, 5, outputsFirst: false, groups: 2),
            WeightLayout.Convolution(6, 5, 4, groups: 2), WeightLayout.TransposedConvolution(3, 6, 4, groups: 2),
        })
        {
            IEnumerable<int> places =
                from g in Enumerable.Range(0, layout.Groups)
                from o in Enumerable.Range(0, layout.Outputs)
                from t in Enumerable.Range(0, layout.Taps)
                from i in Enumerable.Range(0, layout.Inputs)
                select layout.Index(g, o, t, i);

            Assert.Equal(Enumerable.Range(0, layout.Length), places.Order());
        }
    }

    [Fact]
    public void Channels_OfAHalf_ZeroWholeOutputs()
    {
        WeightLayout layout = WeightLayout.Convolution(outputs: 4, inputs: 2, taps: 2, groups: 2);
        float[] weights = [1, 1, 1, 1, 9, 0, 0, 0, 2, 2, 2, 2, 3, 3, 3, 3];

        bool[] mask = MagnitudeMask.Of(weights, layout, SparsityPattern.Channels, 0.5);

        Assert.Equal([.. Enumerable.Repeat(false, 4), .. Enumerable.Repeat(true, 4),
            .. Enumerable.Repeat(false, 4), .. Enumerable.Repeat(true, 4)], mask);
    }
}
