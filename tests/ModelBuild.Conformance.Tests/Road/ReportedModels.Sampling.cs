using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Operators that read a tensor at other places than its own.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Sampling => new(StringComparer.Ordinal)
    {
        ["bytes of an image resized between them"] = () => Model(13, g => g.Constant("s", Tensor.Of([1f, 1, 2, 0.5f], 4))
            .Input("x", DataType.UInt8, "N", 3, 6, 9).Output("y", DataType.UInt8)
            .Node("Resize", ["x", "", "s"], ["y"], ("mode", "linear"))),
        ["whole numbers resized between them"] = () => Model(13, g => g.Constant("s", Tensor.Of([1f, 1, 2, 2], 4))
            .Input("x", DataType.Int32, "N", 2, 4, 5).Output("y", DataType.Int32)
            .Node("Resize", ["x", "", "s"], ["y"], ("mode", "linear"), ("coordinate_transformation_mode", "align_corners"))),
        ["resize nearest between convs"] = () => BetweenConvs(13, g => g.Constant("s", Tensor.Of([1f, 1f, 2f, 2f], 4)),
            ["a", "", "s"], ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")),
        ["resize linear between convs"] = () => BetweenConvs(13, g => g.Constant("s", Tensor.Of([1f, 1f, 2f, 3f], 4)),
            ["a", "", "s"], ("mode", "linear"), ("coordinate_transformation_mode", "pytorch_half_pixel")),
        ["resize linear to the size of another tensor"] = () => Model(13, g => g.Integers("z", 0).Integers("t", 2).Integers("e", 4)
            .Constant("w", Values(1, 4, 3, 3, 3)).Input("x", "N", 3, 9, 7).Output("y")
            .Node("Conv", ["x", "w"], ["c"], ("strides", Two(2)), ("pads", s_ones)).Node("Shape", ["c"], ["sc"])
            .Node("Shape", ["x"], ["sx"]).Node("Slice", ["sc", "z", "t"], ["nc"]).Node("Slice", ["sx", "t", "e"], ["hw"])
            .Node("Concat", ["nc", "hw"], ["size"], ("axis", 0))
            .Node("Resize", ["c", "", "", "size"], ["y"], ("mode", "linear"), ("coordinate_transformation_mode", "align_corners"))),
        ["resize linear half pixel smaller and larger"] = () =>
            Resized(13, [2, 3, 9, 4], [2, 3, 4, 11], ("mode", "linear")),
        ["resize linear to one row"] = () => Resized(13, [1, 2, 5, 6], [1, 2, 1, 13], ("mode", "linear"),
            ("coordinate_transformation_mode", "align_corners")),
        ["resize cubic smaller and larger"] = () => Resized(13, [1, 2, 5, 6], [1, 2, 9, 4], ("mode", "cubic")),
        ["resize cubic exclude outside"] = () => Resized(13, [1, 2, 5, 6], [1, 2, 8, 9], ("mode", "cubic"), ("exclude_outside", 1),
            ("cubic_coeff_a", -0.5f)),
        ["resize trilinear"] = () => Resized(13, [1, 2, 3, 4, 5], [1, 2, 5, 3, 8], ("mode", "linear")),
        ["resize of a sequence"] = () => Resized(13, [2, 3, 7], [2, 3, 12], ("mode", "linear")),
        ["resize antialias linear"] = () => Resized(18, [1, 2, 11, 9], [1, 2, 4, 5], ("mode", "linear"), ("antialias", 1)),
        ["resize antialias cubic"] = () => Resized(18, [1, 2, 11, 9], [1, 2, 4, 13], ("mode", "cubic"), ("antialias", 1)),
        ["resize antialias linear exclude outside"] = () => Resized(18, [1, 2, 11, 9], [1, 2, 4, 5], ("mode", "linear"), ("antialias", 1),
            ("exclude_outside", 1)),
        ["resize nearest half pixel"] = () => Resized(13, [1, 2, 10, 7], [1, 2, 3, 11]),
        ["resize nearest ceil asymmetric"] = () => Resized(13, [1, 2, 10, 7], [1, 2, 6, 9], ("nearest_mode", "ceil"),
            ("coordinate_transformation_mode", "asymmetric")),
        ["resize nearest prefer ceil align corners"] = () => Resized(13, [1, 2, 10, 7], [1, 2, 4, 13],
            ("nearest_mode", "round_prefer_ceil"), ("coordinate_transformation_mode", "align_corners")),
        ["resize nearest tf half pixel opset 11"] = () => Resized(11, [1, 2, 4, 7], [1, 2, 8, 5], ("nearest_mode", "floor"),
            ("coordinate_transformation_mode", "tf_half_pixel_for_nn")),
        ["resize nearest of channels and batch"] = () => Resized(13, [2, 3, 2, 2], [4, 5, 2, 3]),
        ["resize nearest of integers"] = () => Model(13, g => g.Integers("size", 2, 3, 8, 3).Input("x", DataType.Int32, 2, 3, 4, 4)
            .Output("y", DataType.Int32).Node("Resize", ["x", "", "", "size"], ["y"])),
        ["resize crop"] = () => Model(13, g => g.Constant("roi", Tensor.Of([0f, 0f, 0.4f, 0.2f, 1f, 1f, 1.2f, 0.7f], 8))
            .Integers("size", 1, 2, 5, 6).Input("x", 1, 2, 6, 7).Output("y")
            .Node("Resize", ["x", "roi", "", "size"], ["y"], ("mode", "linear"),
                ("coordinate_transformation_mode", "tf_crop_and_resize"), ("extrapolation_value", 7f))),
        ["resize keeps the aspect"] = () => Model(18, g => g.Integers("size", 7, 8).Input("x", "N", 2, 4, 6).Output("y")
            .Node("Resize", ["x", "", "", "size"], ["y"], ("axes", L(2, 3)), ("keep_aspect_ratio_policy", "not_larger"))),
        ["resize opset 11 with empty inputs"] = () => Model(11, g => g.Constant("none", Tensor.Of(Array.Empty<float>(), 0))
            .Integers("size", 1, 2, 8, 3).Input("x", 1, 2, 4, 4).Output("y")
            .Node("Resize", ["x", "none", "none", "size"], ["y"], ("mode", "linear"))),
        ["resize opset 10 larger and smaller"] = () => Model(10, g => g.Constant("s", Tensor.Of([1f, 1f, 2f, 0.6f], 4))
            .Input("x", "N", 2, 3, 7).Output("y").Node("Resize", ["x", "s"], ["y"])),
        ["upsample opset 9 linear"] = () => Model(9, g => g.Constant("s", Tensor.Of([1f, 1f, 2f, 3f], 4))
            .Input("x", "N", 2, 3, 4).Output("y").Node("Upsample", ["x", "s"], ["y"], ("mode", "linear"))),
        ["upsample opset 7"] = () => One(7, ["N", 2, 3, 4], "Upsample", ("scales", new[] { 1f, 1f, 2f, 2f })),
        ["QDQ resize nearest"] = () => Model(13, g => Scales(g).Constant("z", Tensor.Of([(byte)128], []))
            .Constant("s", Tensor.Of([1f, 1f, 2f, 2f], 4)).Input("x", "N", 3, 4, 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z"], ["d"])
            .Node("Resize", ["d", "", "s"], ["r"]).Node("QuantizeLinear", ["r", "s1", "z"], ["o"])
            .Node("DequantizeLinear", ["o", "s1", "z"], ["y"])),
        ["QDQ resize linear"] = () => Model(13, g => Scales(g).Constant("z", Tensor.Of([(byte)128], []))
            .Constant("s2", Tensor.Scalar(0.03f)).Constant("z2", Tensor.Of([(byte)100], []))
            .Constant("s", Tensor.Of([1f, 1f, 2f, 1.5f], 4)).Input("x", "N", 3, 4, 4).Output("y")
            .Node("QuantizeLinear", ["x", "s1", "z"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z"], ["d"])
            .Node("Resize", ["d", "", "s"], ["r"], ("mode", "linear")).Node("QuantizeLinear", ["r", "s2", "z2"], ["o"])
            .Node("DequantizeLinear", ["o", "s2", "z2"], ["y"])),
        ["grid sample of a conv"] = () => Model(16, g => g.Constant("w", Values(1, 5, 3, 3, 3)).Input("x", "N", 3, 6, 7)
            .Input("grid", "N", 4, 5, 2).Output("y")
            .Node("Conv", ["x", "w"], ["c"]).Node("GridSample", ["c", "grid"], ["y"])),
        ["grid sample border"] = () => Sampled(16, ("padding_mode", "border"), ("align_corners", 1)),
        ["grid sample reflection"] = () => Sampled(16, ("padding_mode", "reflection")),
        ["grid sample reflection corners"] = () => Sampled(20, ("padding_mode", "reflection"), ("align_corners", 1)),
        ["grid sample cubic reflection"] = () => Sampled(20, ("mode", "cubic"), ("padding_mode", "reflection")),
        ["grid sample cubic border"] = () => Sampled(16, ("mode", "bicubic"), ("padding_mode", "border")),
        ["grid sample nearest border"] = () => Sampled(16, ("mode", "nearest"), ("padding_mode", "border")),
        ["roi align of a conv"] = () => Model(16, g => Regions(g).Constant("w", Values(1, 5, 3, 3, 3)).Input("x", 2, 3, 12, 10)
            .Output("y").Node("Conv", ["x", "w"], ["c"]).Node("RoiAlign", ["c", "regions", "images"], ["y"],
                ("output_height", 3), ("output_width", 2), ("sampling_ratio", 2), ("spatial_scale", 0.5f))),
        ["roi align opset 10 adaptive"] = () => Model(10, g => Regions(g).Input("x", 2, 3, 12, 10).Output("y")
            .Node("RoiAlign", ["x", "regions", "images"], ["y"], ("output_height", 2), ("output_width", 3), ("spatial_scale", 0.5f))),
        ["max roi pool"] = () => Model(13, g => g
            .Constant("regions", Tensor.Of([0f, 1f, 2f, 8f, 11f, 1f, 4f, 4f, 5f, 9f, 1f, 12f, 3f, 30f, 7f], 3, 5))
            .Input("x", 2, 3, 12, 10).Output("y")
            .Node("MaxRoiPool", ["x", "regions"], ["y"], ("pooled_shape", L(3, 2)), ("spatial_scale", 0.5f))),
        ["max unpool"] = () => Model(11, g => g.Constant("i", Tensor.Of([0L, 3, 13, 10, 16, 18, 24, 31], 1, 2, 2, 2)).Input("x", 1, 2, 2, 2)
            .Output("y").Node("MaxUnpool", ["x", "i"], ["y"], ("kernel_shape", Two(2)), ("strides", Two(2)))),
        ["col2im that overlaps"] = () => Model(18, g => g.Integers("image", 5, 6).Integers("block", 2, 3)
            .Input("x", 2, 18, 20).Output("y")
            .Node("Col2Im", ["x", "image", "block"], ["y"], ("pads", L(0, 1, 1, 0)), ("dilations", L(2, 1)))),
    };

    private static byte[] Resized(long opset, long[] from, long[] to, params (string, object)[] attributes) => Model(opset, g => g
        .Constant("none", Tensor.Of(Array.Empty<float>(), 0)).Integers("size", to).Input("x", [.. from.Cast<object>()]).Output("y")
        .Node("Resize", opset < 13 ? ["x", "none", "none", "size"] : ["x", "", "", "size"], ["y"], attributes));

    private static byte[] BetweenConvs(
        long opset, Func<OnnxGraph, OnnxGraph> more, string[] inputs, params (string, object)[] attributes) => Model(opset, g => more(g)
        .Constant("w", Values(1, 8, 3, 3, 3)).Constant("v", Values(2, 4, 8, 3, 3)).Input("x", "N", 3, 8, 6).Output("y")
        .Node("Conv", ["x", "w"], ["c"], ("pads", s_ones)).Node("Relu", ["c"], ["a"]).Node("Resize", inputs, ["r"], attributes)
        .Node("Conv", ["r", "v"], ["y"], ("pads", s_ones)));

    private static byte[] Sampled(long opset, params (string, object)[] attributes) => Model(opset, g => g
        .Input("x", 2, 3, 5, 6).Input("grid", 2, 4, 5, 2).Output("y").Node("GridSample", ["x", "grid"], ["y"], attributes));

    private static OnnxGraph Regions(OnnxGraph graph) => graph
        .Constant("regions", Tensor.Of([1f, 2f, 8.5f, 11f, 4f, 4.25f, 5f, 5f, -3f, 0f, 30f, 9f], 3, 4))
        .Constant("images", Tensor.Of([0L, 1, 1], 3));
}
