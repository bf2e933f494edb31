using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>One axis of a tensor that is sampled anew (ONNX: Resize), and how.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ResizeAxis
{
    /// <summary>Describes an axis.</summary>
    /// <param name="length">Elements along it before; at least 1 where there is a result.</param>
    /// <param name="result">Elements along it afterwards.</param>
    /// <param name="transformation">
    /// Where an element of the result lies in the input, by ONNX's <c>coordinate_transformation_mode</c>: 0 half_pixel, 1
    /// half_pixel_symmetric, 2 pytorch_half_pixel, 3 align_corners, 4 asymmetric, 5 tf_half_pixel_for_nn, 6 tf_crop_and_resize.
    /// </param>
    /// <param name="rounding">
    /// Which element is the nearest, by ONNX's <c>nearest_mode</c>: 0 round_prefer_floor, 1 round_prefer_ceil, 2 floor, 3 ceil.
    /// </param>
    /// <param name="reach">Neighbours on either side that count: 0 for the nearest alone, 1 for linear, 2 for cubic interpolation.</param>
    /// <param name="cubicCoefficient">ONNX's <c>cubic_coeff_a</c>.</param>
    /// <param name="antialias">Whether the filter is as wide as an element of the result, where that is wider.</param>
    /// <param name="excludeOutside">Whether neighbours outside the input do not count, instead of being the edge's once more.</param>
    public ResizeAxis(
        int length, int result, int transformation, int rounding = 0, int reach = 0, float cubicCoefficient = 0, bool antialias = false,
        bool excludeOutside = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(result);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, result == 0 ? 0 : 1);
        ArgumentOutOfRangeException.ThrowIfNegative(reach);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reach, 2);
        Length = length;
        Result = result;
        Transformation = transformation;
        Rounding = rounding;
        Reach = reach;
        CubicCoefficient = cubicCoefficient;
        Antialias = antialias;
        ExcludeOutside = excludeOutside;
    }

    /// <summary>Elements before.</summary>
    public int Length { get; }

    /// <summary>Elements afterwards.</summary>
    public int Result { get; }

    /// <summary>Where elements of the result lie.</summary>
    public int Transformation { get; }

    /// <summary>Which element is the nearest.</summary>
    public int Rounding { get; }

    /// <summary>Neighbours on either side.</summary>
    public int Reach { get; }

    /// <summary>Parameter of the cubic filter.</summary>
    public float CubicCoefficient { get; }

    /// <summary>Whether the filter widens.</summary>
    public bool Antialias { get; }

    /// <summary>Whether the edge stops the filter.</summary>
    public bool ExcludeOutside { get; }

    /// <summary>How many neighbours an element of the result has at most.</summary>
    /// <param name="length">Elements along the axis.</param>
    /// <param name="scale">How much longer the result is.</param>
    /// <param name="reach">As above.</param>
    /// <param name="antialias">As above.</param>
    public static int Taps(int length, float scale, int reach, bool antialias) =>
        (int)long.Min(length, reach == 0 ? 1 : 2 * Width(scale, reach, antialias));

    /// <summary>Neighbours on either side with the filter as wide as it is.</summary>
    internal static long Width(float scale, int reach, bool antialias) =>
        (long)double.Min(Math.Ceiling(reach / (antialias ? double.Min(scale, 1) : 1)), int.MaxValue);

    /// <summary>Where an element of the result lies in the input.</summary>
    /// <param name="index">Its place in the result.</param>
    /// <param name="scale">How much longer the result is.</param>
    /// <param name="start">Where the region begins that becomes the result: 0 is the first element, 1 the last.</param>
    /// <param name="end">Where it ends.</param>
    /// <remarks>In float32, since that is how others do it: at halves it decides what is nearest.</remarks>
    internal float Coordinate(int index, float scale, float start, float end) => Transformation switch
    {
        0 => ((index + 0.5f) / scale) - 0.5f,
        1 => (Length / 2f * (1 - (Result / (scale * Length)))) + ((index + 0.5f) / scale) - 0.5f,
        2 => Result > 1 ? ((index + 0.5f) / scale) - 0.5f : 0,
        3 => Result > 1 ? index * (Length - 1f) / (Result - 1f) : 0,
        4 => index / scale,
        5 => (index + 0.5f) / scale,
        _ => Result > 1
            ? (start * (Length - 1f)) + (index * (end - start) * (Length - 1f) / (Result - 1f))
            : 0.5f * (start + end) * (Length - 1f),
    };

    /// <summary>Whether a coordinate is outside the input and therefore has a value of its own.</summary>
    internal bool IsOutside(float x) => Transformation == 6 && !(x >= 0 && x <= Length - 1);

    /// <summary>The element that is nearest to a coordinate.</summary>
    internal int Nearest(float x)
    {
        float nearest = Rounding switch
        {
            2 => MathF.Floor(x),
            3 => MathF.Ceiling(x),
            1 => MathF.Floor(x + 0.5f),
            _ => MathF.Ceiling(x - 0.5f),
        };
        return nearest >= Length - 1 ? Length - 1 : nearest > 0 ? (int)nearest : 0;
    }
}
