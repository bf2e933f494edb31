using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <content>How often short sequences of numbers occur.</content>
internal static partial class Composites
{
    /// <summary>https://onnx.ai/onnx/operators/onnx__TfIdfVectorizer.html. Gap: sequences of strings.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Grams { get; } =
    [
        ("TfIdfVectorizer", 9, new Composite(
            CountGrams, 1, 1, 1,
            ("max_gram_length", AttributeKind.Int), ("max_skip_count", AttributeKind.Int), ("min_gram_length", AttributeKind.Int),
            ("mode", AttributeKind.Text), ("ngram_counts", AttributeKind.Ints), ("ngram_indexes", AttributeKind.Ints),
            ("pool_int64s", AttributeKind.Ints), ("pool_strings", AttributeKind.Texts), ("weights", AttributeKind.Floats))),
    ];

    /// <summary>
    /// Every place of a row is compared with every gram, one after the other, or with elements left out between. The counts come where the
    /// node wants those of each gram.
    /// </summary>
    private static Value[] CountGrams(Expansion e)
    {
        Value x = e.Input(0);
        long least = e.Node.Int("min_gram_length");
        long most = e.Node.Int("max_gram_length");
        long skips = e.Node.Int("max_skip_count");
        long[] pool = e.Node.Ints("pool_int64s")
            ?? throw e.Context.Unsupported(e.Node, "counts strings. Whole numbers are supported: let the application look words up.");
        long[] starts = e.Node.Ints("ngram_counts") ?? [];
        long[] columns = e.Node.Ints("ngram_indexes") ?? [];
        string mode = e.Node.Text("mode");
        if (x.Type is not (DataType.Int32 or DataType.Int64) || x.KnownShape.Rank is not (1 or 2) || least < 1 || most < least
            || most > starts.Length || skips is < 0 or > 1 << 10 || columns.Length == 0 || columns.Any(c => c is < 0 or > 1 << 24)
            || columns.Distinct().Count() != columns.Length || mode is not ("TF" or "IDF" or "TFIDF"))
        {
            throw e.Context.Malformed(
                e.Node, $"counts {columns.Length} grams of {least} to {most} elements of {x.Type}{x.Shape} as '{mode}'.");
        }

        Value rows = x.KnownShape.Rank == 1 ? e.Apply("Unsqueeze", [x, e.Integers(0)]) : x;
        var counts = new List<Value>();
        for (long length = 1; length <= starts.Length; length++)
        {
            long start = starts[length - 1];
            long end = length < starts.Length ? starts[length] : pool.Length;
            if (start < 0 || end < start || end > pool.Length || (end - start) % length != 0)
            {
                throw e.Context.Malformed(e.Node, $"has grams of {length} elements from {start} to {end} of {pool.Length}.");
            }

            if (end > start)
            {
                counts.Add(CountsOf(pool[(int)start..(int)end], (int)length));
            }
        }

        Value all = e.Apply("Concat", counts, ("axis", 1L));
        if (!all.KnownShape[1].Equals((Plan.Dimension)columns.Length))
        {
            throw e.Context.Malformed(e.Node, $"has {all.KnownShape[1]} grams and {columns.Length} columns for them.");
        }

        if (mode == "IDF")
        {
            all = e.Apply("Min", [all, e.Number(1, all)]);
        }

        if (e.Node.Floats("weights") is { } weights && mode != "TF")
        {
            all = weights.Length == columns.Length
                ? e.Multiply(all, e.Constant(Tensor.Of(weights, weights.Length)))
                : throw e.Context.Malformed(e.Node, $"has {weights.Length} weights for {columns.Length} grams.");
        }

        // A column that belongs to no gram is zero: it reads one that is appended.
        long[] source = [.. Enumerable.Repeat((long)columns.Length, (int)columns.Max() + 1)];
        for (int i = 0; i < columns.Length; i++)
        {
            source[columns[i]] = i;
        }

        Value padded = e.Apply("Pad", [all, e.Integers(0, 0, 0, 1)]);
        Value result = e.Apply("Gather", [padded, e.Integers(source)], ("axis", 1L));
        return [x.KnownShape.Rank == 1 ? e.Apply("Squeeze", [result, e.Integers(0)]) : result];

        // [rows, grams]: grams that are not asked for count nothing.
        Value CountsOf(long[] grams, int length)
        {
            int number = grams.Length / length;
            Value? sum = null;
            for (long skip = 0; skip <= (length == 1 ? 0 : skips) && length >= least && length <= most; skip++)
            {
                if (rows.KnownShape[1] is { IsConstant: true } row && row.Value <= (length - 1) * (skip + 1))
                {
                    break;
                }

                Value? isThere = null;
                for (int i = 0; i < length; i++)
                {
                    // Elements that begin too late for a whole gram are cut off, maybe all of them.
                    Value elements = e.Apply(
                        "Slice",
                        [
                            rows, e.Integers(i * (skip + 1)),
                            e.Integers(i == length - 1 ? long.MaxValue : -(length - 1 - i) * (skip + 1)), e.Integers(1),
                        ]);
                    Value wanted = e.Constant(Tensor.FromInt64s(
                        x.Type, [.. Enumerable.Range(0, number).Select(g => grams[(g * length) + i])], number));
                    Value isEqual = e.Apply("Equal", [e.Apply("Unsqueeze", [elements, e.Integers(2)]), wanted]);
                    isThere = isThere is null ? isEqual : e.Apply("And", [isThere, isEqual]);
                }

                Value found = e.Apply(
                    "ReduceSum", [e.Cast(isThere!, DataType.Float32), e.Integers(1)], ("keepdims", 0L));
                sum = sum is null ? found : e.Add(sum, found);
            }

            return sum ?? e.Apply(
                "Expand",
                [
                    e.Constant(Tensor.Of([0f], 1, 1)),
                    e.Apply("Concat", [SizeOf(e, rows, 0), e.Integers(number)], ("axis", 0L)),
                ]);
        }
    }
}
