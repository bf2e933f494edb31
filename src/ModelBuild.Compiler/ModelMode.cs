namespace ModelBuild.Compiler;

/// <summary>How a model is stored and computed. <see cref="ModelModeNames"/> has the words for it.</summary>
public enum ModelMode
{
    /// <summary>float32 weights and arithmetic.</summary>
    Fp32,

    /// <summary>Weights stored in 16 bits, widened once when they are first touched; float32 arithmetic.</summary>
    Fp16,

    /// <summary>8-bit weights; activations of matrix products quantized at run time, row by row.</summary>
    Int8Dynamic,

    /// <summary>8-bit weights and activations, calibrated, integer arithmetic.</summary>
    Int8,

    /// <summary>
    /// 8-bit weights, and 16-bit activations where convolutions and matrix products read them, calibrated: their arithmetic is that of
    /// integers, all between them is float32.
    /// </summary>
    Int16x8,

    /// <summary>
    /// 8-bit weights and activations, with as many tensors in 16 bits or in float as a budget needs: those that cost most in 8 bits.
    /// </summary>
    Auto,

    /// <summary>
    /// Weights stored in 8 bits with a scale and a zero point per output, expanded once when they are first touched; float32 arithmetic.
    /// </summary>
    Int8Weights,

    /// <summary>
    /// The same, but weights of matrix products and rows of tables in 4 bits with a scale and a zero point per block of 32.
    /// </summary>
    Int4Weights,
}
