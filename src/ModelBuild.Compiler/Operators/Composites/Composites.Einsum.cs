using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Sums of products over named dimensions.</content>
internal static partial class Composites
{
    /// <summary>https://onnx.ai/onnx/operators/onnx__Einsum.html.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Sums { get; } =
        [("Einsum", 12, new Composite(Einsum, 1, int.MaxValue, 1, ("equation", AttributeKind.Text)))];

    /// <summary>
    /// One operand after the other is multiplied in, as a matrix product whose rows are the dimensions of the left alone, whose columns are
    /// those of the right alone, and over what both have and nobody needs any more.
    /// </summary>
    private static Value[] Einsum(Expansion e)
    {
        (string[] operands, string result) = Parse(e);
        var wide = new HashSet<char>(
            operands.SelectMany((o, i) => o.Where((_, axis) => !e.Input(i).KnownShape[axis].Equals(Dimension.One))));
        (Value value, string labels) = Operand(0);
        for (int i = 1; i < operands.Length; i++)
        {
            var needed = new HashSet<char>([.. result, .. operands.Skip(i + 1).SelectMany(o => o)]);
            (Value right, string rightLabels) = Operand(i);
            (value, labels) = Contract(e, value, labels, right, rightLabels, needed);
        }

        (value, labels) = SumOut(e, value, labels, l => result.Contains(l, StringComparison.Ordinal));
        return [Arrange(e, value, labels, result)];

        // A dimension of one that is longer elsewhere counts for all of its places, as in broadcasting.
        (Value Value, string Labels) Operand(int index)
        {
            (Value whole, string all) = Diagonal(e, e.Input(index), operands[index]);
            int[] kept =
                [.. Enumerable.Range(0, all.Length).Where(i => !wide.Contains(all[i]) || !whole.KnownShape[i].Equals(Dimension.One))];
            return kept.Length == all.Length ? (whole, all)
                : (e.Reshape(whole, [.. kept.Select(i => whole.KnownShape[i])]), string.Concat(kept.Select(i => all[i])));
        }
    }

    /// <summary>The labels of each operand and of the result; dimensions that "..." stands for become digits.</summary>
    private static (string[] Operands, string Result) Parse(Expansion e)
    {
        const string Ellipsis = "...";
        string equation = e.Node.Text("equation", string.Empty).Replace(" ", string.Empty, StringComparison.Ordinal);
        string[] sides = equation.Split("->");
        string[] operands = sides[0].Split(',');
        if (sides.Length > 2 || operands.Length != e.Node.Inputs.Count || e.Node.Inputs.Contains(null))
        {
            throw Malformed();
        }

        int most = 0;
        for (int i = 0; i < operands.Length; i++)
        {
            int named = operands[i].Replace(Ellipsis, string.Empty, StringComparison.Ordinal).Length;
            int unnamed = e.Input(i).KnownShape.Rank - named;
            bool hasEllipsis = operands[i].Contains(Ellipsis, StringComparison.Ordinal);
            if (unnamed < 0 || (unnamed > 0 && !hasEllipsis))
            {
                throw Malformed();
            }

            most = Math.Max(most, unnamed);
            operands[i] = operands[i].Replace(Ellipsis, Digits(unnamed), StringComparison.Ordinal);
        }

        // Without an arrow: what stands once, in the order of the alphabet, behind what "..." stands for.
        string result = sides.Length == 2
            ? sides[1].Replace(Ellipsis, Digits(most), StringComparison.Ordinal)
            : Digits(most) + string.Concat(operands.SelectMany(o => o).Where(char.IsLetter).GroupBy(l => l).Where(g => g.Count() == 1)
                .Select(g => g.Key).Order());
        return operands.Append(result).All(o => o.All(char.IsLetterOrDigit)) && result.Distinct().Count() == result.Length
            && result.All(l => operands.Any(o => o.Contains(l, StringComparison.Ordinal)))
            ? (operands, result)
            : throw Malformed();

        // Aligned at the end, as in broadcasting.
        string Digits(int count) => string.Concat(Enumerable.Range(0, count).Select(i => (char)('9' - count + 1 + i)));

        CompilationException Malformed() => e.Context.Malformed(
            e.Node,
            $"has the equation '{e.Node.Text("equation", string.Empty)}' for {string.Join(", ", e.Node.Inputs.Select(i => i?.Shape))}.");
    }

