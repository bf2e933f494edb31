using ModelBuild.Compiler.Quantization.Storage;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>Scales and zero points of stored weights, against their definition and against all that could have been chosen.</summary>
public sealed class CodeScaleTests
{
    private const int Blocks = 40;

    /// <summary>Nothing is cut off, and no step is coarser than that takes.</summary>
    [Theory]
    [InlineData(15)]
    [InlineData(255)]
    public void OfRange_AnyValues_ReachesAllWithTheFinestSteps(int largest)
    {
        for (int block = 0; block < Blocks; block++)
        {
            float[] values = Block(block);

            CodeScale scale = CodeScale.OfRange(values, largest)!.Value;

            double range = Math.Max(0, values.Max()) - (double)Math.Min(0, values.Min());
            Assert.Equal(0u, BitConverter.SingleToUInt32Bits(scale.Scale) & 0xFFFF);
            Assert.InRange(scale.Scale, range / largest, range / largest * (1 + (1.0 / 127)));
            Assert.InRange(scale.ZeroPoint, 0, largest);
            Assert.Equal(0, scale.Value(scale.ZeroPoint));

            // The zero point is rounded too, so that the far end may miss half a step more.
            Assert.All(values, v => Assert.InRange(Math.Abs(v - scale.Value(scale.Code(v, largest))), 0, scale.Scale * 1.0001));
        }
    }

    /// <summary>Weights that select, count or sum, such as those of decision trees, have to be what they are.</summary>
    [Theory]
    [InlineData(0f, 1f, -1f)]
    [InlineData(0f, 1f, 1f)]
    [InlineData(3f, -6f, 90f)]
    [InlineData(0.25f, -0.5f, 8f)]
    public void OfValues_MultiplesOfAStep_LoseNothing(params float[] values)
    {
        CodeScale scale = CodeScale.OfValues(values, 255)!.Value;

        Assert.All(values, v => Assert.Equal(v, scale.Value(scale.Code(v, 255))));
    }

    [Fact]
    public void OfValues_AnyOthers_HaveTheStepsOfTheirRange()
    {
        for (int block = 0; block < Blocks; block++)
        {
            Assert.Equal(CodeScale.OfRange(Block(block), 255), CodeScale.OfValues(Block(block), 255));
        }

        Assert.Null(CodeScale.OfValues([0, float.NaN], 255));
    }

    /// <summary>Every step of 8 significant bits from the whole range down to a third of it, with every zero point.</summary>
    [Fact]
    public void OfLeastError_AnyValues_IsNearlyTheBestThereIs()
    {
        const int Largest = 15;
        double sum = 0;
        for (int block = 0; block < Blocks; block++)
        {
            float[] values = Block(block);
            CodeScale range = CodeScale.OfRange(values, Largest)!.Value;
            double best = double.PositiveInfinity;
            for (uint bits = BitConverter.SingleToUInt32Bits(range.Scale); BitConverter.UInt32BitsToSingle(bits) > range.Scale / 3;
                bits -= 0x10000)
            {
                for (int zero = 0; zero <= Largest; zero++)
                {
                    best = Math.Min(best, Error(values, new CodeScale(BitConverter.UInt32BitsToSingle(bits), zero), Largest));
                }
            }

            CodeScale chosen = CodeScale.OfLeastError(values, Largest)!.Value;

            Assert.Equal(0u, BitConverter.SingleToUInt32Bits(chosen.Scale) & 0xFFFF);
            Assert.InRange(chosen.ZeroPoint, 0, Largest);
            Assert.InRange(Error(values, chosen, Largest), 0, Error(values, range, Largest));
            sum += Error(values, chosen, Largest) / best;
        }

        Assert.InRange(sum / Blocks, 0, 1.01);
    }

    /// <summary>What another tool has rounded comes back, though not all of its codes are there.</summary>
    [Theory]
    [InlineData(15)]
    [InlineData(255)]
    public void OfLeastError_ValuesOfAGrid_FindsTheGrid(int largest)
    {
        var random = new Random(3);
        for (int block = 0; block < Blocks; block++)
        {
            float step = BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(random.NextSingle() + 0.01f) & 0xFFFF0000));
            int zero = random.Next(largest + 1);
            int first = random.Next(largest);
            float[] values =
            [
                .. Enumerable.Range(0, 24).Select(_ => (random.Next(largest + 1) - zero) * step),
                (first - zero) * step, (first + 1 - zero) * step,
            ];

            CodeScale grid = CodeScale.OfLeastError(values, largest)!.Value;

            Assert.Equal(values, values.Select(v => grid.Value(grid.Code(v, largest))));
        }
    }

    /// <summary>A grid of more steps than there are codes, such as that of values of 8 bits, is none for these.</summary>
    [Theory]
    [InlineData(15)]
    [InlineData(200)]
    public void OfLeastError_ValuesOfAGridThatIsTooFine_CutsNothingOff(int largest)
    {
        float[] values = [.. Enumerable.Range(0, 256).Select(i => i / 64f)];

        CodeScale scale = CodeScale.OfLeastError(values, largest)!.Value;

        Assert.InRange(values.Max(v => MathF.Abs(v - scale.Value(scale.Code(v, largest)))), 0, values[^1] / largest);
    }

    [Fact]
    public void OfRange_ValuesWithoutARange_HaveNoScaleOrAnyScale()
    {
        Assert.Equal(new CodeScale(1, 0), CodeScale.OfRange([0, 0], 15));
        Assert.Null(CodeScale.OfRange([0, float.NaN], 15));
        Assert.Null(CodeScale.OfRange([float.PositiveInfinity], 15));
        Assert.Null(CodeScale.OfRange([float.MaxValue, float.MinValue], 15));
        Assert.Null(CodeScale.OfLeastError([1, float.NaN], 15));
    }

    private static double Error(float[] values, CodeScale scale, int largest) =>
        values.Sum(v => Math.Pow(v - (double)scale.Value(scale.Code(v, largest)), 2));

    /// <summary>Around zero, above it or below it; some with a value that is far from the others.</summary>
    private static float[] Block(int number)
    {
        var random = new Random(number);
        float shift = (number % 4) switch { 1 => 1.5f, 2 => -1.5f, _ => 0 };
        var values = new float[16 + (number % 3 * 8)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = shift + random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f;
        }

        values[0] *= number % 5 == 0 ? 3 : 1;
        return values;
    }
}
