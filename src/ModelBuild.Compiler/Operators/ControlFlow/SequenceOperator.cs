using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>An operator on sequences or optionals: import knows what they hold, and nothing behind it knows them.</summary>
internal sealed class SequenceOperator(int requiredInputs, int inputs, params (string Name, AttributeKind Kind)[] attributes)
    : Operator(requiredInputs, inputs, attributes)
{
    public static IEnumerable<(string Type, long Since, Operator Operator)> All { get; } =
    [
        ("ConcatFromSequence", 11, new SequenceOperator(1, 1, ("axis", AttributeKind.Int), ("new_axis", AttributeKind.Int))),
        ("Optional", 15, new SequenceOperator(0, 1)),
        ("OptionalGetElement", 15, new SequenceOperator(1, 1)),
        ("OptionalHasElement", 15, new SequenceOperator(0, 1)),
        ("SequenceAt", 11, new SequenceOperator(2, 2)),
        ("SequenceConstruct", 11, new SequenceOperator(0, int.MaxValue, ("parts", AttributeKind.Ints))),
        ("SequenceEmpty", 11, new SequenceOperator(0, 0, ("dtype", AttributeKind.Int))),
        ("SequenceErase", 11, new SequenceOperator(1, 2)),
        ("SequenceInsert", 11, new SequenceOperator(2, 3)),
        ("SequenceMap", 17, new SequenceOperator(1, int.MaxValue, ("body", AttributeKind.Graph))),
        ("SequenceLength", 11, new SequenceOperator(1, 1)),
        ("SplitToSequence", 11, new SequenceOperator(1, 2, ("axis", AttributeKind.Int), ("keepdims", AttributeKind.Int))),
    ];

    /// <summary>What a loop over a sequence makes may be several others.</summary>
    public override int Outputs => int.MaxValue;

    public override void Infer(Node node, InferenceContext context) =>
        throw new InvalidOperationException($"Import has left node '{node.Name}' ({node.Type}) whole.");
}
