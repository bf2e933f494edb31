using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// exp and log that give the same bits on every processor, which neither the C library's nor a fused polynomial would.
/// </summary>
internal static class Exponential
{
    /// <summary>exp of what lies above this is infinite: the float32 after log(largest float32).</summary>
    private const float Overflow = 88.72284f;

    /// <summary>exp of what lies below this is 0: log(2^-126), so that no result is subnormal.</summary>
    private const float Underflow = -87.336544f;

    /// <summary>1.5 · 2^23: adding it to a number of less than 2^22 leaves the nearest integer in the low bits.</summary>
    private const float RoundingBias = 12582912f;

    private const float Log2E = 1.442695f;

    private const float SmallestNormal = 1.17549435e-38f;

    private const float TwoTo23 = 8388608f;

    /// <summary>The leading ten bits of log(2), so that its product with an exponent is exact.</summary>
    private const float Log2High = 0.693359375f;

    private const float Log2Low = -0.00021219444f;

    /// <summary>
    /// e^x with an error below 1.1 units in the last place: x = n·log(2) + r with |r| ≤ log(2)/2, and
    /// e^r = 1 + r + r²·q(r), where q is the Chebyshev fit of degree 4 (relative error 8e-9). A result that would be
    /// subnormal is 0. NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        TLanes power = Power(x);

        // Only lanes within range keep the power; the product is infinite above and NaN for NaN.
        TLanes outside = x * TLanes.Broadcast(float.MaxValue);
        TLanes result = TLanes.WhereLess(x, TLanes.Broadcast(Overflow), power, outside);
        return TLanes.WhereLess(x, TLanes.Broadcast(Underflow), TLanes.Broadcast(0), result);
    }

    /// <summary>The same bits for numbers up to 0, NaN not among them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes ExpUpToZero<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
        TLanes.WhereLess(x, TLanes.Broadcast(Underflow), TLanes.Broadcast(0), Power(x));

    /// <summary>
    /// log(x) with an error below 2 units in the last place: x = m·2^e with m from √½ to √2, and
    /// log(x) = e·log(2) + 2·artanh((m-1)/(m+1)), whose series needs five terms. -infinity at 0, NaN below it and for NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Log<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        TLanes zero = TLanes.Broadcast(0);
        TLanes one = TLanes.Broadcast(1);

        // Subnormal numbers have no exponent of their own.
        TLanes tiny = TLanes.Broadcast(SmallestNormal);
        TLanes normal = TLanes.WhereLess(x, tiny, x * TLanes.Broadcast(TwoTo23), x);
        TLanes e = TLanes.Exponent(normal) - TLanes.WhereLess(x, tiny, TLanes.Broadcast(23), zero);
        TLanes m = TLanes.Mantissa(normal);
        TLanes root = TLanes.Broadcast(1.4142135f);
        e = TLanes.WhereLess(root, m, e + one, e);
        m = TLanes.WhereLess(root, m, m * TLanes.Broadcast(0.5f), m);
        TLanes z = (m - one) / (m + one);
        TLanes square = z * z;
        TLanes series = TLanes.Broadcast(2f / 9);
        series = (series * square) + TLanes.Broadcast(2f / 7);
        series = (series * square) + TLanes.Broadcast(2f / 5);
        series = (series * square) + TLanes.Broadcast(2f / 3);
        TLanes small = (series * square * z) + (e * TLanes.Broadcast(Log2Low));
        TLanes result = (e * TLanes.Broadcast(Log2High)) + (small + (z + z));

        // Infinity, zero, negative numbers and NaN, in this order.
        result = TLanes.WhereLess(TLanes.Broadcast(float.MaxValue), x, x, result);
        result = TLanes.WhereLess(zero, x, result, TLanes.Broadcast(float.NegativeInfinity));
        result = TLanes.WhereLess(x, zero, TLanes.Broadcast(float.NaN), result);
        return TLanes.WhereNaN(x, x, result);
    }

    /// <summary>e^x where that is a normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Power<TLanes>(TLanes x)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        TLanes biased = (x * TLanes.Broadcast(Log2E)) + TLanes.Broadcast(RoundingBias);
        TLanes n = biased - TLanes.Broadcast(RoundingBias);
        TLanes r = x - (n * TLanes.Broadcast(Log2High)) - (n * TLanes.Broadcast(Log2Low));
        TLanes q = TLanes.Broadcast(0.001392625f);
        q = (q * r) + TLanes.Broadcast(0.008363233f);
        q = (q * r) + TLanes.Broadcast(0.041666552f);
        q = (q * r) + TLanes.Broadcast(0.16666576f);
        q = (q * r) + TLanes.Broadcast(0.5f);
        return TLanes.AddToExponent((q * (r * r)) + r + TLanes.Broadcast(1), biased);
    }

    /// <summary>log(1 + u) for u from 0 to 1, without the loss that 1 + u alone would mean for small u (Kahan).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LogOnePlus<TLanes>(TLanes u)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        TLanes one = TLanes.Broadcast(1);
        TLanes sum = one + u;
        return TLanes.WhereLess(one, sum, Log(sum) * u / (sum - one), u);
    }

    /// <summary>
    /// The natural logarithm of a positive, normal number, correct to the last bit but for ties that double precision cannot tell:
    /// log(m·2^e) = e·log(2) + 2·artanh((m-1)/(m+1)) with m from √½ to √2, in double precision.
    /// </summary>
    public static float Log(float x)
    {
        if (!float.IsFinite(x))
        {
            return x;
        }

        int bits = BitConverter.SingleToInt32Bits(x);
        int exponent = (bits - 0x3F3504F3) >> 23;
        double m = BitConverter.Int32BitsToSingle(bits - (exponent << 23));
        double z = (m - 1) / (m + 1);
        double zz = z * z;
        double series = 1.0 / 15;
        series = (series * zz) + (1.0 / 13);
        series = (series * zz) + (1.0 / 11);
        series = (series * zz) + (1.0 / 9);
        series = (series * zz) + (1.0 / 7);
        series = (series * zz) + (1.0 / 5);
        series = (series * zz) + (1.0 / 3);
        return (float)((exponent * 0.6931471805599453) + (2 * z) + (2 * z * zz * series));
    }
}
