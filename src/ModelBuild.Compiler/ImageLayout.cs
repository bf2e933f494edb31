namespace ModelBuild.Compiler;

/// <summary>How the numbers of a picture lie in a model's input.</summary>
public enum ImageLayout
{
    /// <summary>A plane for each channel: [N, C, H, W].</summary>
    Nchw,

    /// <summary>The channels of a place together: [N, H, W, C].</summary>
    Nhwc,
}
