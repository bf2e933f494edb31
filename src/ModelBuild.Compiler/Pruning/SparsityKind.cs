namespace ModelBuild.Compiler.Pruning;

/// <summary>What kind of weights become zero together.</summary>
public enum SparsityKind
{
    /// <summary>Each weight by itself.</summary>
    Unstructured,

    /// <summary>Blocks of neighbouring outputs and inputs.</summary>
    Blocks,

    /// <summary>Two of every four neighbouring inputs.</summary>
    TwoOfFour,

    /// <summary>All weights of an output, which can then be removed.</summary>
    Channels,
}
