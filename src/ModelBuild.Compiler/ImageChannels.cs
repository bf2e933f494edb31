namespace ModelBuild.Compiler;

/// <summary>Which channels a model takes of a picture, in their order.</summary>
public enum ImageChannels
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red, as OpenCV has them.</summary>
    Bgr,

    /// <summary>One: 0.299 of red, 0.587 of green and 0.114 of blue.</summary>
    Gray,
}
