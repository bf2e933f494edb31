using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The functions that ONNX has for all numbers. Integers wrap around.</summary>
internal static class NumberFunctions
{
    public readonly struct Add<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => unchecked(left + right);

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T> =>
            TensorPrimitives.Add(left, right, output);
    }

    public readonly struct Subtract<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => unchecked(left - right);

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T> =>
            TensorPrimitives.Subtract(left, right, output);
    }

    public readonly struct Multiply<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => unchecked(left * right);

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T> =>
            TensorPrimitives.Multiply(left, right, output);
    }

    /// <summary>
    /// Integers divide towards zero. ONNX does not say what division by zero is; here it is 0, and the lowest integer by -1 stays what it
    /// is, so that nothing throws.
    /// </summary>
    public readonly struct Divide<T> : IPairFunction<T, T>
        where T : unmanaged, INumber<T>
    {
        public static T Invoke(T left, T right) =>
            !IntegerFunctions.IsInteger<T>() ? left / right
            : T.IsZero(right) ? T.Zero
            : IntegerFunctions.IsMinusOne(right) ? unchecked(T.Zero - left)
            : left / right;

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T>
        {
            if (!IntegerFunctions.IsInteger<T>())
            {
                TensorPrimitives.Divide(left, right, output);
                return;
            }

            int i = typeof(T) == typeof(int) && Avx.IsSupported
                ? InFloat64(MemoryMarshal.Cast<T, int>(left), MemoryMarshal.Cast<T, int>(right), MemoryMarshal.Cast<T, int>(output))
                : 0;
            Pairing.OneByOne<TSelf, T, T, T>(left, right, output, i);
        }
    }

    /// <summary>
    /// Four at a time as float64, which has their quotients to more than the last bit; returns where fewer are left. What does not fit,
    /// the lowest integer by -1, becomes the lowest.
    /// </summary>
    private static int InFloat64(ReadOnlySpan<int> left, ReadOnlySpan<int> right, Span<int> output)
    {
        int i = 0;
        for (; i <= output.Length - Vector128<int>.Count; i += Vector128<int>.Count)
        {
            Vector128<int> x = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(left), (uint)i);
            Vector128<int> y = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(right), (uint)i);
            Vector256<double> quotient = Avx.ConvertToVector256Double(x) / Avx.ConvertToVector256Double(y);
            Vector128<int> whole = Avx.ConvertToVector128Int32WithTruncation(quotient);
            Vector128.AndNot(whole, Vector128.Equals(y, Vector128<int>.Zero)).StoreUnsafe(ref MemoryMarshal.GetReference(output), (uint)i);
        }

        return i;
    }

    /// <summary>The remainder with the sign of the divisor (ONNX: Mod, fmod = 0; Python's %). By zero it is 0.</summary>
    public readonly struct FloorRemainder<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right)
        {
            T rest = Remainder<T>.Invoke(left, right);
            return T.IsZero(rest) ? IntegerFunctions.IsInteger<T>() ? rest : T.CopySign(rest, right)
                : T.IsNegative(rest) != T.IsNegative(right) ? unchecked(rest + right)
                : rest;
        }
    }

    /// <summary>The remainder with the sign of the dividend (ONNX: Mod, fmod = 1; C's %). By zero it is 0, of reals NaN.</summary>
    public readonly struct Remainder<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        /// <summary>Below it a quotient is whole to the last bit in float64, and so is its product with a float32.</summary>
        private const double LargestQuotient = 1 << 28;

        public static T Invoke(T left, T right) =>
            typeof(T) == typeof(float) ? T.CreateTruncating(Rest(float.CreateTruncating(left), float.CreateTruncating(right)))
            : IntegerFunctions.IsInteger<T>() && (T.IsZero(right) || IntegerFunctions.IsMinusOne(right)) ? T.Zero
            : left % right;

        /// <summary>Without the loop over the quotient's digits that the C library needs where it has more.</summary>
        private static float Rest(float left, float right)
        {
            double quotient = Math.Truncate((double)left / right);
            if (!(Math.Abs(quotient) < LargestQuotient) || float.IsInfinity(right))
            {
                return left % right;
            }

            // Rounding may have made the quotient one too large.
            double rest = left - (quotient * right);
            rest = rest != 0 && (rest < 0) != (left < 0) ? rest + Math.CopySign(right, left) : rest;
            return MathF.CopySign((float)rest, left);
        }
    }

    /// <summary>The smaller; NaN where one is NaN.</summary>
    public readonly struct Minimum<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => T.IsNaN(left) || left < right ? left : right;

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T>
        {
            if (IntegerFunctions.IsInteger<T>())
            {
                TensorPrimitives.Min(left, right, output);
                return;
            }

            Pairing.OneByOne<TSelf, T, T, T>(left, right, output, 0);
        }
    }

    /// <summary>The larger; NaN where one is NaN.</summary>
    public readonly struct Maximum<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => T.IsNaN(left) || left > right ? left : right;

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T>
        {
            if (IntegerFunctions.IsInteger<T>())
            {
                TensorPrimitives.Max(left, right, output);
                return;
            }

            Pairing.OneByOne<TSelf, T, T, T>(left, right, output, 0);
        }
    }

    public readonly struct Equal<T> : IPairFunction<T, bool>, IVectorComparison<T>
        where T : unmanaged, INumber<T>
    {
        public static bool Invoke(T left, T right) => left == right;

        public static Vector128<T> Invoke(Vector128<T> left, Vector128<T> right) => Vector128.Equals(left, right);

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<bool> output)
            where TSelf : IMixedFunction<T, T, bool> =>
            Vectors.Compare<Equal<T>, T>(left, right, output);
    }

    public readonly struct Less<T> : IPairFunction<T, bool>, IVectorComparison<T>
        where T : unmanaged, INumber<T>
    {
        public static bool Invoke(T left, T right) => left < right;

        public static Vector128<T> Invoke(Vector128<T> left, Vector128<T> right) => Vector128.LessThan(left, right);

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<bool> output)
            where TSelf : IMixedFunction<T, T, bool> =>
            Vectors.Compare<Less<T>, T>(left, right, output);
    }

    public readonly struct LessOrEqual<T> : IPairFunction<T, bool>, IVectorComparison<T>
        where T : unmanaged, INumber<T>
    {
        public static bool Invoke(T left, T right) => left <= right;

        public static Vector128<T> Invoke(Vector128<T> left, Vector128<T> right) => Vector128.LessThanOrEqual(left, right);

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<bool> output)
            where TSelf : IMixedFunction<T, T, bool> =>
            Vectors.Compare<LessOrEqual<T>, T>(left, right, output);
    }
}

