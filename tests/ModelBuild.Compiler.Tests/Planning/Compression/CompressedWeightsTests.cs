using System.Runtime.InteropServices;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Planning.Compression;
using ModelBuild.Plan;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Tests.Planning.Compression;

/// <summary>Compressed weights are loaded as the same bytes as others, take what their entropy says, and are refused if damaged.</summary>
public sealed class CompressedWeightsTests
{
    private const int Width = 64;
    private const int Rows = 784;
    private const int Panels = 8;

    [Theory]
    [InlineData(nameof(WeightStorage.Plain))]
    [InlineData(nameof(WeightStorage.Halves))]
    [InlineData(nameof(WeightStorage.Codes))]
    public void Load_CompressedConstantsOfAllKinds_AreTheSameBytes(string storage)
    {
        PackedWeights plain = Weights(Enum.Parse<WeightStorage>(storage));
        PackedWeights compressed = plain.With(compress: true);
        byte[] file = File(compressed);
        ModelWeights expected = ModelWeights.Load(File(plain), plain.Sha256);
        ModelWeights actual = ModelWeights.Load(file, compressed.Sha256);

        Assert.True(compressed.IsCompressed);
        Assert.Equal(compressed.Length, file.Length);
        Assert.InRange(compressed.Length, 1, plain.Length - 1);
        Assert.Equal(plain.Length, compressed.PlainLength);
        Assert.Equal(expected.Length, actual.Length);
        Assert.Equal(actual.Length, compressed.LoadedLength);
        Assert.Equal(expected.Length, plain.LoadedLength);
        PlanConstant[] before = [.. plain.Layout()];
        PlanConstant[] after = [.. compressed.Layout()];
        for (int id = 0; id < before.Length; id++)
        {
            int bytes = (int)(before[id].Length * before[id].Type.Size());
            Assert.Equal(before[id] with { Offset = 0 }, after[id] with { Offset = 0 });
            Assert.Equal(0, after[id].Offset % 64);
            Assert.True(
                expected.Span<byte>(before[id].Offset, bytes).SequenceEqual(actual.Span<byte>(after[id].Offset, bytes)), before[id].Name);
        }

        // What does not shrink lies in front, to be used in place.
        Assert.Equal(0, after.Single(c => c.Name == "noise").Offset);
    }

    [Fact]
    public void WriteTo_SameConstants_AreTheSameBytes() =>
        Assert.Equal(File(Weights(WeightStorage.Codes).With(compress: true)), File(Weights(WeightStorage.Codes).With(compress: true)));

    /// <summary>Nothing to gain: the file is the one that it would be without being asked.</summary>
    [Fact]
    public void With_Noise_IsStoredAsItIs()
    {
        var writer = new WeightWriter(WeightStorage.Plain);
        writer.Add("noise", PlanType.S8, ConstantFormats.Plain, Noise(100_000));
        PackedWeights weights = writer.Finish();

        Assert.False(weights.With(compress: true).IsCompressed);
        Assert.Equal(File(weights), File(weights.With(compress: true)));
    }

    [Fact]
    public void With_NoConstants_IsEmpty()
    {
        PackedWeights weights = new WeightWriter(WeightStorage.Plain).Finish().With(compress: true);
        Assert.Equal(0, ModelWeights.Load(File(weights), weights.Sha256).Length);
    }

