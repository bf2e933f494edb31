using System.Collections.Generic;
using System.Linq;

namespace ModelBuild.Generator.Emit;

/// <summary>Blocks that become methods of their own, since they are too long to be read where they stand.</summary>
internal sealed class BlockMethods(StepMethods methods)
{
    private readonly Queue<(string Name, StepSequence Steps, string Number)> _ahead = new();

    /// <summary>Takes a block that is long.</summary>
    /// <param name="number">The number of the step that it belongs to.</param>
    /// <param name="declared">Symbols that have a variable where the block stands.</param>
    /// <returns>The call of its method; null for a block that can stand where it is.</returns>
    public string? TryTake(StepSequence block, string number, IEnumerable<string> declared)
    {
        if (block.Steps.Sum(s => s.WithInner.Count()) <= StepRange.MaximumLength)
        {
            return null;
        }

        (string name, string call) = methods.Call(block, $"Block{number.TrimEnd('.').Replace('.', '_')}", declared);
        _ahead.Enqueue((name, block, number));
        return call;
    }

    /// <summary>The next block whose method has to be written.</summary>
    public (string Name, StepSequence Steps, string Number)? TryNext() => _ahead.Count > 0 ? _ahead.Dequeue() : null;
}
