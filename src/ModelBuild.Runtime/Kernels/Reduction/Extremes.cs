using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The largest and smallest of a row of elements, at least one, by the rules of IEEE 754: NaN where one is NaN, and −0 below +0.
/// </summary>
/// <remarks>
/// The processor's own instruction knows neither rule and is several times faster than what does. It is right wherever there is no NaN and
/// its result is not zero; the rest is left to TensorPrimitives.
/// </remarks>
internal static class Extremes
{
    private const int Few = 16;

    public static float Maximum(ReadOnlySpan<float> row) =>
        OfFew(row, out float maximum) || Fast<Larger>(row, out maximum) ? maximum : TensorPrimitives.Max(row);

    public static T Maximum<T>(ReadOnlySpan<T> row)
        where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(float) && Fast<Larger>(MemoryMarshal.Cast<T, float>(row), out float maximum)
            ? (T)(object)maximum : TensorPrimitives.Max(row);

    public static T Minimum<T>(ReadOnlySpan<T> row)
        where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(float) && Fast<Smaller>(MemoryMarshal.Cast<T, float>(row), out float minimum)
            ? (T)(object)minimum : TensorPrimitives.Min(row);

    /// <summary>One by one: registers are not worth their while, nor the time to compile for them.</summary>
    /// <returns>False where there are more, or the rules have to be asked.</returns>
    private static bool OfFew(ReadOnlySpan<float> row, out float maximum)
    {
        maximum = row[0];
        if (row.Length > Few)
        {
            return false;
        }

        bool areNumbers = true;
        foreach (float element in row)
        {
            areNumbers &= !float.IsNaN(element);
            maximum = Larger.Of(maximum, element);
        }

        return areNumbers && maximum != 0;
    }

    /// <returns>False where the rules have to be asked.</returns>
    private static bool Fast<TChoice>(ReadOnlySpan<float> row, out float extreme)
        where TChoice : IChoice
    {
        int width = Vector<float>.Count;
        extreme = 0;
        if (!Vector.IsHardwareAccelerated || row.Length < width)
        {
            return false;
        }

        // The last registers may lie over elements that have been looked at.
        ref float first = ref MemoryMarshal.GetReference(row);
        nuint last = (uint)(row.Length - width);
        Vector<float> a = Vector.LoadUnsafe(ref first, last);
        Vector<int> areNumbers = Vector.Equals(a, a);
        (Vector<float> b, Vector<float> c, Vector<float> d) = (a, a, a);
        nuint i = 0;
        nuint step = 4 * (uint)width;
        for (; i + step <= (uint)row.Length; i += step)
        {
            Vector<float> w = Vector.LoadUnsafe(ref first, i);
            Vector<float> x = Vector.LoadUnsafe(ref first, i + (uint)width);
            Vector<float> y = Vector.LoadUnsafe(ref first, i + (2 * (uint)width));
            Vector<float> z = Vector.LoadUnsafe(ref first, i + (3 * (uint)width));
            areNumbers &= Vector.Equals(w, w) & Vector.Equals(x, x) & Vector.Equals(y, y) & Vector.Equals(z, z);
            a = TChoice.Of(a, w);
            b = TChoice.Of(b, x);
            c = TChoice.Of(c, y);
            d = TChoice.Of(d, z);
        }

        for (; i < last; i += (uint)width)
        {
            Vector<float> x = Vector.LoadUnsafe(ref first, i);
            areNumbers &= Vector.Equals(x, x);
            a = TChoice.Of(a, x);
        }

        a = TChoice.Of(TChoice.Of(a, b), TChoice.Of(c, d));
        ref float lanes = ref Unsafe.As<Vector<float>, float>(ref a);
        extreme = lanes;
        for (int lane = 1; lane < width; lane++)
        {
            extreme = TChoice.Of(extreme, Unsafe.Add(ref lanes, lane));
        }

        return extreme != 0 && areNumbers == Vector<int>.AllBitsSet;
    }

    private interface IChoice
    {
        static abstract Vector<float> Of(Vector<float> left, Vector<float> right);

        static abstract float Of(float left, float right);
    }

    private readonly struct Larger : IChoice
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> left, Vector<float> right) => Vector.MaxNative(left, right);

        public static float Of(float left, float right) => left > right ? left : right;
    }

    private readonly struct Smaller : IChoice
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> left, Vector<float> right) => Vector.MinNative(left, right);

        public static float Of(float left, float right) => left < right ? left : right;
    }
}
