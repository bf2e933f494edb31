using System.Numerics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>A function of two elements of any type, for kernels that are not worth lanes.</summary>
internal interface IPairFunction<T, TResult>
{
    static abstract TResult Invoke(T left, T right);
}

/// <summary>The functions that ONNX has for all numbers. Integers wrap around.</summary>
internal static class NumberFunctions
{
    public readonly struct Add<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => unchecked(left + right);
    }

    public readonly struct Subtract<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => unchecked(left - right);
    }

    public readonly struct Multiply<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => unchecked(left * right);
    }

    /// <summary>
    /// Integers divide towards zero. ONNX does not say what division by zero is; here it is 0, and the lowest integer by -1 stays what it
    /// is, so that nothing throws.
    /// </summary>
    public readonly struct Divide<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) =>
            !IntegerFunctions.IsInteger<T>() ? left / right
            : T.IsZero(right) ? T.Zero
            : IntegerFunctions.IsMinusOne(right) ? unchecked(T.Zero - left)
            : left / right;
    }

    /// <summary>The remainder with the sign of the divisor (ONNX: Mod, fmod = 0; Python's %). By zero it is 0.</summary>
    public readonly struct FloorRemainder<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right)
        {
            T rest = Remainder<T>.Invoke(left, right);
            return !T.IsZero(rest) && T.IsNegative(rest) != T.IsNegative(right) ? unchecked(rest + right) : rest;
        }
    }

    /// <summary>The remainder with the sign of the dividend (ONNX: Mod, fmod = 1; C's %). By zero it is 0, of reals NaN.</summary>
    public readonly struct Remainder<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) =>
            IntegerFunctions.IsInteger<T>() && (T.IsZero(right) || IntegerFunctions.IsMinusOne(right)) ? T.Zero : left % right;
    }

    /// <summary>The smaller; NaN where one is NaN.</summary>
    public readonly struct Minimum<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => T.IsNaN(left) || left < right ? left : right;
    }

    /// <summary>The larger; NaN where one is NaN.</summary>
    public readonly struct Maximum<T> : IPairFunction<T, T>
        where T : INumber<T>
    {
        public static T Invoke(T left, T right) => T.IsNaN(left) || left > right ? left : right;
    }

    public readonly struct Equal<T> : IPairFunction<T, bool>
        where T : INumber<T>
    {
        public static bool Invoke(T left, T right) => left == right;
    }

    public readonly struct Less<T> : IPairFunction<T, bool>
        where T : INumber<T>
    {
        public static bool Invoke(T left, T right) => left < right;
    }

    public readonly struct LessOrEqual<T> : IPairFunction<T, bool>
        where T : INumber<T>
    {
        public static bool Invoke(T left, T right) => left <= right;
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
    }

    public readonly struct Or<T> : IPairFunction<T, T>
        where T : IBinaryInteger<T>
    {
        public static T Invoke(T left, T right) => left | right;
    }

    public readonly struct Xor<T> : IPairFunction<T, T>
        where T : IBinaryInteger<T>
    {
        public static T Invoke(T left, T right) => left ^ right;
    }

    /// <summary>Bits that leave are lost; a shift by as many bits as there are, or more, leaves zero.</summary>
    public readonly struct ShiftLeft<T> : IPairFunction<T, T>
        where T : IBinaryInteger<T>
    {
        public static T Invoke(T left, T right) => Bits(right) is { } bits ? left << bits : T.Zero;

        /// <summary>A shift that leaves something; otherwise null.</summary>
        public static int? Bits(T shift)
        {
            ulong bits = ulong.CreateTruncating(shift);
            return bits < (ulong)T.Zero.GetByteCount() * 8 ? (int)bits : null;
        }
    }

    /// <summary>Copies of the sign come in; a shift by as many bits as there are, or more, leaves nothing else.</summary>
    public readonly struct ShiftRight<T> : IPairFunction<T, T>
        where T : IBinaryInteger<T>
    {
        public static T Invoke(T left, T right) =>
            ShiftLeft<T>.Bits(right) is { } bits ? left >> bits : T.IsNegative(left) ? T.Zero - T.One : T.Zero;
    }
}
