using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Operators;

/// <content>Fourier transforms and what goes with them.</content>
internal static partial class Composites
{
    /// <summary>Twiddle factors that are constants of a model: 128 MB of them.</summary>
    private const long MostFactors = 1 << 25;

    /// <summary>
    /// https://onnx.ai/onnx/operators/ under each name. Gap: transforms whose factors would be more than 2²⁵ numbers.
    /// </summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Signals { get; } =
    [
        ("DFT", 17, new Composite(
            Dft, 1, 3, 1, ("axis", AttributeKind.Int), ("inverse", AttributeKind.Int), ("onesided", AttributeKind.Int))),
        ("STFT", 17, new Composite(Stft, 2, 4, 1, ("onesided", AttributeKind.Int))),
        ("HannWindow", 17, Window(0.5, 0.5, 0)),
        ("HammingWindow", 17, Window(25.0 / 46, 21.0 / 46, 0)),
        ("BlackmanWindow", 17, Window(0.42, 0.5, 0.08)),
        ("MelWeightMatrix", 17, new Composite(MelWeights, 5, 5, 1, ("output_datatype", AttributeKind.Int))),
    ];

    private static Value[] Dft(Expansion e)
    {
        Value x = e.Input(0);
        Shape shape = x.KnownShape;
        if (e.Context.IsFromData(e.Node, 2))
        {
            return [DftAlongData(e, x)];
        }

        int axis = e.Context.Axis(e.Node, One(e, 2, "axis") ?? -2, shape.Rank);
        if (shape.Rank < 2 || axis == shape.Rank - 1 || shape[^1] is not { IsConstant: true, Value: 1 or 2 })
        {
            throw e.Context.Malformed(e.Node, $"transforms {shape} along axis {axis}.");
        }

        bool inverse = e.Node.Int("inverse") != 0;
        bool onesided = e.Node.Int("onesided") != 0;
        if (!shape[axis].IsConstant || e.Node.Input(1) is { IsConstant: false })
        {
            return [DftOfData(e, x, axis)];
        }

        long given = shape[axis].Value;
        long length = One(e, 1, "length") ?? (inverse && onesided ? 2 * (given - 1) : given);
        return [Transform(e, x, axis, length, inverse, onesided)];
    }

    private static Value DftOfData(Expansion e, Value x, int axis)
    {
        bool inverse = e.Node.Int("inverse") != 0;
        bool onesided = e.Node.Int("onesided") != 0;
        Value size = e.Reshape(SizeOf(e, x, axis));
        Value wanted = e.Node.Input(1) is { } asked ? e.Reshape(e.Cast(asked, DataType.Int64))
            : inverse && onesided ? e.Multiply(e.Subtract(size, Whole(e, 1)), Whole(e, 2))
            : size;
        return TransformOfData(e, x, axis, wanted, inverse, onesided);
    }

    /// <summary>Along an axis that only the run knows, with all that stands before it as one axis, and all behind it as another.</summary>
    private static Value DftAlongData(Expansion e, Value x)
    {
        int rank = x.KnownShape.Rank;
        if (rank < 2 || x.KnownShape[^1] is not { IsConstant: true, Value: (1 or 2) and var parts })
        {
            throw e.Context.Malformed(e.Node, $"transforms {x.Shape}.");
        }

        Value given = e.Reshape(e.Cast(e.Input(2), DataType.Int64));
        Value axis = e.Apply("Where", [e.Apply("Less", [given, Whole(e, 0)]), e.Add(given, Whole(e, rank)), given]);
        Value sizes = e.Apply("Shape", [x], ("end", rank - 1L));
        Value places = e.Integers([.. Enumerable.Range(0, rank - 1).Select(i => (long)i)]);
        Value around = e.Apply(
            "Concat", [Product("Less"), e.Reshape(e.Apply("Gather", [sizes, axis]), 1), Product("Greater"), e.Integers(parts)],
            ("axis", 0L));
        Value result = DftOfData(e, e.Apply("Reshape", [x, around]), axis: 1);
        Value shape = e.Apply(
            "Concat",
            [
                e.Apply("Where", [e.Apply("Equal", [places, axis]), e.Apply("Shape", [result], ("start", 1L), ("end", 2L)), sizes]),
                e.Integers(Known(e, result.KnownShape[^1])),
            ],
            ("axis", 0L));
        return e.Apply("Reshape", [result, shape]);

        Value Product(string where) =>
            e.Reduce("ReduceProd", e.Apply("Where", [e.Apply(where, [places, axis]), sizes, Whole(e, 1)]), 0);
    }

