using ModelBuild.Compiler.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Networks;

/// <summary>A weight of a network.</summary>
internal sealed class TrainedTensor : IDisposable
{
    /// <param name="value">The constant of the graph, which gets the trained numbers in the end.</param>
    /// <param name="node">The first node that reads it.</param>
    /// <param name="input">Where it does.</param>
    /// <param name="isTrained">False for one that stays as it is.</param>
    /// <param name="device">Where it is computed with.</param>
    /// <param name="precision">What it is computed in.</param>
    public TrainedTensor(
        Value value, Node node, int input, bool isTrained, torch.Device device, torch.ScalarType precision = torch.ScalarType.Float32)
    {
        Value = value;
        Node = node;
        Input = input;
        using Tensor start = TorchTensors.ToTorch(value.Constant!);
        Parameter = new Parameter(start.to(precision, device).clone(), isTrained);
        Parameter.DetachFromDisposeScope();
    }

    public Value Value { get; }

    public Node Node { get; }

    public int Input { get; }

    public string Name => Value.Name;

    public Parameter Parameter { get; }

    /// <summary>One where a weight stays and zero where it is pruned; null where none is.</summary>
    public Tensor? Mask { get; private set; }

    /// <summary>Makes weights zero, and keeps them so from now on.</summary>
    public void SetMask(Tensor mask)
    {
        Mask?.Dispose();
        Mask = mask.DetachFromDisposeScope();
        ApplyMask();
    }

    /// <summary>Makes zero again what an optimizer has moved.</summary>
    public void ApplyMask()
    {
        if (Mask is { } mask)
        {
            using (torch.no_grad())
            {
                Parameter.mul_(mask);
            }
        }
    }

    /// <summary>Which weights move together; null where each moves by itself.</summary>
    public WeightClusters? Clusters { get; private set; }

    /// <summary>Ties weights of the same value from now on, where there are few values.</summary>
    /// <param name="most">Values that are few.</param>
    public void KeepClusters(int most)
    {
        Clusters?.Dispose();
        Clusters = WeightClusters.Of(Parameter, most);
    }

    public void Dispose()
    {
        Clusters?.Dispose();
        Mask?.Dispose();
        Parameter.Dispose();
    }
}
