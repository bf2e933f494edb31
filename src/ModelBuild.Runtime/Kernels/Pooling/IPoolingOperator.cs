namespace ModelBuild.Runtime.Kernels;

/// <summary>What a pooling makes of one window.</summary>
internal interface IPoolingOperator<TInput, TOutput>
{
    /// <typeparam name="TRegisters"><see cref="UpTo256"/> or <see cref="UpTo512"/>.</typeparam>
    /// <param name="window">The taps inside the input; there may be none.</param>
    /// <param name="input">The first channel of the first tap.</param>
    /// <param name="output">The first channel of the result.</param>
    void Invoke<TRegisters>(in PoolingWindow window, ref TInput input, ref TOutput output)
        where TRegisters : struct;
}