    /// <summary>Frames of the signal, each times the window, transformed.</summary>
    private static Value[] Stft(Expansion e)
    {
        Value signal = e.Input(0);
        Shape shape = signal.KnownShape;
        if (shape.Rank == 2)
        {
            signal = e.Apply("Unsqueeze", [signal, e.Integers(-1)]);
            shape = signal.KnownShape;
        }

        if (shape.Rank != 3 || shape[2] is not { IsConstant: true, Value: 1 or 2 })
        {
            throw e.Context.Malformed(e.Node, $"has a signal of shape {shape}, and needs [batch, length, 1 or 2].");
        }

        Value? window = e.Node.Input(2);
        bool onesided = e.Node.Int("onesided", 1) != 0;
        if (!shape[1].IsConstant || e.Input(1).Constant is null || e.Node.Input(3) is { IsConstant: false }
            || window?.KnownShape.IsConstant == false)
        {
            return [FramesOfData(e, signal, window, onesided)];
        }

        long samples = shape[1].Value;
        long step = One(e, 1, "step")!.Value;
        long length = One(e, 3, "length") ?? (window is null ? samples : window.KnownShape.Length.Value);
        if (step < 1 || length < 1 || length > samples || (window is not null && !window.KnownShape.Equals(Shape.Of(length))))
        {
            throw e.Context.Malformed(
                e.Node, $"takes frames of {length} samples, every {step}, from {samples}, and multiplies them with {window?.Shape}.");
        }

        long frames = ((samples - length) / step) + 1;
        var places = new long[frames * length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = (i / length * step) + (i % length);
        }

        Value framed = e.Apply("Gather", [signal, e.Constant(Tensor.Of(places, frames, length))], ("axis", 1L));
        Value weighted = window is null ? framed : e.Multiply(framed, e.Reshape(window, length, 1));
        return [Transform(e, weighted, 2, length, inverse: false, onesided)];
    }

    /// <summary>The same where only the run knows how long the signal or a frame is, or how far frames are apart.</summary>
    private static Value FramesOfData(Expansion e, Value signal, Value? window, bool onesided)
    {
        Value samples = e.Reshape(SizeOf(e, signal, 1));
        Value step = e.Reshape(e.Cast(e.Input(1), DataType.Int64));
        Value length = e.Node.Input(3) is { } given ? e.Reshape(e.Cast(given, DataType.Int64))
            : window is null ? samples
            : e.Reshape(SizeOf(e, window, 0));
        Value frames = e.Add(e.Divide(e.Subtract(samples, length), step), Whole(e, 1));
        Value starts = e.Apply("Unsqueeze", [e.Multiply(Numbers(e, frames), step), e.Integers(1)]);
        Value framed = e.Apply("Gather", [signal, e.Add(starts, Numbers(e, length))], ("axis", 1L));
        Value weighted = window is null ? framed : e.Multiply(framed, e.Apply("Unsqueeze", [window, e.Integers(1)]));
        return weighted.KnownShape[2] is { IsConstant: true } known
            ? Transform(e, weighted, 2, known.Value, inverse: false, onesided)
            : TransformOfData(e, weighted, 2, length, inverse: false, onesided);
    }

    /// <summary>
    /// The discrete Fourier transform as a product with a constant matrix: real and imaginary parts lie side by side, and so do the rows
    /// and columns that belong to them.
    /// </summary>
    private static Value Transform(Expansion e, Value x, int axis, long length, bool inverse, bool onesided)
    {
        Shape shape = x.KnownShape;
        long parts = shape[^1].Value;
        bool toReal = inverse && onesided;
        if (length < 1 || (onesided && (parts == 2) != inverse))
        {
            throw e.Context.Malformed(e.Node, $"transforms {shape} to length {length}, one-sided from {parts} parts.");
        }

        // Numbers that are left of the axis; those missing are zero and need no rows.
        long used = long.Min(shape[axis].Value, toReal ? (length / 2) + 1 : length);
        long results = onesided && !inverse ? (length / 2) + 1 : length;
        long resultParts = toReal ? 1 : 2;
        if (Extent.Product(used * parts, results * resultParts) > MostFactors)
        {
            throw e.Context.Unsupported(
                e.Node, $"transforms {length} numbers, which would need {used * parts * results * resultParts} factors.");
        }

        Value cut = shape[axis].Equals((Dimension)used) ? x
            : e.Apply("Slice", [x, e.Integers(0), e.Integers(used), e.Integers(axis)]);

        // Factors with a dimension before the matrix are no weights: they stay float32 in every mode.
        Value factors = e.Constant(Tensor.FromDoubles(
            x.Type, Factors(used, parts, results, resultParts, length, inverse, onesided), 1, used * parts, results * resultParts));
        return Transform(e, cut, axis, factors, results, resultParts);
    }

