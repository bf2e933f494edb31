using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning.Steps;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// What holds for the kernels of one operator: the only place that says so. Passes ask it what they may do with a node, the verifier
/// refuses nodes that it does not cover, the plan builder takes the writer from it. The declarations stand in
/// <see cref="LoweredOperators"/>.
/// </summary>
internal sealed record OperatorTraits
{
    /// <summary>Appends the operator's kernel calls to the plan; null for a view, and for operators that lowering has to replace.</summary>
    public StepWriter? Writer { get; init; }

    /// <summary>True where the output is the memory of the first input under another shape or meaning: no step at all.</summary>
    public bool IsView { get; init; }

    /// <summary>True where each element of the output depends on the operands' elements in the same (broadcast) place only.</summary>
    public bool IsElementwise { get; init; }

    /// <summary>
    /// True where the output's elements are some of the first input's, unchanged, or elements given by a parameter: it commutes with
    /// every monotone function of single elements, such as quantization.
    /// </summary>
    public bool IsSelection { get; init; }

    /// <summary>True for a function of reals that may be a part of a table from 8-bit to 8-bit values.</summary>
    public bool IsTabular { get; init; }

    /// <summary>
    /// True where what lies at an index of the output's first axis depends on what lies at that index of the operands only, so that a batch
    /// can be cut there. Elementwise operators and views need not say so.
    /// </summary>
    public Func<Node, bool> KeepsSamples { get; init; } = _ => false;

    /// <summary>The first so many inputs are operands; those behind are parameters: bounds, scales, tables.</summary>
    public int Operands { get; init; } = int.MaxValue;

    /// <summary>True where tensors without elements are no matter.</summary>
    public bool TakesEmpty { get; init; }

    /// <summary>The most outputs that it can make.</summary>
    public int Outputs { get; init; } = 1;

    /// <summary>Inputs that have to be constant where they are present.</summary>
    public IReadOnlyList<int> Constants { get; init; } = [];

    /// <summary>Element types of the first operand for which there are kernels.</summary>
    public IReadOnlyList<DataType> Types { get; init; } = [];

    /// <summary>What else has to hold; says in the words of a message what does not, or null.</summary>
    public Func<Node, string?> Restriction { get; init; } = _ => null;
}
