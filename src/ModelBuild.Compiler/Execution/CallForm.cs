using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Execution;

/// <summary>
/// What is left of a kernel call when its data is taken away: the method and the kind of each argument. Steps of one form share one
/// compiled delegate (<see cref="KernelCall"/>), so that binding costs per form, of which there are dozens, and not per step.
/// </summary>
/// <param name="Target">As in <see cref="PlanCall"/>.</param>
/// <param name="Types">As in <see cref="PlanCall"/>.</param>
/// <param name="Arguments">As in <see cref="PlanCall"/>.</param>
/// <param name="Kernels">What the method computes with, where it has a choice; null for what an application gets.</param>
internal sealed record CallForm(
    string Target, EquatableArray<PlanType> Types, EquatableArray<ArgumentForm> Arguments, KernelTable? Kernels = null);

/// <summary>An argument without its data.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Kind">What the operands of the argument are.</param>
/// <param name="Element">Element type of memory.</param>
/// <param name="Count">Length of a list.</param>
/// <param name="Call">The call whose result the argument is.</param>
internal sealed record ArgumentForm(string Name, ArgumentKind Kind, PlanType Element = default, int Count = 0, CallForm? Call = null);

/// <summary>What an argument is made of: its operands are numbers that mean something to <see cref="Frame"/>.</summary>
internal enum ArgumentKind
{
    /// <summary>One operand: the id of a tensor.</summary>
    Tensor,

    /// <summary>One operand: the id of a constant.</summary>
    Constant,

    /// <summary>Three operands: the region of scratch memory, and the expressions for its offset and length.</summary>
    Scratch,

    /// <summary>One operand: an expression.</summary>
    Integer,

    /// <summary>As many operands as the list is long: expressions.</summary>
    Integers,

    /// <summary>One operand: the bits of a float32.</summary>
    Float,

    /// <summary>One operand: 0 or 1.</summary>
    Boolean,

    /// <summary>The operands of the inner call.</summary>
    Call,
}
