using System.Runtime.InteropServices;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// Every operation of every width gives the bits of the width of one. Kernels are compositions of these operations, so they agree too.
/// </summary>
public class LanesTests
{
    [Fact]
    public void Float32x4_EveryOperation_EqualsOneLane() => EveryOperationEqualsOneLane<Float32x4>();

    [Fact]
    public void Float32x8_EveryOperation_EqualsOneLane() => EveryOperationEqualsOneLane<Float32x8>();

    [Fact]
    public void Float32x16_EveryOperation_EqualsOneLane() => EveryOperationEqualsOneLane<Float32x16>();

    [Fact]
    public void Int32x4_EveryOperation_EqualsOneLane() => EveryOperationEqualsOneLane<Int32x4, Float32x4>();

    [Fact]
    public void Int32x8_EveryOperation_EqualsOneLane() => EveryOperationEqualsOneLane<Int32x8, Float32x8>();

    [Fact]
    public void Int32x16_EveryOperation_EqualsOneLane() => EveryOperationEqualsOneLane<Int32x16, Float32x16>();

    [Fact]
    public void UInt8Lanes_EveryPairOfCodes_GiveTheLarger()
    {
        LargerOfEveryPair<UInt8x1>();
        LargerOfEveryPair<UInt8x8>();
        LargerOfEveryPair<UInt8x16>();
        LargerOfEveryPair<UInt8x32>();
        LargerOfEveryPair<UInt8x64>();
    }

    [Fact]
    public void Exponential_EveryWidth_EqualsOneLane()
    {
        float[] x = [.. Samples.SpecialFloats, .. Samples.Floats(1000, 1, 120)];
        Assert.Equal(Map<Float32x1>(x, Exponential.Exp), Map<Float32x4>(x, Exponential.Exp));
        Assert.Equal(Map<Float32x1>(x, Exponential.Exp), Map<Float32x8>(x, Exponential.Exp));
        Assert.Equal(Map<Float32x1>(x, Exponential.Exp), Map<Float32x16>(x, Exponential.Exp));
    }

    private static void EveryOperationEqualsOneLane<TLanes>()
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        float[] x = [.. Samples.SpecialFloats, .. Samples.Floats(500, 1, 300)];
        Assert.Equal(Map<Float32x1>(x, Float32x1.Abs), Map<TLanes>(x, TLanes.Abs));
        Assert.Equal(Map<Float32x1>(x, Float32x1.Round), Map<TLanes>(x, TLanes.Round));
        foreach (float second in Samples.SpecialFloats)
        {
            Float32x1 one = Float32x1.Broadcast(second);
            TLanes all = TLanes.Broadcast(second);
            Assert.Equal(Map<Float32x1>(x, v => v + one), Map<TLanes>(x, v => v + all));
            Assert.Equal(Map<Float32x1>(x, v => v - one), Map<TLanes>(x, v => v - all));
            Assert.Equal(Map<Float32x1>(x, v => v * one), Map<TLanes>(x, v => v * all));
            Assert.Equal(Map<Float32x1>(x, v => v / one), Map<TLanes>(x, v => v / all));
            Assert.Equal(Map<Float32x1>(x, v => one / v), Map<TLanes>(x, v => all / v));
            Assert.Equal(Map<Float32x1>(x, v => Float32x1.WhereNaN(v, one, v)), Map<TLanes>(x, v => TLanes.WhereNaN(v, all, v)));
            Assert.Equal(Map<Float32x1>(x, v => Float32x1.CopySign(v, one)), Map<TLanes>(x, v => TLanes.CopySign(v, all)));
            Assert.Equal(Map<Float32x1>(x, v => Float32x1.CopySign(one, v)), Map<TLanes>(x, v => TLanes.CopySign(all, v)));
            Assert.Equal(
                Map<Float32x1>(x, v => Float32x1.WhereLess(v, one, v + v, one)),
                Map<TLanes>(x, v => TLanes.WhereLess(v, all, v + v, all)));
            Assert.Equal(
                Map<Float32x1>(x, v => Float32x1.AddToExponent(v, one)), Map<TLanes>(x, v => TLanes.AddToExponent(v, all)));
        }

        byte[] codes = [.. Enumerable.Range(0, 256).Select(i => (byte)(i * 7))];
        sbyte[] signed = [.. codes.Select(c => (sbyte)c)];
        int[] integers = [.. codes.Select((c, i) => (c << 24) + (i * 12345))];
        Assert.Equal(codes.Select(c => (float)c), Load<byte, TLanes>(codes));
        Assert.Equal(signed.Select(c => (float)c), Load<sbyte, TLanes>(signed));
        Assert.Equal(integers.Select(c => (float)c), Load<int, TLanes>(integers));

        var stored = new byte[256];
        float[] values = [.. codes.Select(c => (float)c)];
        for (nuint i = 0; i < 256; i += TLanes.Count)
        {
            TLanes.Load(ref values[0], i).Store(ref stored[0], i);
        }

        Assert.Equal(codes, stored);
    }

    private static void EveryOperationEqualsOneLane<TInt, TFloat>()
        where TInt : unmanaged, IInt32Lanes<TInt, TFloat>
        where TFloat : unmanaged, IFloat32Lanes<TFloat>
    {
        byte[] codes = [.. Enumerable.Range(0, 256).Select(i => (byte)(i * 7))];
        float[] actual = new float[256];
        for (nuint i = 0; i < 256; i += TFloat.Count)
        {
            TInt value = TInt.Load(ref codes[0], i);
            (value + value + TInt.Broadcast(123456789 - 55)).ToFloat32().Store(ref actual[0], i);
        }

        Assert.Equal(codes.Select(c => (float)((2 * c) + 123456789 - 55)), actual);
    }

    private static void LargerOfEveryPair<TLanes>()
        where TLanes : unmanaged, IUInt8Lanes<TLanes>
    {
        byte[] left = [.. Enumerable.Range(0, 65536).Select(i => (byte)i)];
        byte[] right = [.. Enumerable.Range(0, 65536).Select(i => (byte)(i >> 8))];
        var actual = new byte[65536];
        for (nuint i = 0; i < 65536; i += TLanes.Count)
        {
            TLanes.Max(TLanes.Load(ref left[0], i), TLanes.Load(ref right[0], i)).Store(ref actual[0], i);
        }

        Assert.Equal(left.Zip(right, byte.Max), actual);
    }

    /// <summary>The bits of a function of every element; NaN is NaN whatever its sign and payload.</summary>
    private static int[] Map<TLanes>(float[] x, Func<TLanes, TLanes> function)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        float[] padded = [.. x, .. new float[16]];
        var y = new float[padded.Length];
        for (nuint i = 0; i < (nuint)x.Length; i += TLanes.Count)
        {
            function(TLanes.Load(ref padded[0], i)).Store(ref y[0], i);
        }

        return [.. y.Take(x.Length).Select(v => BitConverter.SingleToInt32Bits(float.IsNaN(v) ? float.NaN : v))];
    }

    private static float[] Load<T, TLanes>(T[] source)
        where T : unmanaged
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        var y = new float[source.Length];
        for (nuint i = 0; i < (nuint)source.Length; i += TLanes.Count)
        {
            TLanes.Load(ref MemoryMarshal.GetArrayDataReference(source), i).Store(ref y[0], i);
        }

        return y;
    }
}
