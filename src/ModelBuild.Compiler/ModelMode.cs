namespace ModelBuild.Compiler;

/// <summary>How a model is stored and computed.</summary>
public enum ModelMode
{
    /// <summary>float32 weights and arithmetic.</summary>
    Fp32,

    /// <summary>Weights stored as halves, widened once when they are first touched; float32 arithmetic.</summary>
    Fp16,

    /// <summary>8-bit weights; activations of matrix products quantized at run time, row by row.</summary>
    Int8Dynamic,

    /// <summary>8-bit weights and activations, calibrated, integer arithmetic.</summary>
    Int8,

    /// <summary>The same, with as many tensors in float as a budget needs: those that cost most in 8 bits.</summary>
    Auto,
}
