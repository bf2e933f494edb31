using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>Conformer (Gulati et al. 2020): attention and convolution over the frames of a piece of speech.</summary>
internal static class Conformers
{
    /// <param name="blocks">How many.</param>
    /// <param name="width">Features of a frame: 256.</param>
    /// <param name="heads">4.</param>
    /// <param name="kernel">Of the convolution over frames: 31.</param>
    public static NetworkFile Write(int blocks, int width, int heads, int kernel)
    {
        var net = new NetworkWriter(isFolded: false);
        string x = net.Input("frames", DataType.Float32, 0, "batch", "time", width);
        for (int block = 0; block < blocks; block++)
        {
            net.Module = $"/layers.{block}";
            x = net.Node("Add", [x, Half(x)]);
            x = net.Node("Add", [x, Transformers.Attend(net, net.LayerNorm(x, width), width, heads)]);
            x = net.Node("Add", [x, Convolve(net, net.LayerNorm(x, width), width, kernel)]);
            x = net.LayerNorm(net.Node("Add", [x, Half(x)]), width);
        }

        net.Module = "/head";
        net.Output("encoded", x);
        return net.Finish();

        string Half(string input) => net.Node(
            "Mul", [Transformers.FeedForward(net, net.LayerNorm(input, width), width, "Silu"), net.Number(0.5f)]);
    }

    private static string Convolve(NetworkWriter net, string x, int width, int kernel)
    {
        FeatureMap y = new(net.Node("Transpose", [x], ("perm", new long[] { 0, 2, 1 })), width);
        string[] halves = net.Nodes(
            "Split", 2, [net.Conv(y, 2 * width, 1, dimensions: 1).Name, net.Integers(width, width)], ("axis", 1));
        y = y with { Name = net.Node("Mul", [halves[0], net.Node("Sigmoid", [halves[1]])]) };
        y = net.Block(y, width, kernel, "Silu", groups: width, dimensions: 1);
        return net.Node("Transpose", [net.Conv(y, width, 1, gain: 0.5, dimensions: 1).Name], ("perm", new long[] { 0, 2, 1 }));
    }
}