    /// <summary>
    /// Rows from one element to more than a chunk holds: what lies where is only a hint, with which a constant takes hardly more than
    /// without.
    /// </summary>
    [Theory]
    [InlineData(1, 1, 5000)]
    [InlineData(2, 3, 4000)]
    [InlineData(3, 5000, 9000)]
    [InlineData(4, 1, 8)]
    [InlineData(8, 1000, 8001)]
    [InlineData(12, 7, 12 * 700)]
    [InlineData(64, 1, 64 * 3)]
    [InlineData(1000, 9, 9000)]
    [InlineData(1 << 14, 5, 5 << 14)]
    [InlineData(1 << 16, 3, 3 << 16)]
    [InlineData(1 << 17, 2, 2 << 17)]
    [InlineData(1 << 18, 1, 1 << 18)]
    [InlineData(3 << 17, 1, 3 << 17)]
    public void With_PanelsOfAnyShape_IsTheSameBytesAndHardlyLonger(int width, int rows, int length)
    {
        sbyte[] codes = Pruned(new Random(width), length);

        // Tables of classes and the entries of chunks are not counted where a form is chosen.
        foreach (float[] values in (float[][])[Array.ConvertAll(codes, c => (float)c), Array.ConvertAll(codes, c => c * 0.25f)])
        {
            long without = LengthOf(values, (1, length));
            Assert.InRange(LengthOf(values, (width, rows)), 1, without + (without / 20) + 100);
        }

        long plain = LengthOf(codes, (1, length));
        Assert.InRange(LengthOf(codes, (width, rows)), 1, plain + (plain / 20) + 100);
    }

    /// <summary>Zeros one by one, in blocks of 2 outputs by 4 inputs, and two of four: each takes the entropy of its own choice.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    public void Length_PrunedCodes_IsTheirEntropy(int outputs, int inputs)
    {
        const double Kept = 0.1;
        var random = new Random(5);
        sbyte[] codes = new sbyte[Panels * Rows * Width];
        double bits = 0;
        int[] counts = new int[256];
        for (int group = 0; group < codes.Length / 4; group += outputs)
        {
            for (int first = 0; first < 4; first += inputs)
            {
                bits += -Kept * Math.Log2(Kept) - ((1 - Kept) * Math.Log2(1 - Kept));
                if (random.NextDouble() < Kept)
                {
                    for (int i = 0; i < outputs * inputs; i++)
                    {
                        sbyte code = Code(random);
                        codes[((group + (i / inputs)) * 4) + first + (i % inputs)] = code;
                        counts[(byte)code]++;
                    }
                }
            }
        }

        double all = counts.Sum();
        double values = counts.Where(c => c > 0).Sum(c => c * Math.Log2(all / c));
        double entropy = (bits + values) / 8;

        // What is not chance is the number of values and their own frequencies; classes of columns may find what chance has left in both.
        Assert.InRange(LengthOf(codes, (Width, Rows)), entropy * 0.97, (entropy * 1.02) + 1500);
    }

    /// <summary>
    /// Outputs of which some are nearly empty: their columns are a class of their own, also where there are as many columns as may have
    /// classes.
    /// </summary>
    [Theory]
    [InlineData(Width, Rows)]
    [InlineData(1024, 49)]
    public void Length_ColumnsOfDifferentDensity_IsTheEntropyOfEach(int width, int rows)
    {
        var random = new Random(6);
        sbyte[] codes = new sbyte[Panels * Rows * Width];
        double entropy = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            double kept = i / 8 % (width / 8) < width / 16 ? 0.005 : 0.4;
            entropy += (-kept * Math.Log2(kept)) - ((1 - kept) * Math.Log2(1 - kept));
            codes[i] = random.NextDouble() < kept ? (sbyte)1 : (sbyte)0;
        }

