namespace ModelBuild.Compiler.Pruning;

/// <summary>What says which weights a model can do without.</summary>
public enum PruningCriterion
{
    /// <summary>The smallest weights become zero, and all others stay.</summary>
    Magnitude,

    /// <summary>
    /// Weights become zero whose loss the others can make up for on the samples, and these are changed so that they do. Needs samples, no
    /// labels.
    /// </summary>
    SecondOrder,
}