    /// <summary>Of dimensions with the same label only the places where they are equal.</summary>
    private static (Value Value, string Labels) Diagonal(Expansion e, Value value, string labels)
    {
        while (labels.GroupBy(l => l).FirstOrDefault(g => g.Count() > 1)?.Key is { } label)
        {
            int first = labels.IndexOf(label, StringComparison.Ordinal);
            int second = labels.IndexOf(label, first + 1);
            e.Context.RequireEqual(e.Node, value.KnownShape[first], value.KnownShape[second], $"dimensions '{label}' of {value.Shape}");
            long size = Known(e, value.KnownShape[first]);
            string rest = labels.Remove(second, 1).Remove(first, 1);
            int[] order = [.. Enumerable.Range(0, labels.Length).Where(i => i != first && i != second), first, second];
            Value moved = e.Transpose(value, [.. order.Select(i => (long)i)]);
            Value flat = e.Reshape(moved, [.. moved.KnownShape.SkipLast(2), size * size]);
            long axis = flat.KnownShape.Rank - 1;
            value = e.Apply(
                "Slice", [flat, e.Integers(0), e.Integers(size * size), e.Integers(axis), e.Integers(size + 1)]);
            labels = rest + label;
        }

        return (value, labels);
    }

    private static (Value Value, string Labels) Contract(
        Expansion e, Value left, string leftLabels, Value right, string rightLabels, HashSet<char> needed)
    {
        (left, leftLabels) = SumOut(e, left, leftLabels, l => needed.Contains(l) || rightLabels.Contains(l, StringComparison.Ordinal));
        (right, rightLabels) = SumOut(e, right, rightLabels, l => needed.Contains(l) || leftLabels.Contains(l, StringComparison.Ordinal));
        string shared = string.Concat(leftLabels.Where(l => rightLabels.Contains(l, StringComparison.Ordinal)));
        string batch = string.Concat(shared.Where(needed.Contains));
        string inner = string.Concat(shared.Where(l => !needed.Contains(l)));
        string rows = string.Concat(leftLabels.Except(shared));
        string columns = string.Concat(rightLabels.Except(shared));
        left = Arrange(e, left, leftLabels, batch + rows + inner);
        right = Arrange(e, right, rightLabels, batch + inner + columns);
        Shape l = left.KnownShape;
        Shape r = right.KnownShape;
        int b = batch.Length;
        Value a = e.Reshape(left, [.. l.Take(b), l.Product(b, b + rows.Length), l.Product(b + rows.Length, l.Rank)]);
        Value c = e.Reshape(right, [.. r.Take(b), r.Product(b, b + inner.Length), r.Product(b + inner.Length, r.Rank)]);
        Value product = e.Apply("MatMul", [a, c]);
        Shape p = product.KnownShape;
        return (e.Reshape(product, [.. p.Take(b), .. l.Skip(b).Take(rows.Length), .. r.Skip(b + inner.Length)]), batch + rows + columns);
    }

    /// <summary>Sums over dimensions that nobody needs.</summary>
    private static (Value Value, string Labels) SumOut(Expansion e, Value value, string labels, Func<char, bool> isNeeded)
    {
        long[] axes = [.. Enumerable.Range(0, labels.Length).Where(i => !isNeeded(labels[i])).Select(i => (long)i)];
        return axes.Length == 0
            ? (value, labels)
            : (e.Apply("ReduceSum", [value, e.Integers(axes)], ("keepdims", 0L)), string.Concat(labels.Where(isNeeded)));
    }

    private static Value Arrange(Expansion e, Value value, string labels, string order)
    {
        long[] permutation = [.. order.Select(l => (long)labels.IndexOf(l, StringComparison.Ordinal))];
        return labels == order ? value : e.Transpose(value, permutation);
    }
}