/// <summary>The functions that ONNX has for integers.</summary>
internal static class IntegerFunctions
{
    public static bool IsInteger<T>() => typeof(T) != typeof(float) && typeof(T) != typeof(double) && typeof(T) != typeof(Half);

    public static bool IsMinusOne<T>(T value)
        where T : INumber<T> => T.IsNegative(value) && T.IsZero(value + T.One);

    public readonly struct And<T> : IPairFunction<T, T>
        where T : IBinaryInteger<T>
    {
        public static T Invoke(T left, T right) => left & right;

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T> =>
            TensorPrimitives.BitwiseAnd(left, right, output);
    }

    public readonly struct Or<T> : IPairFunction<T, T>
        where T : IBinaryInteger<T>
    {
        public static T Invoke(T left, T right) => left | right;

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T> =>
            TensorPrimitives.BitwiseOr(left, right, output);
    }

    public readonly struct Xor<T> : IPairFunction<T, T>
        where T : IBinaryInteger<T>
    {
        public static T Invoke(T left, T right) => left ^ right;

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T> =>
            TensorPrimitives.Xor(left, right, output);
    }

    /// <summary>Bits that leave are lost; a shift by as many bits as there are, or more, leaves zero.</summary>
    public readonly struct ShiftLeft<T> : IPairFunction<T, T>
        where T : unmanaged, IBinaryInteger<T>
    {
        public static T Invoke(T left, T right) => Bits(right) is >= 0 and var bits ? left << bits : T.Zero;

        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> output)
            where TSelf : IMixedFunction<T, T, T>
        {
            int i = 0;
            if (Avx2.IsSupported && typeof(T) == typeof(uint))
            {
                for (; i <= output.Length - Vector128<T>.Count; i += Vector128<T>.Count)
                {
                    Vector128<uint> x = Vector128.LoadUnsafe(in left[i]).AsUInt32();
                    Vector128<uint> y = Vector128.LoadUnsafe(in right[i]).AsUInt32();
                    Avx2.ShiftLeftLogicalVariable(x, y).As<uint, T>().StoreUnsafe(ref output[i]);
                }
            }

            Pairing.OneByOne<TSelf, T, T, T>(left, right, output, i);
        }

        /// <summary>A shift that leaves something; otherwise -1.</summary>
        public static int Bits(T shift)
        {
            ulong bits = ulong.CreateTruncating(shift);
            return bits < (ulong)Unsafe.SizeOf<T>() * 8 ? (int)bits : -1;
        }
    }

    /// <summary>Copies of the sign come in; a shift by as many bits as there are, or more, leaves nothing else.</summary>
    public readonly struct ShiftRight<T> : IPairFunction<T, T>
        where T : unmanaged, IBinaryInteger<T>
    {
        public static T Invoke(T left, T right) =>
            ShiftLeft<T>.Bits(right) is >= 0 and var bits ? left >> bits : T.IsNegative(left) ? T.Zero - T.One : T.Zero;
    }
}
