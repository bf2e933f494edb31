using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>What combinations share: sizes as values, numbers that count up, numbers that have to be known.</content>
internal static partial class Composites
{
    /// <summary>0, 1, 2, … along a dimension of a value, which only the run may know.</summary>
    private static Value Count(Expansion e, Value value, int axis)
    {
        const int Limit = 1 << 20;
        Dimension size = value.KnownShape[axis];
        return !size.IsConstant ? e.Apply("Range", [e.Integers(0), SizeOf(e, value, axis), e.Integers(1)])
            : size.Value <= Limit ? e.Integers([.. Enumerable.Range(0, (int)size.Value).Select(i => (long)i)])
            : throw e.Context.Unsupported(e.Node, $"counts {size} positions. At most {Limit} are supported.");
    }

    /// <summary>[size]: a dimension of a value.</summary>
    private static Value SizeOf(Expansion e, Value value, int axis) => value.KnownShape[axis] is { IsConstant: true, Value: var size }
        ? e.Integers(size)
        : e.Apply("Shape", [value], ("start", (long)axis), ("end", axis + 1L));

    /// <summary>A size that no sum or shape can be written down without.</summary>
    private static long Known(Expansion e, Dimension size) => size.IsConstant
        ? size.Value
        : throw e.Context.Unbound(e.Node, $"needs a number for '{size}', which only the run knows.", size);

    /// <summary>0, 1, 2, … up to a number without dimensions.</summary>
    private static Value Numbers(Expansion e, Value count) => e.Apply("Range", [Whole(e, 0), count, Whole(e, 1)]);

    /// <summary>A number without dimensions.</summary>
    private static Value Whole(Expansion e, long number) => e.Constant(Tensor.Of([number], []));

    /// <summary>An integer that an input has to be; null where the input is absent.</summary>
    private static long? One(Expansion e, int input, string role) => e.Context.Constants(e.Node, input, role) switch
    {
        null => null,
        [long number] => number,
        var numbers => throw e.Context.Malformed(e.Node, $"has {numbers.Length} numbers for its {role}."),
    };
}
