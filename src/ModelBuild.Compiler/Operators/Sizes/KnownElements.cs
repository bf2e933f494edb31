using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// Which numbers of a small tensor are known, as expressions of sizes, although others come from the run, or though they lie in a matrix
/// for a while. Exporters calculate how far rows and columns are padded, join that with the zeros of batch and channels, and turn the
/// pairs around.
/// </summary>
internal static class KnownElements
{
    /// <summary>More than pads of any tensor.</summary>
    private const int Limit = 64;

    private static readonly string[] s_movements = ["Cast", "Concat", "Identity", "Reshape", "Slice", "Squeeze", "Transpose", "Unsqueeze"];

    /// <returns>One entry for each element, null where it is not known; null altogether where nothing can be said.</returns>
    public static IReadOnlyList<Dimension?>? Of(Value value)
    {
        var numbers = new List<Dimension?>();
        return Places(value, numbers, new Dictionary<Value, Tensor?>()) is { } places
            ? [.. places.ToInt64s().Select(place => numbers[(int)place])] : null;
    }

    /// <summary>A tensor's places in a list of numbers instead of the numbers: what moves these moves those.</summary>
    private static Tensor? Places(Value value, List<Dimension?> numbers, Dictionary<Value, Tensor?> seen)
    {
        if (seen.TryGetValue(value, out Tensor? known))
        {
            return known;
        }

        // A value that is looked at again before it is done is part of a cycle, which the file was refused for.
        seen[value] = null;
        return seen[value] = value.Type is not (DataType.Int32 or DataType.Int64) || value.Shape is not { IsConstant: true } shape
            || shape.Length.Value > Limit || seen.Count > Limit ? null
            : Moved(value, numbers, seen) ?? New(value, shape, numbers);
    }

    private static Tensor? Moved(Value value, List<Dimension?> numbers, Dictionary<Value, Tensor?> seen)
    {
        if (value.Constant is not null || value.Producer is not { Domain: Domains.Onnx } node
            || !s_movements.Contains(node.Type, StringComparer.Ordinal))
        {
            return null;
        }

        bool joins = node.Is("Concat");
        var inputs = new Tensor?[node.Inputs.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (node.Input(i) is { } input
                && (inputs[i] = i == 0 || joins ? Places(input, numbers, seen) : input.Constant) is null)
            {
                return null;
            }
        }

        return node.Is("Cast") || node.Is("Identity") ? inputs[0] : NodeEvaluator.Evaluate(node, inputs)?[0];
    }

    private static Tensor New(Value value, Shape shape, List<Dimension?> numbers)
    {
        int first = numbers.Count;
        int count = (int)shape.Length.Value;
        long[]? constant = value.Constant?.ToInt64s();
        for (int i = 0; i < count; i++)
        {
            // A number that int32 has not is none that a cast keeps; sizes and what separates them it has.
            Dimension? number = constant is null ? value.Elements?[i] : constant[i];
            numbers.Add(number is { IsConstant: true, Value: <= int.MinValue or > int.MaxValue } ? null : number);
        }

        return Tensor.FromInt64s(
            DataType.Int64, [.. Enumerable.Range(first, count).Select(i => (long)i)], [.. shape.Select(d => d.Value)]);
    }
}
