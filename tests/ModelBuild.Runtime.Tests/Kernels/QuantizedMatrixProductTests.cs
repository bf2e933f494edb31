using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;
using ModelBuild.Runtime.Tests.Kernels.Checks;
using ModelBuild.TestSupport;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Products of two matrices of codes on every tier, against the sum that defines them: bit by bit, on guarded memory.</summary>
public sealed class QuantizedMatrixProductTests
{
    /// <summary>Around what quads, panels, tiles and blocks of rows take: 4, 16, 48.</summary>
    private static readonly (int Rows, int Inner, int Columns)[] s_matrices =
        [(1, 1, 1), (1, 64, 16), (3, 7, 33), (48, 12, 5), (49, 30, 17), (100, 65, 40), (5, 0, 3), (0, 8, 8), (2, 33_025, 1)];

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Products_EveryShape_EqualTheDefinition(string tier) => CheckAll(tier);

    [TierTheory(StandIns = true)]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Products_OfATierWithoutItsInstructions_EqualTheDefinition(string tier) => CheckAll(tier);

    /// <summary>Two matrices on the left, each with three on the right; then one on the right for all.</summary>
    [Theory]
    [InlineData(new[] { 2, 3 }, new[] { 1, 0 }, new[] { 0, 1 }, 2, 3)]
    [InlineData(new[] { 4 }, new[] { 1 }, new[] { 0 }, 4, 1)]
    public void Products_OfSeveralMatrices_MeetAsTheirStridesSay(int[] sizes, int[] leftStrides, int[] rightStrides, int lefts, int rights)
    {
        var matrices = new BroadcastShape(sizes, leftStrides, rightStrides);
        var shape = new GemmShape(5, 6, 7);
        byte[] left = Samples.Codes(lefts * 30, 1);
        byte[] right = Samples.Codes(rights * 42, 2);
        int count = sizes.Aggregate(1, (a, b) => a * b);
        var output = new byte[count * 35];
        byte[] scratch = new byte[QuantizedMatrixProduct.ScratchBytes(6, 7)];
        QuantizedMatrixProduct.UInt8(shape, matrices, left, 100, right, 90, 0.002f, 120, 5, 250, output, scratch);
        for (int m = 0; m < count; m++)
        {
            (nuint l, nuint r) = matrices.Offset(m);
            var one = new byte[35];
            QuantizedMatrixProduct.UInt8(
                shape, new BroadcastShape([], [], []), left.AsSpan((int)l * 30, 30), 100, right.AsSpan((int)r * 42, 42), 90, 0.002f, 120,
                5, 250, one, scratch);
            Assert.Equal(one, output.AsSpan(m * 35, 35));
        }
    }

    [Fact]
    public void Products_SpansThatDoNotFit_AreRefused()
    {
        Assert.Equal("left", Refused(left: 23));
        Assert.Equal("right", Refused(right: 41));
        Assert.Equal("output", Refused(output: 16));
        Assert.Equal("scratch", Refused(bytes: (int)QuantizedMatrixProduct.ScratchBytes(8, 5) - 1));
        Assert.Equal("leftZeroPoint", Refused(zero: 256));
        Assert.Equal("minimum", Refused(minimum: 9));
        Assert.Equal("shape", Assert.Throws<ArgumentOutOfRangeException>(() => QuantizedMatrixProduct.Float32(
            new GemmShape(1, 33_026, 1), new BroadcastShape([], [], []), new byte[33_026], 0, new byte[33_026], 0, 1, new float[1],
            new byte[QuantizedMatrixProduct.ScratchBytes(33_026, 1)])).ParamName);

        static string? Refused(int left = 24, int right = 40, int output = 15, int bytes = 8192, int zero = 0, int minimum = 0) =>
            Assert.ThrowsAny<ArgumentException>(() => QuantizedMatrixProduct.UInt8(
                new GemmShape(3, 8, 5), new BroadcastShape([], [], []), new byte[left], zero, new byte[right], 0, 1, 0, minimum, 8,
                new byte[output], new byte[bytes])).ParamName;
    }

    private static void CheckAll(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        foreach ((int rows, int inner, int columns) in s_matrices)
        {
            foreach ((int zl, int zr, bool extreme) in new[] { (0, 0, true), (3, 128, false), (128, 7, false), (255, 255, false) })
            {
                Check(kernels, rows, inner, columns, zl, zr, extreme);
            }
        }
    }

    private static void Check(KernelTable kernels, int rows, int inner, int columns, int zl, int zr, bool extreme)
    {
        byte[] left = extreme ? [.. Enumerable.Repeat((byte)255, rows * inner)] : Samples.Codes(rows * inner, inner);
        byte[] right = extreme ? [.. Enumerable.Repeat((byte)255, inner * columns)] : Samples.Codes(inner * columns, columns);
        using var l = new GuardedSpan<byte>(left);
        using var r = new GuardedSpan<byte>(right);
        using var codes = new GuardedSpan<byte>(rows * columns);
        using var reals = new GuardedSpan<float>(rows * columns);
        using var scratch = new GuardedSpan<byte>((int)QuantizedMatrixProduct.ScratchBytes(inner, columns));
        var shape = new GemmShape(rows, inner, columns);
        var one = new BroadcastShape([], [], []);
        float multiplier = 0.01f / Math.Max(1, inner);
        QuantizedMatrixProduct.UInt8(kernels, shape, one, l.Span, zl, r.Span, zr, multiplier, 100, 2, 240, codes.Span, scratch.Span);
        QuantizedMatrixProduct.Float32(kernels, shape, one, l.Span, zl, r.Span, zr, multiplier, reals.Span, scratch.Span);

        codes.Verify();
        reals.Verify();
        scratch.Verify();
        for (int i = 0; i < rows * columns; i++)
        {
            long sum = 0;
            for (int k = 0; k < inner; k++)
            {
                sum += (left[(i / columns * inner) + k] - zl) * (right[(k * columns) + (i % columns)] - zr);
            }

            float real = (float)sum * multiplier;
            Assert.True(real.Equals(reals.Span[i]), $"{rows}×{inner}×{columns}, {zl}, {zr}: element {i}");
            Assert.Equal((byte)Math.Clamp(MathF.Round(real) + 100, 2, 240), codes.Span[i]);
        }
    }
}