    /// <summary>Numbers along an axis, and the parts of each, times their factors.</summary>
    private static Value Transform(Expansion e, Value x, int axis, Value factors, Dimension results, long resultParts)
    {
        Shape shape = x.KnownShape;
        int rank = shape.Rank;
        long[] last = [.. Enumerable.Range(0, rank - 1).Where(a => a != axis).Select(a => (long)a), axis, rank - 1];
        Dimension[] outer = [.. shape.SkipLast(1).Where((_, i) => i != axis)];
        Value rows = e.Reshape(e.Transpose(x, last), [.. outer, shape[axis] * shape[^1]]);
        Value spectrum = e.Reshape(e.Apply("MatMul", [rows, factors]), [.. outer, results, resultParts]);
        long[] back = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            back[last[i]] = i;
        }

        return e.Transpose(spectrum, back);
    }

    /// <summary>
    /// The same where only the run knows the length: the factors are computed before, in float64. Of <see cref="Factors"/> there is the
    /// formula.
    /// </summary>
    /// <param name="length">A whole number without dimensions.</param>
    private static Value TransformOfData(Expansion e, Value x, int axis, Value length, bool inverse, bool onesided)
    {
        bool hasImaginary = x.KnownShape[^1].Equals((Dimension)2);
        bool toReal = inverse && onesided;
        if (onesided && hasImaginary != inverse)
        {
            throw e.Context.Malformed(e.Node, $"transforms {x.Shape}, one-sided from {(hasImaginary ? 2 : 1)} parts.");
        }

        Value half = e.Add(e.Divide(length, Whole(e, 2)), Whole(e, 1));
        bool isWhole = e.Node.Is("STFT") || (e.Node.Input(1) is null && !toReal);
        Value used = isWhole ? e.Reshape(SizeOf(e, x, axis)) : e.Apply("Min", [e.Reshape(SizeOf(e, x, axis)), toReal ? half : length]);
        Value cut = isWhole ? x : e.Apply("Slice", [x, e.Integers(0), e.Reshape(used, 1), e.Integers(axis)]);
        Value n = e.Apply("Unsqueeze", [Numbers(e, used), e.Integers(1)]);
        Value k = Numbers(e, onesided && !inverse ? half : length);
        Value turns = e.Cast(e.Apply("Mod", [e.Multiply(n, k), length]), DataType.Float64);
        Value whole = e.Cast(length, DataType.Float64);
        Value angle = e.Divide(e.Multiply(turns, e.Number(2 * Math.PI, turns)), whole);
        Value real = e.Apply("Cos", [angle]);
        Value imaginary = e.Apply("Sin", [angle]);
        if (inverse)
        {
            Value isSingle = e.Apply(
                "Or", [e.Apply("Equal", [n, Whole(e, 0)]), e.Apply("Equal", [e.Add(n, n), length])]);
            Value counts = toReal ? e.Apply("Where", [isSingle, e.Number(1, turns), e.Number(2, turns)]) : e.Number(1, turns);
            Value scale = e.Divide(counts, whole);
            (real, imaginary) = (e.Multiply(real, scale), e.Multiply(imaginary, scale));
        }
        else
        {
            imaginary = e.Apply("Neg", [imaginary]);
        }

        // Rows are parts of numbers, columns parts of results.
        Value ofReal = toReal ? real : Beside(real, imaginary, 2);
        Value both = !hasImaginary ? ofReal
            : Beside(ofReal, toReal ? e.Apply("Neg", [imaginary]) : Beside(e.Apply("Neg", [imaginary]), real, 2), 1);
        Dimension rows = cut.KnownShape[axis];
        Dimension results = k.KnownShape[0];
        long resultParts = toReal ? 1 : 2;
        e.Context.RequireEqual(e.Node, n.KnownShape[0], rows, "a length that is not that of its input");
        Value factors = e.Reshape(e.Cast(both, x.Type), 1, n.KnownShape[0] * (hasImaginary ? 2 : 1), results * resultParts);
        return Transform(e, cut, axis, factors, results, resultParts);

        Value Beside(Value first, Value second, long at) => e.Apply(
            "Concat", [e.Apply("Unsqueeze", [first, e.Integers(at)]), e.Apply("Unsqueeze", [second, e.Integers(at)])], ("axis", at));
    }

    /// <summary>
    /// e^(∓2πi·k·n/length), as what the real and the imaginary part of number n (a row) add to those of result k (a column). Of a spectrum
    /// of which one side is given the other is its mirror: all bins count twice but the first and, for an even length, the last.
    /// </summary>
    private static double[] Factors(long used, long parts, long results, long resultParts, long length, bool inverse, bool onesided)
    {
        var factors = new double[used * parts * results * resultParts];
        double scale = inverse ? 1.0 / length : 1;
        for (long n = 0; n < used; n++)
        {
            bool isMirrored = inverse && onesided && n != 0 && 2 * n != length;
            for (long k = 0; k < results; k++)
            {
                long turn = n * k % length;
                double real = scale * (isMirrored ? 2 : 1) * Cosine(turn, length);
                double imaginary = scale * (isMirrored ? 2 : 1) * Sine(turn, length) * (inverse ? 1 : -1);
                Set(n, 0, k, 0, real);
                Set(n, 0, k, 1, imaginary);
                Set(n, 1, k, 0, -imaginary);
                Set(n, 1, k, 1, real);
            }
        }

        return factors;

        void Set(long n, long part, long k, long resultPart, double value)
        {
            if (part < parts && resultPart < resultParts)
            {
                factors[(((((n * parts) + part) * results) + k) * resultParts) + resultPart] = value;
            }
        }
    }

    /// <summary>Of a part of a full turn, exact where it is a multiple of a quarter.</summary>
    private static double Cosine(long part, long turn) => Sine((4 * part) + turn, 4 * turn);

    private static double Sine(long part, long turn)
    {
        part %= turn;
        return 2 * part > turn ? -Sine(turn - part, turn)
            : 4 * part > turn ? Sine(turn - (2 * part), 2 * turn)
            : 4 * part == turn ? 1
            : Elementary.Sin(2 * Math.PI * part / turn);
    }

    /// <summary>a − b·cos(2πn/N) + c·cos(4πn/N), with N the size, or one less for a window that is symmetric.</summary>
    private static Composite Window(double a, double b, double c) => new(
        e =>
        {
            const long Limit = 1 << 24;
            if (!e.Input(0).IsConstant)
            {
                return [WindowOfData(e, a, b, c)];
            }

            long size = One(e, 0, "size")!.Value;
            if (size is < 0 or > Limit)
            {
                throw e.Context.Unsupported(e.Node, $"makes a window of {size} numbers.");
            }

            long turn = long.Max(e.Node.Int("periodic", 1) != 0 ? size : size - 1, 1);
            var values = new double[size];
            for (long n = 0; n < size; n++)
            {
                values[n] = a - (b * Cosine(n, turn)) + (c * Cosine(2 * n, turn));
            }

            return [e.Constant(Tensor.FromDoubles(OutputType(e), values, size))];
        },
        1, 1, 1, ("output_datatype", AttributeKind.Int), ("periodic", AttributeKind.Int));

    /// <summary>The same for a size that only the run knows.</summary>
    private static Value WindowOfData(Expansion e, double a, double b, double c)
    {
        Value size = e.Cast(e.Reshape(e.Input(0)), DataType.Int64);
        Value one = Whole(e, 1);
        Value turn = e.Apply("Max", [e.Node.Int("periodic", 1) != 0 ? size : e.Subtract(size, one), one]);
        Value n = e.Cast(Numbers(e, size), DataType.Float64);
        Value angle = e.Divide(e.Multiply(n, e.Number(2 * Math.PI, n)), e.Cast(turn, DataType.Float64));
        Value first = e.Multiply(e.Apply("Cos", [angle]), e.Number(b, n));
        Value second = e.Multiply(e.Apply("Cos", [e.Add(angle, angle)]), e.Number(c, n));
        return e.Cast(e.Add(e.Subtract(e.Number(a, n), first), second), OutputType(e));
    }

    /// <summary>Triangles over the bins of a spectrum, of equal width on the mel scale.</summary>
    private static Value[] MelWeights(Expansion e)
    {
        const long Limit = 1 << 24;
        if (e.Node.Inputs.Any(i => i is { IsConstant: false }))
        {
            return [MelWeightsOfData(e)];
        }

        long bands = One(e, 0, "number of bands")!.Value;
        long length = One(e, 1, "length")!.Value;
        long rate = One(e, 2, "sample rate")!.Value;
        double low = Mel(Frequency(3));
        double step = (Mel(Frequency(4)) - low) / (bands + 2);
        long bins = (length / 2) + 1;
        if (bands < 1 || length < 1 || rate < 1 || Extent.Product(bands, bins) > Limit)
        {
            throw e.Context.Malformed(e.Node, $"makes {bands} bands of {length} numbers at {rate} Hz.");
        }

        long[] edges = [.. Enumerable.Range(0, (int)bands + 2).Select(i =>
            (long)Math.Floor((length + 1) * 700 * (Elementary.Pow(10, ((i * step) + low) / 2595) - 1) / rate))];
        if (edges[0] < 0 || edges[^1] >= bins || edges.Zip(edges.Skip(1)).Any(pair => pair.First > pair.Second))
        {
            throw e.Context.Malformed(e.Node, $"has bands from bin {edges[0]} to bin {edges[^1]} of {bins}.");
        }

        var weights = new double[bins * bands];
        for (int band = 0; band < bands; band++)
        {
            (long start, long peak, long end) = (edges[band], edges[band + 1], edges[band + 2]);
            for (long bin = start; bin <= peak; bin++)
            {
                weights[(bin * bands) + band] = start == peak ? 1 : (double)(bin - start) / (peak - start);
            }

            for (long bin = peak; bin < end; bin++)
            {
                weights[(bin * bands) + band] = (double)(end - bin) / (end - peak);
            }
        }

        return [e.Constant(Tensor.FromDoubles(OutputType(e), weights, bins, bands))];

        double Frequency(int index) => e.Input(index).Constant is { Length: 1 } constant && constant.Type.IsFloat()
            ? constant.ToDoubles()[0]
            : throw e.Context.Malformed(e.Node, "has frequencies that are no numbers.");

        double Mel(double frequency) => 2595 * Elementary.Log(1 + (frequency / 700)) / Elementary.Log(10);
    }

    /// <summary>The same for numbers that only the run knows.</summary>
    private static Value MelWeightsOfData(Expansion e)
    {
        Value[] given = [.. Enumerable.Range(0, 5).Select(i => e.Cast(e.Reshape(e.Input(i)), i < 3 ? DataType.Int64 : DataType.Float64))];
        (Value bands, Value length, Value rate) = (given[0], given[1], given[2]);
        (Value low, Value high) = (Mel(given[3]), Mel(given[4]));
        Value step = e.Divide(e.Subtract(high, low), Real(e.Add(bands, Whole(e, 2))));
        Value mels = e.Add(e.Multiply(Real(Numbers(e, e.Add(bands, Whole(e, 2)))), step), low);
        Value frequencies = e.Subtract(e.Apply("Pow", [e.Number(10, low), e.Divide(mels, e.Number(2595, low))]), e.Number(1, low));
        Value scaled = e.Multiply(e.Multiply(Real(e.Add(length, Whole(e, 1))), e.Number(700, low)), frequencies);
        Value edges = e.Apply("Floor", [e.Divide(scaled, Real(rate))]);
        (Value start, Value peak, Value end) = (Edge(0), Edge(1), Edge(2));
        Value bin = e.Apply(
            "Unsqueeze", [Real(Numbers(e, e.Add(e.Divide(length, Whole(e, 2)), Whole(e, 1)))), e.Integers(1)]);
        Value rising = e.Apply(
            "Where",
            [e.Apply("Equal", [start, peak]), e.Number(1, low), e.Divide(e.Subtract(bin, start), e.Subtract(peak, start))]);
        Value falling = e.Divide(e.Subtract(end, bin), e.Subtract(end, peak));
        Value weights = e.Apply(
            "Where",
            [
                Both("GreaterOrEqual", peak, "Less", end), falling,
                e.Apply("Where", [Both("GreaterOrEqual", start, "LessOrEqual", peak), rising, e.Number(0, low)]),
            ]);
        return e.Cast(weights, OutputType(e));

        Value Real(Value whole) => e.Cast(whole, DataType.Float64);

        Value Mel(Value frequency) => e.Multiply(
            e.Apply("Log", [e.Add(e.Divide(frequency, e.Number(700, frequency)), e.Number(1, frequency))]),
            e.Number(2595 / Math.Log(10), frequency));

        Value Edge(long first) => e.Apply(
            "Slice", [edges, e.Integers(first), e.Reshape(e.Add(bands, Whole(e, first)), 1), e.Integers(0)]);

        Value Both(string first, Value least, string second, Value most) => e.Apply(
            "And", [e.Apply(first, [bin, least]), e.Apply(second, [bin, most])]);
    }

    private static DataType OutputType(Expansion e) => (DataType)e.Node.Int("output_datatype", (long)DataType.Float32) is var type
        && type.IsNumeric() && type.Size() > 0
        ? type
        : throw e.Context.Unsupported(e.Node, $"makes numbers of type {type}.");
}
