using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Fourier transforms, grids, and operators with a state.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Signals => new(StringComparer.Ordinal)
    {
        ["pairs and triples of numbers counted"] = () => Grams("TF", 12),
        ["pairs and triples of numbers, there or not"] = () => Grams("IDF", 12),
        ["pairs and triples of numbers weighed"] = () => Grams("TFIDF", 12),
        ["pairs and triples of numbers in a row too short"] = () => Grams("TF", 2),
        ["pairs and triples of numbers in a row of any length"] = () => Grams("TFIDF", "T"),
        ["dft of reals"] = () => One(17, ["N", 10, 1], "DFT"),
        ["dft one-sided"] = () => One(17, ["N", 9, 3, 1], "DFT", ("axis", 1), ("onesided", 1)),
        ["dft of complex numbers, padded"] = () => Model(20, g => g.Constant("n", Tensor.Of([12L], [])).Constant("a", Tensor.Of([1L], []))
            .Input("x", 2, 7, 5, 2).Output("y").Node("DFT", ["x", "n", "a"], ["y"])),
        ["dft inverse, cut"] = () => Model(20, g => g.Constant("n", Tensor.Of([8L], [])).Constant("a", Tensor.Of([-2L], []))
            .Input("x", "N", 11, 2).Output("y").Node("DFT", ["x", "n", "a"], ["y"], ("inverse", 1))),
        ["stft with a window of Hann"] = () => Model(17, g => g.Constant("s", Tensor.Of([16L], [])).Constant("n", Tensor.Of([48L], []))
            .Input("x", "N", 300, 1).Output("y")
            .Node("HannWindow", ["n"], ["w"]).Node("STFT", ["x", "s", "w", "n"], ["y"], ("onesided", 1))),
        ["stft without a window, two-sided"] = () => Model(17, g => g.Constant("s", Tensor.Of([10L], []))
            .Constant("n", Tensor.Of([25L], [])).Input("x", 2, 90, 1).Output("y")
            .Node("STFT", ["x", "s", "", "n"], ["y"], ("onesided", 0))),
        ["mel spectrogram"] = () => Model(17, g => g.Constant("s", Tensor.Of([32L], [])).Constant("n", Tensor.Of([64L], []))
            .Constant("b", Tensor.Of([8L], [])).Constant("r", Tensor.Of([8000L], [])).Constant("lo", Tensor.Scalar(50f))
            .Constant("hi", Tensor.Scalar(3800f)).Constant("e", Tensor.Scalar(1e-3f)).Integers("ax", 3).Input("x", "N", 320, 1).Output("y")
            .Node("HammingWindow", ["n"], ["w"], ("periodic", 0)).Node("STFT", ["x", "s", "w", "n"], ["f"])
            .Node("Mul", ["f", "f"], ["q"]).Node("ReduceSum", ["q", "ax"], ["p"], ("keepdims", 0))
            .Node("MelWeightMatrix", ["b", "n", "r", "lo", "hi"], ["m"]).Node("MatMul", ["p", "m"], ["t"])
            .Node("Add", ["t", "e"], ["z"]).Node("Log", ["z"], ["y"])),
        ["window of Blackman times a signal"] = () => Model(17, g => g.Constant("n", Tensor.Of([33], [])).Input("x", "N", 33).Output("y")
            .Node("BlackmanWindow", ["n"], ["w"]).Node("Mul", ["x", "w"], ["y"])),
        ["grid of affine matrices"] = () => Model(20, g => g.Integers("n", 2, 3, 4, 5).Input("x", 2, 3, 6, 7).Input("t", 2, 2, 3)
            .Output("y").Node("AffineGrid", ["t", "n"], ["g"]).Node("GridSample", ["x", "g"], ["y"])),
        ["grid of affine matrices for volumes"] = () => Model(20, g => g.Integers("n", 1, 3, 4, 5, 2).Input("t", 1, 3, 4).Output("y")
            .Node("AffineGrid", ["t", "n"], ["y"], ("align_corners", 1))),
        ["deformable conv"] = () => Model(19, g => g.Constant("w", Values(1, 6, 2, 3, 2)).Constant("k", Values(2, 6))
            .Input("x", 2, 4, 7, 6).Input("o", 2, 24, 4, 6).Input("m", 2, 12, 4, 6).Output("y")
            .Node("DeformConv", ["x", "w", "o", "k", "m"], ["y"], ("group", 2), ("offset_group", 2), ("strides", L(2, 1)),
                ("pads", L(1, 0, 1, 1)))),
        ["determinants"] = () => One(11, ["N", 3, 5, 5], "Det"),
        ["bits of floats"] = () => Model(26, g => g.Input("x", "N", 5).Output("y", DataType.Int32, "N", 5)
            .Node("BitCast", ["x"], ["y"], ("to", 6))),
    };

    private static Dictionary<string, Func<byte[]>> States => new(StringComparer.Ordinal)
    {
        ["cache written from the start"] = () => Model(24, g => g.Input("c", "N", 2, 6, 3).Input("u", "N", 2, 4, 3).Output("y")
            .Node("TensorScatter", ["c", "u"], ["y"])),
        ["cache written around its end"] = () => Model(24, g => g.Constant("i", Tensor.Of([4L, 1], 2)).Input("c", 2, 2, 6, 3)
            .Input("u", 2, 2, 4, 3).Output("y").Node("TensorScatter", ["c", "u", "i"], ["y"], ("mode", "circular"))),
    };

    /// <summary>Numbers are 0 or 1, as inputs are tried.</summary>
    private static byte[] Grams(string mode, object length) => Model(13, g => g.Input("x", DataType.Int64, "N", length).Output("y")
        .Node("TfIdfVectorizer", ["x"], ["y"], ("mode", mode), ("min_gram_length", 2), ("max_gram_length", 3), ("max_skip_count", 3),
            ("ngram_counts", L(0, 1, 7)), ("ngram_indexes", L(5, 0, 3, 2, 1, 6)), ("pool_int64s", L(1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1)),
            ("weights", new[] { 0.5f, 2, 3, 4, 5, 6 })));
}
