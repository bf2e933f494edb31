using ModelBuild.Compiler.Graphs;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>A node that is to be computed, with what it reads.</summary>
/// <param name="Node">Of a graph that import has read, so that its form is valid.</param>
/// <param name="Inputs">As many as the node has; null for those left out.</param>
/// <param name="IsTraining">Whether statistics are those of the batch.</param>
internal sealed record NodeCall(Node Node, IReadOnlyList<Tensor?> Inputs, bool IsTraining)
{
    /// <summary>Takes new running statistics in place of an input, which the model keeps. Null where none are wanted.</summary>
    public Action<int, Tensor>? Update { get; init; }

    /// <summary>Runs a graph inside the node: its inputs in order, its outputs in order.</summary>
    public Func<Graph, IReadOnlyList<Tensor?>, Tensor[]>? RunBody { get; init; }

    /// <summary>An input that is there.</summary>
    public Tensor this[int index] => Inputs[index]!;

    /// <summary>The dimensions of the first input.</summary>
    public int Rank => (int)this[0].dim();

    public Tensor? Optional(int index) => index < Inputs.Count ? Inputs[index] : null;

    /// <summary>The elements of an input that holds integers, such as axes; null where it is left out.</summary>
    public long[]? Numbers(int index)
    {
        if (Optional(index) is not { } tensor)
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        return tensor.detach().to(torch.ScalarType.Int64).cpu().contiguous().data<long>().ToArray();
    }

    /// <summary>The elements of an input that holds floats, such as scales; null where it is left out.</summary>
    public float[]? Floats(int index)
    {
        if (Optional(index) is not { } tensor)
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        return tensor.detach().to(torch.ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>An axis counted from the start.</summary>
    public static long Axis(long axis, long rank) => axis < 0 ? axis + rank : axis;
}
