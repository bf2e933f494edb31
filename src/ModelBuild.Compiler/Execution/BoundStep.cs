using ModelBuild.Plan;

namespace ModelBuild.Compiler.Execution;

/// <summary>A step that can run: a kernel call, or blocks of steps.</summary>
internal sealed class BoundStep
{
    private readonly KernelCall? _call;
    private readonly int[] _operands = [];

    /// <param name="call">The kernel call that it shares with all steps of its form.</param>
    /// <param name="operands">What is its own: ids of tensors and constants, indices of expressions, numbers.</param>
    public BoundStep(KernelCall call, int[] operands)
    {
        _call = call;
        _operands = operands;
        Written = [.. call.Written.Select(index => operands[index]).Distinct().Order()];
    }

    /// <param name="blocks">What it holds.</param>
    public BoundStep(BoundBlock[] blocks)
    {
        Blocks = blocks;
        Written = [.. blocks.SelectMany(b => b.Steps).SelectMany(s => s.Written).Distinct().Order()];
    }

    public KernelCall? Call => _call;

    /// <summary>None for a kernel call.</summary>
    public IReadOnlyList<BoundBlock> Blocks { get; } = [];

    /// <summary>Ids of the tensors it writes, in ascending order.</summary>
    public IReadOnlyList<int> Written { get; }

    /// <summary>Calls the kernel.</summary>
    public void Run(Frame frame) => _call!.Run(frame, _operands);
}

/// <summary>Steps that run one after the other.</summary>
/// <param name="Plan">The steps as the plan has them.</param>
/// <param name="Steps">The same, bound.</param>
internal sealed record BoundBlock(IReadOnlyList<PlanStep> Plan, BoundStep[] Steps);
