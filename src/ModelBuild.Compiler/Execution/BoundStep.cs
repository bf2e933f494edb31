namespace ModelBuild.Compiler.Execution;

/// <summary>A step that can run.</summary>
/// <param name="call">The kernel call that it shares with all steps of its form.</param>
/// <param name="operands">What is its own: ids of tensors and constants, indices of expressions, numbers.</param>
internal sealed class BoundStep(KernelCall call, int[] operands)
{
    public KernelCall Call => call;

    /// <summary>Ids of the tensors it writes, in ascending order.</summary>
    public IReadOnlyList<int> Written { get; } = [.. call.Written.Select(index => operands[index]).Distinct().Order()];

    /// <summary>Calls the kernel.</summary>
    public void Run(Frame frame) => call.Run(frame, operands);
}
