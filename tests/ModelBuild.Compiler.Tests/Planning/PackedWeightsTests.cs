using System.Runtime.InteropServices;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Tests.Planning;

/// <summary>What the interpreter reads is what the runtime reads from the file.</summary>
public sealed class PackedWeightsTests
{
    [Fact]
    public void WriteTo_RawAndHalfConstants_AreWhatTheRuntimeLoads()
    {
        var writer = new WeightWriter(WeightStorage.Halves);
        int[] ids =
        [
            writer.Add("floats", PlanType.F32, ConstantFormats.Plain, Bytes<float>([1, 2, 3.0001f])),
            writer.Add("halves", PlanType.F32, ConstantFormats.Plain, Bytes<float>([-0.5f, 65504])),
            writer.Add(
                "bytes", PlanType.S8, ConstantFormats.Plain, Bytes<sbyte>([.. Enumerable.Range(-50, 100).Select(i => (sbyte)i)])),
            writer.Add(
                "more halves", PlanType.F32, ConstantFormats.Plain, Bytes<float>([.. Enumerable.Range(0, 40).Select(i => (float)i)])),
        ];
        PackedWeights weights = writer.Finish();
        using var file = new MemoryStream();
        weights.WriteTo(file);

        ModelWeights loaded = ModelWeights.Load(file.ToArray(), weights.Sha256);
        PlanConstant[] layout = [.. weights.Layout()];

        Assert.Equal(weights.Length, file.Length);
        Assert.Equal([0, 1, 2, 3], ids);
        Assert.All(layout, c => Assert.Equal(0, c.Offset % 64));
        foreach (int id in (int[])[0, 1, 3])
        {
            Assert.Equal(weights.Span<float>(id), loaded.Span<float>(layout[id].Offset, layout[id].Length));
        }

        Assert.Equal(weights.Span<sbyte>(2), loaded.Span<sbyte>(layout[2].Offset, layout[2].Length));
        Assert.Equal([-0.5f, 65504], weights.Span<float>(1));
    }

    /// <summary>Every form of panel, with blocks that are cut off, lanes that hold nothing and rows of odd lengths.</summary>
    [Theory]
    [InlineData(4, 16, 70, 3)]
    [InlineData(4, 1, 45, 20)]
    [InlineData(4, 1, 32, 33)]
    [InlineData(4, 1, 52, 20)] // a rest that begins in the upper halves of bytes
    [InlineData(4, 1, 63, 5)]
    [InlineData(4, 48, 9, 2)]
    [InlineData(8, 16, 70, 3)]
    [InlineData(8, 1, 45, 20)]
    [InlineData(8, 48, 9, 1)]
    [InlineData(8, 16, 9, 1)]
    [InlineData(16, 16, 70, 3)]
    [InlineData(16, 1, 45, 20)]
    [InlineData(16, 1, 16, 33)]
    [InlineData(16, 48, 9, 1)]
    public void WriteTo_CodedConstants_AreWhatTheRuntimeLoads(int bits, int width, int rows, int panels)
    {
        var random = new Random(bits + rows);
        int block = bits == 4 ? 32 : rows;
        float[] steps = [.. Enumerable.Range(0, width * panels * ((rows / block) + 1)).Select(_ => Step(random))];
        float[] values = [.. Enumerable.Range(0, width * rows * panels).Select(i =>
        {
            (int row, int lane) = Math.DivRem(i, width);
            (int panel, int inPanel) = Math.DivRem(row, rows);
            int group = (((panel * ((rows / block) + 1)) + (inPanel / block)) * width) + lane;
            int zero = bits == 16 ? short.MaxValue : group * 7 % (1 << bits);
            return lane == 5 ? 0 : (random.Next((1 << bits) - (bits / 16)) - zero) * steps[group];
        })];
        var writer = new WeightWriter(bits == 16 ? WeightStorage.Halves : WeightStorage.Codes);
        writer.Add("first", PlanType.S8, ConstantFormats.Plain, Bytes<sbyte>([1, 2, 3]));
        writer.Add("codes", PlanType.F32, ConstantFormats.Plain, Bytes<float>(values), (width, rows));
        writer.Add("again", PlanType.F32, ConstantFormats.Channels, Bytes<float>(values), (width, rows));
        writer.Add("floats", PlanType.F32, ConstantFormats.Plain, Bytes<float>([1.1f, 2.7f]), (1, 2));

        PackedWeights weights = writer.Finish();
        using var file = new MemoryStream();
        weights.WriteTo(file);
        ModelWeights loaded = ModelWeights.Load(file.ToArray(), weights.Sha256);
        PlanConstant[] layout = [.. weights.Layout()];

        Assert.Equal(weights.Length, file.Length);
        Assert.InRange((double)file.Length / (2 * values.Length * sizeof(float)), 0, bits == 4 ? 0.35 : bits == 8 ? 0.65 : 0.75);
        Assert.All(layout, c => Assert.Equal(0, c.Offset % 64));
        foreach (int id in (int[])[1, 2])
        {
            Assert.Equal(values, weights.Span<float>(id));
            Assert.Equal(values, loaded.Span<float>(layout[id].Offset, layout[id].Length));
        }

        Assert.Equal([1.1f, 2.7f], loaded.Span<float>(layout[3].Offset, 2));
        Assert.Equal((sbyte[])[1, 2, 3], loaded.Span<sbyte>(layout[0].Offset, 3).ToArray());
    }

