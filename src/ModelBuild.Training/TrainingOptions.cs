using TorchSharp;

namespace ModelBuild.Training;

/// <summary>How a model is trained. Immutable: any thread may use it.</summary>
public sealed record TrainingOptions
{
    /// <summary>How often all samples are gone through; at least 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Samples in a step; at least 1.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>What changes the weights.</summary>
    public OptimizerSettings Optimizer { get; init; } = Optimizers.AdamW(1e-3);

    /// <summary>What the optimizer's learning rate is multiplied with.</summary>
    public LearningRate Schedule { get; init; } = LearningRates.Constant();

    /// <summary>
    /// Chooses the order of samples, and weights where they begin anew. The same seed on the same machine with the same number of threads
    /// gives the same model.
    /// </summary>
    public int Seed { get; init; }

    /// <summary>Gradients whose norm, all together, is larger are made that long; 0 for no bound.</summary>
    public double MaxGradientNorm { get; init; }

    /// <summary>Names of weights that stay as they are; <c>*</c> and <c>?</c> stand for any characters and any one.</summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>Whether normalizations keep their running statistics and compute with them in training too.</summary>
    public bool FreezeStatistics { get; init; }

    /// <summary>Whether weights that are zero in the model stay zero: for models that were pruned before.</summary>
    public bool KeepZeros { get; init; }

    /// <summary>
    /// Whether weights of a layer that have few values keep them few: all of one value move together, and zeros stay zero. For models whose
    /// weights were clustered before.
    /// </summary>
    public bool KeepClusters { get; init; }

    /// <summary>Ends training early; null to go through all epochs.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>
    /// A file that holds all that is needed to go on (<see cref="Trainer.Resume"/>): written after each epoch and where training is
    /// cancelled, whole or not at all. Null for none.
    /// </summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Where to train: the processor, or a device of LibTorch's such as CUDA; null is the processor.</summary>
    public torch.Device? Device { get; init; }

    /// <summary>
    /// Changes the inputs of each batch in training, such as by mirroring: gets the inputs by name and the seed of the step, and gives
    /// those to train on. Null for none.
    /// </summary>
    public Func<IReadOnlyDictionary<string, torch.Tensor>, int, IReadOnlyDictionary<string, torch.Tensor>>? Augment { get; init; }
}
