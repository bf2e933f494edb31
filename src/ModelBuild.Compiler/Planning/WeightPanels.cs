using ModelBuild.Runtime;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning;

/// <summary>How int8 weights lie once they are packed: rows of four inputs for each of 16 outputs.</summary>
internal static class WeightPanels
{
    /// <summary>Those of a matrix.</summary>
    /// <param name="inner">Inputs of an output.</param>
    public static (int Width, int Rows) OfInt8(int inner) =>
        (WeightPacking.PanelWidth * WeightPacking.QuadLength,
            ConvolutionShape.RoundUp(inner, WeightPacking.QuadLength) / WeightPacking.QuadLength);

    /// <summary>Those of a convolution.</summary>
    public static (int Width, int Rows) OfInt8(in ConvolutionShape shape) =>
        OfInt8(shape.KernelHeight * shape.SegmentsPerRow * ConvolutionShape.RoundUp(shape.SegmentLength, WeightPacking.QuadLength));

    /// <summary>Those of a depthwise convolution, whatever its type: rows of all channels.</summary>
    public static (int Width, int Rows) OfDepthwise(in ConvolutionShape shape) =>
        (ConvolutionShape.RoundUp(shape.OutputChannels, WeightPacking.PanelWidth), shape.Taps);
}
