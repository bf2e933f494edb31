namespace ModelBuild.Runtime.Kernels;

/// <summary>What machine code can make of sums before they leave their registers.</summary>
internal enum FinishingTarget
{
    /// <summary><see cref="EpilogueKind.ToUInt8"/>.</summary>
    Codes,

    /// <summary><see cref="EpilogueKind.AddToUInt8"/>.</summary>
    CodesWithResidual,

    /// <summary>Floats whose rows have parameters of their own: <see cref="DynamicQuantization.Dequantize"/>.</summary>
    FloatsOfRows,

    /// <summary><see cref="EpilogueKind.Store"/>.</summary>
    Floats,

    /// <summary><see cref="EpilogueKind.AddAndStore"/>.</summary>
    FloatsWithResidual,
}
