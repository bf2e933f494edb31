using ModelBuild.Compiler.Graphs;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Operators;

/// <summary>The attributes of a Resize as its kernels number them (<see cref="ResizeAxis"/>).</summary>
internal readonly record struct ResizeAttributes(
    int Transformation, int Rounding, int Reach, float CubicCoefficient, bool Antialias, bool ExcludeOutside)
{
    /// <summary>By the number that kernels have for each.</summary>
    public static IReadOnlyList<string> Transformations { get; } =
    [
        "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn",
        "tf_crop_and_resize",
    ];

    /// <inheritdoc cref="Transformations"/>
    public static IReadOnlyList<string> Roundings { get; } = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];

    /// <summary>By the number of neighbours on either side that count.</summary>
    public static IReadOnlyList<string> Modes { get; } = ["nearest", "linear", "cubic"];

    /// <summary>Those of a node whose texts have been checked.</summary>
    public static ResizeAttributes Of(Node node) => new(
        Number(node, "coordinate_transformation_mode", Transformations), Number(node, "nearest_mode", Roundings),
        Number(node, "mode", Modes), node.Float("cubic_coeff_a", -0.75f), node.Int("antialias") != 0, node.Int("exclude_outside") != 0);

    /// <summary>An axis of known lengths.</summary>
    public ResizeAxis At(ResizedAxis axis) =>
        new(axis.Length, axis.Result, Transformation, Rounding, Reach, CubicCoefficient, Antialias, ExcludeOutside);

    private static int Number(Node node, string attribute, IReadOnlyList<string> names)
    {
        string text = node.Text(attribute, names[0]);
        return names.TakeWhile(n => n != text).Count();
    }
}
