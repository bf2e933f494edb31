using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Pruning.Channels;

/// <summary>A constant with an element, or a slice, for each channel.</summary>
/// <param name="Node">That reads it.</param>
/// <param name="Input">Where.</param>
/// <param name="Axis">Along which the channels lie.</param>
/// <param name="Channels">Along this axis.</param>
/// <param name="Kind">What it is to the channels.</param>
internal sealed record ChannelUse(Node Node, int Input, int Axis, int[] Channels, ChannelUseKind Kind);
