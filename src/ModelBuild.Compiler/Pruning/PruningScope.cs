namespace ModelBuild.Compiler.Pruning;

/// <summary>For what the sparsity that is asked for has to hold.</summary>
public enum PruningScope
{
    /// <summary>For each layer by itself.</summary>
    Layer,

    /// <summary>For all of them together: layers that the result depends on keep more.</summary>
    Global,
}
