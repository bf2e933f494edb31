namespace ModelBuild.Compiler.Pruning.Channels;

/// <summary>What a constant is to channels.</summary>
internal enum ChannelUseKind
{
    /// <summary>Weights that make them.</summary>
    Makes,

    /// <summary>Weights that multiply them, all in one sum.</summary>
    Reads,

    /// <summary>A number for each: a bias, a factor, the weights of a depthwise convolution.</summary>
    Follows,
}