    /// <summary>Blocks of what was flattened channel by channel, and is read pixel by pixel.</summary>
    [Fact]
    public void WriteTo_CodesWhoseRowsHaveAnotherOrder_AreWhatTheRuntimeLoads()
    {
        const int Width = 16;
        const int Pixels = 6;
        const int Channels = 64;
        const int Block = 32;
        var random = new Random(5);
        float[] steps = [.. Enumerable.Range(0, Pixels * Channels / Block * Width).Select(_ => Step(random))];
        var values = new float[Pixels * Channels * Width];
        for (int row = 0; row < Pixels * Channels; row++)
        {
            int place = (row % Pixels * Channels) + (row / Pixels);
            for (int lane = 0; lane < Width; lane++)
            {
                values[(place * Width) + lane] = (random.Next(16) - 7) * steps[(row / Block * Width) + lane];
            }
        }

        var writer = new WeightWriter(WeightStorage.Codes);
        writer.Add("codes", PlanType.F32, ConstantFormats.Plain, Bytes<float>(values), (Width, Pixels * Channels));
        PackedWeights weights = writer.Finish();
        using var file = new MemoryStream();
        weights.WriteTo(file);
        ModelWeights loaded = ModelWeights.Load(file.ToArray(), weights.Sha256);

        Assert.InRange((double)file.Length / (values.Length * sizeof(float)), 0, 0.25);
        Assert.Equal(values, weights.Span<float>(0));
        Assert.Equal(values, loaded.Span<float>(weights.Layout()[0].Offset, values.Length));
    }

    /// <summary>A file is used where it is mapped as long as nothing in it is widened.</summary>
    [Theory]
    [InlineData(nameof(WeightStorage.Plain), 64 + (4 * 512))]
    [InlineData(nameof(WeightStorage.Halves), 0)]
    [InlineData(nameof(WeightStorage.Codes), 0)]
    public void MappedLength_OfAFile_IsThatOfPlainConstantsAlone(string storage, long expected)
    {
        var writer = new WeightWriter(Enum.Parse<WeightStorage>(storage));
        writer.Add("raw", PlanType.S8, ConstantFormats.Plain, Bytes<sbyte>([1, 2, 3]));
        writer.Add(
            "steps", PlanType.F32, ConstantFormats.Plain, Bytes<float>([.. Enumerable.Range(0, 512).Select(i => i % 8 * 0.5f)]), (1, 512));

        Assert.Equal(expected, writer.Finish().MappedLength);
    }

    /// <summary>What was not rounded to steps of 8 bits stays as it is.</summary>
    [Fact]
    public void Add_FloatsWithoutSteps_AreStoredAsTheyAre()
    {
        var writer = new WeightWriter(WeightStorage.Codes);
        float[] values = [.. Enumerable.Range(0, 512).Select(i => i == 100 ? 256.5f : i % 256)];
        values[7] = float.NaN;
        writer.Add("nan", PlanType.F32, ConstantFormats.Plain, Bytes<float>(values), (1, 256));
        values[7] = 0.1f;
        writer.Add("odd", PlanType.F32, ConstantFormats.Plain, Bytes<float>(values), (1, 256));
        values[7] = 1e-20f;
        writer.Add("far", PlanType.F32, ConstantFormats.Plain, Bytes<float>(values), (1, 256));
        PackedWeights weights = writer.Finish();

        Assert.Equal(64 + (3 * 4 * 512), weights.Length);
        Assert.Equal(values, weights.Span<float>(2));
    }

    /// <summary>Codes of 16 bits have a sign and no zero point: what would need the lowest of all, or one more, stays as it is.</summary>
    [Theory]
    [InlineData(32767, true)]
    [InlineData(32769, false)]
    public void Add_StepsOnOneSide_AreCodesAsFarAsTheyReach(int largest, bool isCoded)
    {
        float[] values = [.. Enumerable.Range(0, 512).Select(i => (i % 2 == 0 ? largest - (4 * i) : i + 2) * 0.75f)];
        var writer = new WeightWriter(WeightStorage.Halves);
        writer.Add("steps", PlanType.F32, ConstantFormats.Plain, Bytes<float>(values), (1, 512));

        PackedWeights weights = writer.Finish();

        Assert.Equal(isCoded, weights.Length < 64 + (4 * 512));
        Assert.Equal(values, weights.Span<float>(0));
    }

    private static float Step(Random random) => BitConverter.UInt32BitsToSingle(
        BitConverter.SingleToUInt32Bits((0.001f + random.NextSingle()) * MathF.Pow(10, random.Next(-6, 6))) & 0xFFFF0000);

    [Fact]
    public void Add_EqualConstantsOfOneTypeAndFormat_AreStoredOnce()
    {
        var writer = new WeightWriter(WeightStorage.Plain);

        Assert.Equal(0, writer.Add("a", PlanType.F32, ConstantFormats.Plain, Bytes<float>([1, 2])));
        Assert.Equal(0, writer.Add("b", PlanType.F32, ConstantFormats.Plain, Bytes<float>([1, 2])));
        Assert.Equal(1, writer.Add("c", PlanType.S32, ConstantFormats.Plain, Bytes<float>([1, 2])));
        Assert.Equal(2, writer.Add("e", PlanType.F32, ConstantFormats.Channels, Bytes<float>([1, 2])));
    }

    private static byte[] Bytes<T>(ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();
}
