using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <content>Powers.</content>
public static partial class Arithmetic
{
    /// <summary>
    /// Powers (ONNX: Pow). Integers to the power of integers wrap around, and 1/xʸ is rounded towards zero; all else is computed in float64
    /// and converted.
    /// </summary>
    /// <typeparam name="T">The type of the base and the result.</typeparam>
    /// <typeparam name="TExponent">The type of the exponent.</typeparam>
    /// <inheritdoc cref="Add{T}(in BroadcastShape, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static void Power<T, TExponent>(
        in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<TExponent> right, Span<T> output)
        where T : unmanaged, INumber<T>
        where TExponent : unmanaged, INumber<TExponent> =>
        Pairing.Apply<PowerFunction<T, TExponent>, T, TExponent, T>(in shape, left, right, output);

    private readonly struct PowerFunction<T, TExponent> : IMixedFunction<T, TExponent, T>
        where T : unmanaged, INumber<T>
        where TExponent : unmanaged, INumber<TExponent>
    {
        public static T Invoke(T left, TExponent right) =>
            IntegerFunctions.IsInteger<T>() && IntegerFunctions.IsInteger<TExponent>()
                ? T.CreateTruncating(Elementary.Pow(long.CreateTruncating(left), long.CreateTruncating(right)))
                : Conversion.FromFloat64<T>(Elementary.Pow(double.CreateTruncating(left), double.CreateTruncating(right)));

        /// <remarks>An exponent is mostly the same for all of a row, if not for all of the tensor.</remarks>
        public static void Row<TSelf>(ReadOnlySpan<T> left, ReadOnlySpan<TExponent> right, Span<T> output)
            where TSelf : IMixedFunction<T, TExponent, T>
        {
            if (IsReal<T>() && !right.ContainsAnyExcept(right[0]))
            {
                Elementwise.ApplyReal(new PowerOperator(double.CreateTruncating(right[0])), left, output);
                return;
            }

            int i = IsReal<T>() && IsReal<TExponent>() ? InLanes(left, right, output) : 0;
            Pairing.OneByOne<TSelf, T, TExponent, T>(left, right, output, i);
        }

        /// <summary>Returns where fewer than a register are left.</summary>
        private static int InLanes(ReadOnlySpan<T> left, ReadOnlySpan<TExponent> right, Span<T> output) =>
            Registers.Are512For((uint)output.Length) ? Loop<Float64x8>(left, right, output)
            : Vector256.IsHardwareAccelerated ? Loop<Float64x4>(left, right, output)
            : Vector128.IsHardwareAccelerated ? Loop<Float64x2>(left, right, output)
            : 0;

        private static int Loop<TLanes>(ReadOnlySpan<T> left, ReadOnlySpan<TExponent> right, Span<T> output)
            where TLanes : unmanaged, IFloat64Lanes<TLanes>
        {
            int i = 0;
            int count = (int)TLanes.Count;
            for (; i <= output.Length - count; i += count)
            {
                TLanes x = TLanes.Load(ref MemoryMarshal.GetReference(left), (uint)i);
                TLanes y = TLanes.Load(ref MemoryMarshal.GetReference(right), (uint)i);
                if (IsRegular(x) && IsOfSeries(y))
                {
                    Elementary.Pow(x, y).Store(ref MemoryMarshal.GetReference(output), (uint)i);
                    continue;
                }

                for (int j = i; j < i + count; j++)
                {
                    output[j] = Invoke(left[j], right[j]);
                }
            }

            return i;
        }

        /// <summary>Neither a product nor a root, in no lane.</summary>
        private static bool IsOfSeries<TLanes>(TLanes exponent)
            where TLanes : unmanaged, IFloat64Lanes<TLanes>
        {
            TLanes part = TLanes.Abs(exponent - TLanes.Round(exponent));
            return TLanes.AllLess(TLanes.Broadcast(0), part) && TLanes.AllLess(part, TLanes.Broadcast(0.5));
        }
    }

    private static bool IsReal<T>() => typeof(T) == typeof(float) || typeof(T) == typeof(double);

    /// <summary>Finite and not zero in all lanes.</summary>
    private static bool IsRegular<TLanes>(TLanes value)
        where TLanes : unmanaged, IFloat64Lanes<TLanes>
    {
        TLanes magnitude = TLanes.Abs(value);
        return TLanes.AllLess(TLanes.Broadcast(0), magnitude)
            && TLanes.AllLess(magnitude, TLanes.Broadcast(double.PositiveInfinity));
    }

    /// <summary>Powers of one exponent.</summary>
    private readonly struct PowerOperator(double exponent) : IRealOperator
    {
        private readonly double _exponent = exponent;
        private readonly bool _isProduct = Elementary.IsProduct(exponent);

        public bool Takes<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> =>
            _isProduct || (_exponent != 0.5 && double.IsFinite(_exponent) && IsRegular(value));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat64Lanes<TLanes> =>
            _isProduct ? Elementary.Product(value, (int)_exponent) : Elementary.Pow(value, TLanes.Broadcast(_exponent));

        public double Invoke(double value) => Elementary.Pow(value, _exponent);
    }
}
