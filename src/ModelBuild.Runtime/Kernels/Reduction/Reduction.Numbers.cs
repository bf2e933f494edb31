using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <content>Reductions of numbers of any type by one associative function.</content>
public static partial class Reduction
{
    /// <summary>
    /// The sum (ONNX: ReduceSum); of nothing 0. float32 is added as by <see cref="MeanFloat32"/>, float64 without an
    /// inner dimension in eight interleaved partial sums.
    /// </summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="outer">The product of the dimensions before the reduced ones.</param>
    /// <param name="reduced">The product of the reduced dimensions.</param>
    /// <param name="inner">The product of the dimensions behind the reduced ones.</param>
    /// <param name="input"><c>[outer, reduced, inner]</c>.</param>
    /// <param name="output"><c>[outer, inner]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension is negative.</exception>
    public static void Sum<T>(int outer, int reduced, int inner, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Fold<SumFold<T>, T>(outer, reduced, inner, input, output);

    /// <summary>The product (ONNX: ReduceProd); of nothing 1.</summary>
    /// <inheritdoc cref="Sum"/>
    public static void Product<T>(int outer, int reduced, int inner, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Fold<ProductFold<T>, T>(outer, reduced, inner, input, output);

    /// <summary>The smallest (ONNX: ReduceMin), NaN where one is NaN; of nothing infinity, or the largest integer.</summary>
    /// <inheritdoc cref="Sum"/>
    public static void Minimum<T>(int outer, int reduced, int inner, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Fold<MinimumFold<T>, T>(outer, reduced, inner, input, output);

    /// <summary>The largest (ONNX: ReduceMax), NaN where one is NaN; of nothing -infinity, or the lowest integer.</summary>
    /// <inheritdoc cref="Sum"/>
    public static void Maximum<T>(int outer, int reduced, int inner, ReadOnlySpan<T> input, Span<T> output)
        where T : unmanaged, INumber<T> =>
        Fold<MaximumFold<T>, T>(outer, reduced, inner, input, output);

    /// <summary>Where the largest element is (ONNX: ArgMax).</summary>
    /// <typeparam name="T">The type of the numbers.</typeparam>
    /// <param name="outer">The product of the dimensions before the reduced one.</param>
    /// <param name="reduced">The reduced dimension, at least 1.</param>
    /// <param name="inner">The product of the dimensions behind it.</param>
    /// <param name="last">Of several that are equal, take the last instead of the first.</param>
    /// <param name="input"><c>[outer, reduced, inner]</c>.</param>
    /// <param name="output"><c>[outer, inner]</c>: positions along the reduced dimension.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension out of range.</exception>
    public static void ArgMaximum<T>(int outer, int reduced, int inner, bool last, ReadOnlySpan<T> input, Span<long> output)
        where T : unmanaged, INumber<T> =>
        Search<Largest<T>, T>(outer, reduced, inner, last, input, output);

    /// <summary>Where the smallest element is (ONNX: ArgMin).</summary>
    /// <inheritdoc cref="ArgMaximum"/>
    public static void ArgMinimum<T>(int outer, int reduced, int inner, bool last, ReadOnlySpan<T> input, Span<long> output)
        where T : unmanaged, INumber<T> =>
        Search<Smallest<T>, T>(outer, reduced, inner, last, input, output);

    private static void Fold<TFold, T>(int outer, int reduced, int inner, ReadOnlySpan<T> input, Span<T> output)
        where TFold : IFold<T>
        where T : unmanaged, INumber<T>
    {
        Check(outer, reduced, inner, input, output, least: 0);
        if (reduced == 0)
        {
            output.Fill(TFold.Identity);
        }
        else if (inner == 1)
        {
            for (int row = 0; row < outer; row++)
            {
                output[row] = TFold.Row(input.Slice(row * reduced, reduced));
            }
        }
        else
        {
            for (int row = 0; row < outer; row++)
            {
                Span<T> result = output.Slice(row * inner, inner);
                ReadOnlySpan<T> rows = input.Slice(row * reduced * inner, reduced * inner);
                if (typeof(TFold) == typeof(SumFold<float>))
                {
                    PairwiseSum.OfColumns(reduced, MemoryMarshal.Cast<T, float>(rows), MemoryMarshal.Cast<T, float>(result));
                    continue;
                }

                rows[..inner].CopyTo(result);
                for (int i = 1; i < reduced; i++)
                {
                    TFold.Add(rows.Slice(i * inner, inner), result);
                }
            }
        }
    }

    private static void Search<TExtreme, T>(int outer, int reduced, int inner, bool last, ReadOnlySpan<T> input, Span<long> output)
        where TExtreme : IExtreme<T>
        where T : unmanaged, INumber<T>
    {
        Check(outer, reduced, inner, input, output);
        for (int row = 0; row < outer; row++)
        {
            // What is passed over in a row with NaN depends on where it stands: element by element.
            if (inner == 1 && Vector<T>.IsSupported && TExtreme.Of(input.Slice(row * reduced, reduced)) is var extreme && !T.IsNaN(extreme))
            {
                output[row] = Find(input.Slice(row * reduced, reduced), extreme, last);
                continue;
            }

            for (int column = 0; column < inner; column++)
            {
                int first = (row * reduced * inner) + column;
                T best = input[first];
                int place = 0;
                for (int i = 1; i < reduced; i++)
                {
                    T candidate = input[first + (i * inner)];
                    if (TExtreme.IsBetter(candidate, best) || (last && candidate == best))
                    {
                        best = candidate;
                        place = i;
                    }
                }

                output[(row * inner) + column] = place;
            }
        }
    }

    /// <summary>The first or last place of an element that is there: whole registers without it are passed over.</summary>
    private static int Find<T>(ReadOnlySpan<T> row, T wanted, bool last)
        where T : unmanaged, INumber<T>
    {
        int width = Vector<T>.Count;
        var target = new Vector<T>(wanted);
        if (last)
        {
            int end = row.Length;
            while (end >= width && !Vector.EqualsAny(new Vector<T>(row[(end - width)..]), target))
            {
                end -= width;
            }

            do
            {
                end--;
            }
            while (row[end] != wanted);
            return end;
        }

        int place = 0;
        while (place <= row.Length - width && !Vector.EqualsAny(new Vector<T>(row[place..]), target))
        {
            place += width;
        }

        while (row[place] != wanted)
        {
            place++;
        }

        return place;
    }

    /// <summary>What is searched for.</summary>
    private interface IExtreme<T>
        where T : unmanaged, INumber<T>
    {
        /// <summary>The extreme of elements, at least one; NaN where one is NaN.</summary>
        static abstract T Of(ReadOnlySpan<T> row);

        static abstract bool IsBetter(T candidate, T best);
    }

    private readonly struct Largest<T> : IExtreme<T>
        where T : unmanaged, INumber<T>
    {
        public static T Of(ReadOnlySpan<T> row) => Extremes.Maximum(row);

        public static bool IsBetter(T candidate, T best) => candidate > best;
    }

    private readonly struct Smallest<T> : IExtreme<T>
        where T : unmanaged, INumber<T>
    {
        public static T Of(ReadOnlySpan<T> row) => Extremes.Minimum(row);

        public static bool IsBetter(T candidate, T best) => candidate < best;
    }

    /// <summary>A function that makes one number of many.</summary>
    private interface IFold<T>
        where T : unmanaged, INumber<T>
    {
        /// <summary>What nothing is reduced to.</summary>
        static abstract T Identity { get; }

        /// <summary>Neighbouring elements, at least one, to one.</summary>
        static abstract T Row(ReadOnlySpan<T> row);

        /// <summary>Adds a row to what has been reduced so far, element by element.</summary>
        static abstract void Add(ReadOnlySpan<T> row, Span<T> result);
    }

    private readonly struct SumFold<T> : IFold<T>
        where T : unmanaged, INumber<T>
    {
        public static T Identity => T.Zero;

        public static T Row(ReadOnlySpan<T> row) =>
            typeof(T) == typeof(float)
                ? (T)(object)PairwiseSum.Of(MemoryMarshal.Cast<T, float>(row))
            : typeof(T) == typeof(double)
                ? (T)(object)Interleaved(MemoryMarshal.Cast<T, double>(row))
            : IntegerFunctions.IsInteger<T>() ? TensorPrimitives.Sum(row)
            : Accumulate<NumberFunctions.Add<T>, T>(row, T.Zero);

        public static void Add(ReadOnlySpan<T> row, Span<T> result) => TensorPrimitives.Add(result, row, result);

        /// <summary>Element i goes to lane i mod 8; in the end lanes are added in pairs, and what is left of the row behind them.</summary>
        private static double Interleaved(ReadOnlySpan<double> row)
        {
            const int Lanes = 8;
            ref double first = ref MemoryMarshal.GetReference(row);
            var (a, b, c, d) = (Vector128<double>.Zero, Vector128<double>.Zero, Vector128<double>.Zero, Vector128<double>.Zero);
            int i = 0;
            for (; i <= row.Length - Lanes; i += Lanes)
            {
                a += Vector128.LoadUnsafe(ref first, (uint)i);
                b += Vector128.LoadUnsafe(ref first, (uint)i + 2);
                c += Vector128.LoadUnsafe(ref first, (uint)i + 4);
                d += Vector128.LoadUnsafe(ref first, (uint)i + 6);
            }

            Vector128<double> pairs = a + b + (c + d);
            double sum = pairs[0] + pairs[1];
            for (; i < row.Length; i++)
            {
                sum += row[i];
            }

            return sum;
        }
    }

    private readonly struct ProductFold<T> : IFold<T>
        where T : unmanaged, INumber<T>
    {
        public static T Identity => T.One;

        public static T Row(ReadOnlySpan<T> row) => Accumulate<NumberFunctions.Multiply<T>, T>(row, T.One);

        public static void Add(ReadOnlySpan<T> row, Span<T> result) => TensorPrimitives.Multiply(result, row, result);
    }

    private readonly struct MinimumFold<T> : IFold<T>
        where T : unmanaged, INumber<T>
    {
        public static T Identity => T.CreateSaturating(double.PositiveInfinity);

        public static T Row(ReadOnlySpan<T> row) => Extremes.Minimum(row);

        public static void Add(ReadOnlySpan<T> row, Span<T> result) => TensorPrimitives.Min(result, row, result);
    }

    private readonly struct MaximumFold<T> : IFold<T>
        where T : unmanaged, INumber<T>
    {
        public static T Identity => T.CreateSaturating(double.NegativeInfinity);

        public static T Row(ReadOnlySpan<T> row) => Extremes.Maximum(row);

        public static void Add(ReadOnlySpan<T> row, Span<T> result) => TensorPrimitives.Max(result, row, result);
    }

    private static T Accumulate<TFunction, T>(ReadOnlySpan<T> row, T start)
        where TFunction : IPairFunction<T, T>
    {
        foreach (T element in row)
        {
            start = TFunction.Invoke(start, element);
        }

        return start;
    }
}
