using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>What a loss is computed of: a batch and what the network makes of it. Valid only during the call that gets it.</summary>
public sealed class TrainingBatch
{
    internal TrainingBatch(IReadOnlyDictionary<string, Tensor> inputs, Tensor? labels, Tensor? targets)
    {
        Inputs = inputs;
        Labels = labels;
        Targets = targets;
    }

    /// <summary>[batch, …] by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Inputs { get; }

    /// <summary>int64, [batch] or [batch, positions]; null where the data has none.</summary>
    public Tensor? Labels { get; }

    /// <summary>float32, [batch, elements]; null where the data has none.</summary>
    public Tensor? Targets { get; }

    /// <summary>The network's outputs by name, and with gradients.</summary>
    public IReadOnlyDictionary<string, Tensor> Outputs { get; internal set; } = new Dictionary<string, Tensor>();

    /// <summary>
    /// What goes into the Softmax that an output comes from, by the output's name; the output itself where there is none.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Logits { get; internal set; } = new Dictionary<string, Tensor>();

    /// <summary>Tensors between inputs and outputs that a loss has asked for, by name.</summary>
    internal IReadOnlyDictionary<string, Tensor> Between { get; set; } = new Dictionary<string, Tensor>();

    /// <summary>The samples that the inputs are, unchanged, and which of them; null where that is not known.</summary>
    internal (LoadedData Samples, Tensor Rows)? Origin { get; init; }
}
