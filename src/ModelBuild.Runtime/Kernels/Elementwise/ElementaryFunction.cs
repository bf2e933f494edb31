using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Elementary functions of single elements, under the names that ONNX gives them.</summary>
/// <remarks>
/// Results are identical on every processor: what float32 lanes do not compute is computed in float64 by functions of our own and rounded
/// once. Only sine, cosine and tangent of an angle beyond 2⁵⁰ are those of the C library. NaN stays NaN. All methods are
/// thread-safe and allocate nothing. The output is as long as the input and may be the very span of the input; any other overlap leaves it
/// unspecified.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ElementaryFunction
{
    /// <summary>The magnitude. The lowest signed integer, whose magnitude does not fit, stays what it is.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="input">The arguments.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Abs<T>(ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T> => Vectors.Map<AbsFunction<T>, T>(input, output);

    /// <summary><c>-x</c>.</summary>
    /// <inheritdoc cref="Abs"/>
    public static void Neg<T>(ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T> => Vectors.Map<NegFunction<T>, T>(input, output);

    /// <summary>-1, 0 or 1; NaN for NaN.</summary>
    /// <inheritdoc cref="Abs"/>
    public static void Sign<T>(ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T> => Vectors.Map<SignFunction<T>, T>(input, output);

    /// <summary>Says which numbers are not numbers.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="input">The numbers.</param>
    /// <param name="output">True for NaN.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void IsNaN<T>(ReadOnlySpan<T> input, Span<bool> output)
        where T : unmanaged, INumber<T> => Vectors.Test(default(NaNTest<T>), input, output);

    /// <summary>Says which numbers are infinite.</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="detectNegative">Whether negative infinity counts.</param>
    /// <param name="detectPositive">Whether positive infinity counts.</param>
    /// <param name="input">The numbers.</param>
    /// <param name="output">True for the infinities that count.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void IsInf<T>(bool detectNegative, bool detectPositive, ReadOnlySpan<T> input, Span<bool> output)
        where T : unmanaged, INumber<T> => Vectors.Test(new InfinityTest<T>(detectNegative, detectPositive), input, output);

    /// <summary>The largest integer that is not above x.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="output">The values of the function.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void Floor(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(FloorOperator), input, output);

    /// <summary>The smallest integer that is not below x.</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Ceil(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(CeilingOperator), input, output);

    /// <summary>The nearest integer; halves go to the even one.</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Round(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(RoundOperator), input, output);

    /// <summary>The square root, rounded to nearest; NaN below 0.</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Sqrt(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(RootOperator), input, output);

    /// <summary><c>1 / x</c>, rounded to nearest.</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Reciprocal(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.Apply(default(ReciprocalOperator), input, output);

    /// <summary>e^x within 1.1 units in the last place; what would be subnormal is 0.</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Exp(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(ExpOperator), input, output);

    /// <summary>The natural logarithm within 2 units in the last place; -infinity at 0, NaN below it.</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Log(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(LogOperator), input, output);

    /// <summary>The error function, within 6 units in the last place.</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Erf(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(ErfOperator), input, output);

    /// <summary>The sine of an angle in radians, rounded to nearest but for ties that float64 cannot tell.</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Sin(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.ApplyReal(default(RealFunctions.OfAngle<RealFunctions.Sin>), input, output);

    /// <summary>The cosine.</summary>
    /// <inheritdoc cref="Sin"/>
    public static void Cos(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.ApplyReal(default(RealFunctions.OfAngle<RealFunctions.Cos>), input, output);

    /// <summary>The tangent.</summary>
    /// <inheritdoc cref="Sin"/>
    public static void Tan(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.ApplyReal(default(RealFunctions.OfAngle<RealFunctions.Tan>), input, output);

    /// <summary>The angle in radians with this sine, within 2 units in the last place; NaN outside [-1, 1].</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Asin(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(AsinOperator), input, output);

    /// <summary>The angle in radians with this cosine, within 2 units in the last place; NaN outside [-1, 1].</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Acos(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(AcosOperator), input, output);

    /// <summary>The angle in radians with this tangent, within 2 units in the last place.</summary>
    /// <inheritdoc cref="Floor"/>
    public static void Atan(ReadOnlySpan<float> input, Span<float> output) => Elementwise.Apply(default(AtanOperator), input, output);

    /// <summary>The hyperbolic sine.</summary>
    /// <inheritdoc cref="Sin"/>
    public static void Sinh(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.ApplyReal<RealFunctions.Sinh, float>(input, output);

    /// <summary>The hyperbolic cosine.</summary>
    /// <inheritdoc cref="Sin"/>
    public static void Cosh(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.ApplyReal<RealFunctions.Cosh, float>(input, output);

    /// <summary>The inverse of the hyperbolic sine.</summary>
    /// <inheritdoc cref="Sin"/>
    public static void Asinh(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.ApplyReal<RealFunctions.Asinh, float>(input, output);

    /// <summary>The inverse of the hyperbolic cosine; NaN below 1.</summary>
    /// <inheritdoc cref="Sin"/>
    public static void Acosh(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.ApplyReal<RealFunctions.Acosh, float>(input, output);

    /// <summary>The inverse of the hyperbolic tangent; NaN outside [-1, 1].</summary>
    /// <inheritdoc cref="Sin"/>
    public static void Atanh(ReadOnlySpan<float> input, Span<float> output) =>
        Elementwise.ApplyReal<RealFunctions.Atanh, float>(input, output);

    private readonly struct AsinOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => Arcs.Asin(value);
    }

    private readonly struct AcosOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => Arcs.Acos(value);
    }

    private readonly struct AtanOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => Arcs.Atan(value);
    }

    private readonly struct AbsFunction<T> : IVectorFunction<T>
        where T : unmanaged, INumber<T>
    {
        public static T Invoke(T value) => T.IsNegative(value) ? unchecked(-value) : value;

        public static Vector128<T> Invoke(Vector128<T> value) => Vector128.Abs(value);
    }

    private readonly struct NegFunction<T> : IVectorFunction<T>
        where T : unmanaged, INumber<T>
    {
        public static T Invoke(T value) => unchecked(-value);

        public static Vector128<T> Invoke(Vector128<T> value) => -value;
    }

    private readonly struct SignFunction<T> : IVectorFunction<T>
        where T : unmanaged, INumber<T>
    {
        public static T Invoke(T value) => value > T.Zero ? T.One : value < T.Zero ? T.Zero - T.One : T.IsNaN(value) ? value : T.Zero;

        public static Vector128<T> Invoke(Vector128<T> value)
        {
            Vector128<T> one = Vector128<T>.One;
            Vector128<T> positive = Vector128.GreaterThan(value, Vector128<T>.Zero) & one;
            Vector128<T> sign = positive - (Vector128.LessThan(value, Vector128<T>.Zero) & one);
            return Vector128.ConditionalSelect(Vector128.Equals(value, value), sign, value);
        }
    }

    private readonly struct NaNTest<T> : IVectorTest<T>
        where T : unmanaged, INumber<T>
    {
        public bool Invoke(T value) => T.IsNaN(value);

        public Vector128<T> Invoke(Vector128<T> value) => ~Vector128.Equals(value, value);
    }

    private readonly struct InfinityTest<T>(bool detectNegative, bool detectPositive) : IVectorTest<T>
        where T : unmanaged, INumber<T>
    {
        /// <summary>What is looked for; NaN, which nothing equals, where it is not.</summary>
        private readonly T _negative = T.CreateTruncating(detectNegative ? double.NegativeInfinity : double.NaN);
        private readonly T _positive = T.CreateTruncating(detectPositive ? double.PositiveInfinity : double.NaN);

        public bool Invoke(T value) => value == _negative || value == _positive;

        public Vector128<T> Invoke(Vector128<T> value) =>
            Vector128.Equals(value, Vector128.Create(_negative)) | Vector128.Equals(value, Vector128.Create(_positive));
    }

    private readonly struct FloorOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes nearest = TLanes.Round(value);
            return TLanes.CopySign(TLanes.WhereLess(value, nearest, nearest - TLanes.Broadcast(1), nearest), value);
        }
    }

    private readonly struct CeilingOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes nearest = TLanes.Round(value);
            return TLanes.CopySign(TLanes.WhereLess(nearest, value, nearest + TLanes.Broadcast(1), nearest), value);
        }
    }

    private readonly struct RoundOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => TLanes.Round(value);
    }

    private readonly struct RootOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => TLanes.Sqrt(value);
    }

    private readonly struct ReciprocalOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => TLanes.Broadcast(1) / value;
    }

    private readonly struct ExpOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => Exponential.Exp(value);
    }

    private readonly struct LogOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => Exponential.Log(value);
    }

    private readonly struct ErfOperator : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => ErrorFunction.Erf(value);
    }
}
