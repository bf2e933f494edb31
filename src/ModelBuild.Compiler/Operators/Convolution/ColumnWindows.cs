using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>The windows of a Col2Im, one entry for each axis of the image.</summary>
/// <param name="Image">Elements of the image.</param>
/// <param name="Block">Elements of a window.</param>
/// <param name="Count">Number of windows.</param>
/// <param name="Strides">Steps between windows.</param>
/// <param name="Dilations">Steps between the elements of a window.</param>
/// <param name="Begin">Padding before the first element.</param>
internal sealed record ColumnWindows(
    Dimension[] Image, Dimension[] Block, Dimension[] Count, long[] Strides, long[] Dilations, long[] Begin);
