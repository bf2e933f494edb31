using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <content>Powers.</content>
internal static partial class Elementary
{
    /// <summary>The largest whole exponent whose power is a product.</summary>
    private const int LargestFactors = 64;

    /// <summary>
    /// Whole exponents by repeated multiplication, halves by the root, which are exact where they can be; others as e^(y·log x).
    /// </summary>
    public static double Pow(double x, double y)
    {
        if (y == 0.5 && x > 0)
        {
            return Math.Sqrt(x);
        }

        if (IsProduct(y))
        {
            return Product(new Float64x1(x), (int)y).Value;
        }

        // The special cases of IEEE 754 leave nothing to round.
        return x == 0 || !double.IsFinite(x) || !double.IsFinite(y) ? Math.Pow(x, y) : Pow(new Float64x1(x), new Float64x1(y)).Value;
    }

    /// <summary>e^(y·log x) of finite numbers that are not zero; NaN for a negative one to a power that is not whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Pow<TLanes>(TLanes x, TLanes y)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes zero = TLanes.Broadcast(0);
        TLanes magnitude = Exp(y * Log(TLanes.Abs(x)));
        TLanes half = y * TLanes.Broadcast(0.5);
        TLanes isOdd = TLanes.Abs(half - TLanes.Round(half));
        TLanes signed = TLanes.WhereLess(TLanes.Broadcast(0.25), isOdd, zero - magnitude, magnitude);
        signed = TLanes.WhereLess(zero, TLanes.Abs(y - TLanes.Round(y)), TLanes.Broadcast(double.NaN), signed);
        return TLanes.WhereLess(x, zero, signed, magnitude);
    }

    /// <summary>Whether an exponent is whole and so small that its power is a product.</summary>
    public static bool IsProduct(double exponent) => Math.Abs(exponent) <= LargestFactors && exponent == Math.Floor(exponent);

    /// <summary>x · x · …, or one over it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Product<TLanes>(TLanes x, int exponent)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes product = TLanes.Broadcast(1);
        for (int i = Math.Abs(exponent); i > 0; i--)
        {
            product *= x;
        }

        return exponent < 0 ? TLanes.Broadcast(1) / product : product;
    }

    /// <summary>Integers modulo 2⁶⁴; of a negative exponent, the quotient 1/xʸ towards zero.</summary>
    public static long Pow(long x, long y)
    {
        if (y < 0)
        {
            return x switch { 1 => 1, -1 => y % 2 == 0 ? 1 : -1, _ => 0 };
        }

        long product = 1;
        for (; y > 0; y >>= 1)
        {
            product = unchecked((y & 1) != 0 ? product * x : product);
            x = unchecked(x * x);
        }

        return product;
    }
}
