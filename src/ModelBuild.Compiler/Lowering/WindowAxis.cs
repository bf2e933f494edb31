namespace ModelBuild.Compiler.Lowering;

/// <summary>A window along one axis.</summary>
/// <param name="Kernel">Taps.</param>
/// <param name="Stride">Elements from one window to the next.</param>
/// <param name="Dilation">Elements from one tap to the next.</param>
/// <param name="PadBegin">Padding before the first element.</param>
/// <param name="PadEnd">Padding behind the last element.</param>
internal readonly record struct WindowAxis(long Kernel, long Stride, long Dilation, long PadBegin, long PadEnd)
{
    /// <summary>Elements from the first tap to the last.</summary>
    public long Extent => ((Kernel - 1) * Dilation) + 1;
}
