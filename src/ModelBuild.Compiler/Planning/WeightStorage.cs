namespace ModelBuild.Compiler.Planning;

/// <summary>How float32 constants are stored where that loses nothing: their values were rounded before.</summary>
internal enum WeightStorage
{
    /// <summary>As they are.</summary>
    Plain,

    /// <summary>As halves, or, where that is asked and they are not, as codes of 16 bits.</summary>
    Halves,

    /// <summary>As codes of 8 or 4 bits where that is asked, or of 16 (<see cref="CodedWeights"/>).</summary>
    Codes,
}
