using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// <see cref="Softmax"/> where the elements of a run are not neighbours: up to <see cref="StripWidth"/> neighbouring runs are worked on
/// together, so that the lanes lie across them, and the sums follow the order of the elements.
/// </summary>
internal static class SoftmaxColumns
{
    /// <summary>How many runs are worked on together; three such rows of float32 lie on the stack.</summary>
    private const int StripWidth = 64;

    public static void Float32(int outer, int length, int inner, ReadOnlySpan<float> input, Span<float> output)
    {
        var exponential = new ExponentialOperator(1);
        Run(exponential, exponential, default(QuotientOperator), logarithm: false, outer, length, inner, input, output);
    }

    public static void LogFloat32(int outer, int length, int inner, ReadOnlySpan<float> input, Span<float> output)
    {
        var exponential = new ExponentialOperator(1);
        Run(exponential, default(DifferenceOperator), default(DifferenceOperator), logarithm: true, outer, length, inner, input, output);
    }

    public static void UInt8(
        int outer, int length, int inner, ReadOnlySpan<byte> input, float inputScale, float multiplier, int zeroPoint, Span<byte> output)
    {
        var exponential = new ExponentialOperator(inputScale);
        var code = new CodeOperator(multiplier, zeroPoint);
        Run(exponential, exponential, code, logarithm: false, outer, length, inner, input, output);
    }

    /// <summary>
    /// For every strip of columns: their maxima, the sums of <c>exponential(x, maximum)</c>, or the logarithms of these, and
    /// <c>second(first(x, maximum), sum)</c>.
    /// </summary>
    [SkipLocalsInit]
    private static void Run<TExponential, TFirst, TSecond, T>(
        TExponential exponential, TFirst first, TSecond second, bool logarithm,
        int outer, int length, int inner, ReadOnlySpan<T> input, Span<T> output)
        where TExponential : struct, IBinaryOperator
        where TFirst : struct, IBinaryOperator
        where TSecond : struct, IBinaryOperator
    {
        Span<float> maxima = stackalloc float[StripWidth];
        Span<float> sums = stackalloc float[StripWidth];
        Span<float> values = stackalloc float[StripWidth];
        for (int i = 0; i < outer; i++)
        {
            int image = i * length * inner;
            for (int column = 0; column < inner; column += StripWidth)
            {
                int width = int.Min(StripWidth, inner - column);
                int start = image + column;
                maxima.Fill(float.NegativeInfinity);
                for (int row = 0; row < length; row++)
                {
                    Apply(default(MaximumOperator), input.Slice(start + (row * inner), width), maxima, maxima);
                }

                sums.Clear();
                for (int row = 0; row < length; row++)
                {
                    Apply(exponential, input.Slice(start + (row * inner), width), maxima, values);
                    Apply(default(SumOperator), values[..width], sums, sums);
                }

                if (logarithm)
                {
                    foreach (ref float sum in sums[..width])
                    {
                        sum = Exponential.Log(sum);
                    }
                }

                for (int row = 0; row < length; row++)
                {
                    int offset = start + (row * inner);
                    Apply(first, input.Slice(offset, width), maxima, values);
                    Apply(second, values[..width], sums, output.Slice(offset, width));
                }
            }
        }
    }

    /// <summary>As many elements as <paramref name="left"/> has.</summary>
    private static void Apply<TOperator, TLeft, TOutput>(
        TOperator operation, ReadOnlySpan<TLeft> left, ReadOnlySpan<float> right, Span<TOutput> output)
        where TOperator : struct, IBinaryOperator
    {
        Elementwise.Apply(
            operation,
            new Operand<TLeft>(ref MemoryMarshal.GetReference(left), isContiguous: true),
            new Operand<float>(ref MemoryMarshal.GetReference(right), isContiguous: true),
            ref MemoryMarshal.GetReference(output),
            (uint)left.Length);
    }

    /// <summary><c>exp((x - maximum) · scale)</c>; a scale of 1 changes no bit.</summary>
    private readonly struct ExponentialOperator(float scale) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => Exponential.Exp((left - right) * TLanes.Broadcast(scale));
    }

    private readonly struct MaximumOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => TLanes.WhereLess(right, left, left, right);
    }

    private readonly struct SumOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => left + right;
    }

    private readonly struct DifferenceOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => left - right;
    }

    private readonly struct QuotientOperator : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => left / right;
    }

    private readonly struct CodeOperator(float multiplier, float zeroPoint) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            Requantization.ToCode(left / right * TLanes.Broadcast(multiplier), zeroPoint, byte.MinValue, byte.MaxValue);
    }
}