        Assert.InRange(LengthOf(codes, (width, rows)), entropy / 8 * 0.98, (entropy / 8 * 1.02) + 1500);
    }

    /// <summary>Codes of which some are zero, too few for bitmaps: they are coded as the others are.</summary>
    [Fact]
    public void Length_CodesOfFewBits_IsTheirEntropy()
    {
        var random = new Random(12);
        sbyte[] codes = [.. Enumerable.Range(0, Panels * Rows * Width).Select(_ => (sbyte)random.Next(-8, 8))];

        Assert.InRange(LengthOf(codes, (Width, Rows)), codes.Length / 2, (codes.Length / 2 * 1.01) + 500);
    }

    /// <summary>Floats of which nine of ten are zero; the others have 24 bits of chance, and an exponent.</summary>
    [Fact]
    public void Length_PrunedFloats_IsMantissasAndLittleElse()
    {
        var random = new Random(7);
        float[] values = [.. Enumerable.Range(0, 16 * 4096).Select(_ => random.NextDouble() < 0.9 ? 0 : (float)Normal(random))];
        int others = values.Count(v => v != 0);
        double mask = -((0.1 * Math.Log2(0.1)) + (0.9 * Math.Log2(0.9))) * values.Length / 8;

        // The exponent of normal numbers has 2.1 bits.
        Assert.InRange(LengthOf(values, (16, 4096)), mask + (others * 24.0 / 8), (mask + (others * 26.3 / 8)) + 1500);
    }

    /// <summary>Floats of few different values: a table and the indices.</summary>
    [Fact]
    public void Length_ClusteredFloats_IsThatOfIndices()
    {
        var random = new Random(8);
        float[] centers = [.. Enumerable.Range(0, 16).Select(_ => (float)Normal(random))];
        float[] values = [.. Enumerable.Range(0, 16 * 4096).Select(_ => centers[random.Next(16)])];

        Assert.InRange(LengthOf(values, (16, 4096)), values.Length / 2, (values.Length / 2 * 1.01) + 500);
    }

    /// <summary>Which bytes of elements are coded, whether zeros lie apart, whether elements are indices: as their kind asks.</summary>
    [Theory]
    [InlineData("floats of any size", 0b1000, false, false)]
    [InlineData("floats, nine of ten zero", 0b1000, true, false)]
    [InlineData("floats of sixteen values", 1, false, true)]
    [InlineData("floats of sixteen values, most of them zero", 1, true, true)]
    [InlineData("codes of few bits", 1, true, false)]
    [InlineData("codes of few bits without zero", 1, false, false)]
    [InlineData("codes of few bits, hardly any of them zero", 1, false, false)]
    [InlineData("codes of any size, nine of ten zero", 0, true, false)]
    [InlineData("whole numbers below a thousand", 0b1110, false, false)]
    public void Encode_KindOfElements_DecidesTheForm(string kind, int codedPlanes, bool hasMask, bool hasPalette)
    {
        var random = new Random(11);
        T[] Make<T>(Func<T> value) => [.. Enumerable.Range(0, 1 << 14).Select(_ => value())];
        float[] centers = [.. Enumerable.Range(0, 16).Select(_ => (float)Normal(random))];
        PackedSegment? packed = kind switch
        {
            "floats of any size" => Floats(() => (float)Normal(random)),
            "floats, nine of ten zero" => Floats(() => random.Next(10) == 0 ? (float)Normal(random) : 0),
            "floats of sixteen values" => Floats(() => centers[random.Next(16)]),
            "floats of sixteen values, most of them zero" => Floats(() => random.Next(3) == 0 ? centers[random.Next(16)] : 0),
            "codes of few bits" => Codes(() => (sbyte)random.Next(-3, 4)),
            "codes of few bits without zero" => Codes(() => (sbyte)random.Next(1, 9)),
            "codes of few bits, hardly any of them zero" => Codes(() => (sbyte)random.Next(-8, 8)),
            "codes of any size, nine of ten zero" => Codes(() => random.Next(10) == 0 ? (sbyte)random.Next(-128, 128) : (sbyte)0),
            _ => SegmentEncoder.Encode(Bytes<int>(Make(() => random.Next(1, 1000))), 4, isFloat: false, [(64, 256)]),
        };

        Assert.NotNull(packed);
        SegmentLayout layout = packed.Layout;
        Assert.Equal((codedPlanes, hasMask, hasPalette), (layout.CodedPlanes, layout.HasMask, layout.HasPalette));

        PackedSegment? Floats(Func<float> value) => SegmentEncoder.Encode(Bytes<float>(Make(value)), 4, isFloat: true, [(64, 256)]);

        PackedSegment? Codes(Func<sbyte> value) => SegmentEncoder.Encode(Bytes<sbyte>(Make(value)), 1, isFloat: false, [(64, 256)]);
    }

    /// <summary>Every byte changed, and cut off everywhere: refused as damaged, never anything else.</summary>
    [Fact]
    public void Load_DamagedFile_IsRefused()
    {
        PackedWeights weights = Small().With(compress: true);
        byte[] file = File(weights);
        Assert.True(weights.IsCompressed);
        Assert.Equal(0, weights.MappedLength);
        for (int i = 0; i < file.Length; i++)
        {
            Assert.Throws<InvalidDataException>(() => ModelWeights.Load(file.AsMemory(0, i), weights.Sha256));
            byte[] damaged = [.. file];
            damaged[i] ^= (byte)(1 << (i % 8));
            Assert.Throws<InvalidDataException>(() => ModelWeights.Load(damaged, weights.Sha256));
        }
    }

    /// <summary>
    /// Damage that no check has noticed, as if made on purpose: layout, tables and chunks changed at random, on memory that ends at an
    /// inaccessible page.
    /// </summary>
    [Fact]
    public unsafe void TryExpand_DamagedSegment_StaysInItsMemory()
    {
        var random = new Random(9);
        PackedSegment[] segments =
        [
            SegmentEncoder.Encode(Bytes<sbyte>(Pruned(random, 64 * 300)), 1, isFloat: false, [(64, 300)])!,
            SegmentEncoder.Encode(Bytes<float>([.. Enumerable.Range(0, 5000).Select(_ => (float)Normal(random))]), 4, true, [(16, 312)])!,
            SegmentEncoder.Encode(
                Bytes<float>([.. Enumerable.Range(0, 5000).Select(_ => (float)random.Next(-3, 4))]), 4, true, [(16, 312)])!,
        ];
        var layoutBytes = new byte[SegmentLayout.StoredSize];
        int opened = 0;
        for (int i = 0; i < 20_000; i++)
        {
            PackedSegment segment = segments[i % segments.Length];
            segment.Layout.Write(layoutBytes);
            byte[] tables = [.. segment.Tables];
            byte[] chunk = [.. segment.Chunks[0].Span];
            Damage(random, random.Next(3) switch { 0 => layoutBytes, 1 => tables, _ => chunk });
            SegmentLayout layout = SegmentLayout.Read(layoutBytes);
            if (!layout.IsValid || layout.Length > 1 << 16 || layout.Chunks == 0 || layout.TableBytes != tables.Length
                || Segment.Open(layout, tables) is not { } open)
            {
                continue;
            }

            int length = random.Next(4) == 0 ? random.Next(chunk.Length) : chunk.Length;
            using var source = new GuardedSpan<byte>(length);
            using var destination = new GuardedSpan<byte>((int)layout.Length);
            chunk.AsSpan(0, length).CopyTo(source.Span);
            fixed (byte* from = source.Span, to = destination.Span)
            {
                opened += open.TryExpand(0, from, length, to) ? 1 : 0;
            }

            source.Verify();
            destination.Verify();
        }

        // Planes that are stored as they are take any change.
        Assert.InRange(opened, 1, 15_000);
    }

    private static void Damage(Random random, byte[] bytes)
    {
        for (int i = 0; i <= random.Next(3); i++)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }
    }

    private static PackedWeights Weights(WeightStorage storage)
    {
        var random = new Random(3);
        var writer = new WeightWriter(storage);
        float[] normal = [.. Enumerable.Range(0, 40_003).Select(_ => (float)Normal(random))];
        float[] special = [0, -0f, float.NaN, float.PositiveInfinity, float.Epsilon, 1, -1, .. normal[..100]];
        writer.Add("empty", PlanType.F32, ConstantFormats.Plain, Bytes<float>([]));
        writer.Add("one", PlanType.F32, ConstantFormats.Plain, Bytes<float>([0.1f]));
        writer.Add("floats", PlanType.F32, ConstantFormats.GemmFloat32, Bytes<float>(normal[..40_000]), (16, 500));
        writer.Add("odd floats", PlanType.F32, ConstantFormats.Plain, Bytes<float>(normal), (1, 40_003));
        writer.Add("special", PlanType.F32, ConstantFormats.Plain, Bytes<float>(special));
        writer.Add("zeros", PlanType.F32, ConstantFormats.Plain, Bytes<float>(new float[300_000]), (16, 18_750));
        writer.Add("noise", PlanType.U8, ConstantFormats.Plain, Noise(1 << 17));
        writer.Add("codes", PlanType.S8, ConstantFormats.GemmInt8, Bytes<sbyte>(Pruned(random, Width * Rows * 3)), (Width, Rows));
        writer.Add(
            "dense codes", PlanType.S8, ConstantFormats.GemmInt8, Bytes<sbyte>([.. normal.Select(v => (sbyte)(v * 25))]), (Width, 625));
        writer.Add("bias", PlanType.S32, ConstantFormats.Channels, Bytes<int>([.. normal[..512].Select(v => (int)(v * 1000))]));
        writer.Add("indices", PlanType.S64, ConstantFormats.Plain, Bytes<long>([.. Enumerable.Range(0, 999).Select(i => (long)i)]));
        writer.Add("short", PlanType.S16, ConstantFormats.Plain, Bytes<short>([.. normal[..999].Select(v => (short)(v * 300))]));
        writer.Add(
            "halves", PlanType.F32, ConstantFormats.GemmFloat32, Bytes<float>([.. normal[..16_000].Select(v => (float)(Half)v)]),
            (16, 100));
        float[] wide = [.. normal[..16_000].Select(v => MathF.Round(v * 5000) * 0.25f)];
        writer.Add("wide steps", PlanType.F32, ConstantFormats.GemmFloat32, Bytes<float>(wide), (16, 500));
        writer.Add("wide rows", PlanType.F32, ConstantFormats.Plain, Bytes<float>(wide[1..]), (1, 15_999));
        foreach (int bits in (int[])[4, 8])
        {
            // One step for all, and zero points that differ from lane to lane; nine of ten weights are zero.
            float[] steps = [.. Enumerable.Range(0, 16 * 3200).Select(i =>
            {
                int zero = i % 16 * ((1 << bits) / 16);
                return i / 16 % 32 < 2 ? (i / 16 % 2 == 0 ? -zero : (1 << bits) - 1 - zero) * 0.5f
                    : random.Next(10) > 0 ? 0 : (random.Next(1 << bits) - zero) * 0.5f;
            })];
            writer.Add($"steps {bits}", PlanType.F32, ConstantFormats.GemmFloat32, Bytes<float>(steps), (16, 320));
            writer.Add($"row {bits}", PlanType.F32, ConstantFormats.Plain, Bytes<float>([.. steps.Where((_, i) => i % 16 == 3)]), (1, 32));
        }

        return writer.Finish();
    }

    private static PackedWeights Small()
    {
        var random = new Random(4);
        var writer = new WeightWriter(WeightStorage.Halves);
        writer.Add("codes", PlanType.S8, ConstantFormats.Plain, Bytes<sbyte>(Pruned(random, 4096)), (64, 64));
        writer.Add("halves", PlanType.F32, ConstantFormats.Plain, Bytes<float>([.. Enumerable.Range(0, 512).Select(i => i % 7 * 0.5f)]));
        writer.Add("bias", PlanType.F32, ConstantFormats.Plain, Bytes<float>([0.1f, 0.2f]));
        return writer.Finish();
    }

    private static long LengthOf<T>(T[] values, (int Width, int Rows) panels)
        where T : unmanaged
    {
        var writer = new WeightWriter(WeightStorage.Plain);
        writer.Add("weights", typeof(T) == typeof(float) ? PlanType.F32 : PlanType.S8, ConstantFormats.Plain, Bytes<T>(values), panels);
        PackedWeights weights = writer.Finish().With(compress: true);
        ModelWeights loaded = ModelWeights.Load(File(weights), weights.Sha256);
        Assert.True(MemoryMarshal.AsBytes(loaded.Span<T>(0, values.Length)).SequenceEqual(MemoryMarshal.AsBytes<T>(values)));
        return weights.Length;
    }

    private static sbyte[] Pruned(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() < 0.9 ? (sbyte)0 : Code(random))];

    /// <summary>Not zero.</summary>
    private static sbyte Code(Random random) =>
        (sbyte)Math.Clamp((int)(Normal(random) * 8) is var code && code >= 0 ? code + 1 : code, -127, 127);

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(2).NextBytes(bytes);
        return bytes;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static byte[] File(PackedWeights weights)
    {
        using var file = new MemoryStream();
        weights.WriteTo(file);
        return file.ToArray();
    }

    private static byte[] Bytes<T>(ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();
}
