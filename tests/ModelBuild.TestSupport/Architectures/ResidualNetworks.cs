namespace ModelBuild.TestSupport;

/// <summary>ResNet (He et al. 2015), as torchvision has it.</summary>
internal static class ResidualNetworks
{
    /// <param name="blocks">In each of the four stages.</param>
    /// <param name="isBottleneck">Three convolutions in a block instead of two: ResNet-50.</param>
    /// <param name="width">Channels of the first stage: 64.</param>
    /// <param name="classes">1000.</param>
    /// <param name="isFolded">False leaves BatchNormalization in the graph.</param>
    public static NetworkFile Write(int[] blocks, bool isBottleneck, int width, int classes, bool isFolded)
    {
        var net = new NetworkWriter(isFolded);
        FeatureMap x = net.Image(3, "height", "width");
        x = net.Pool(net.Block(x, width, 7, "Relu", stride: 2), "MaxPool", 3, 2, pad: 1);
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            for (int block = 0; block < blocks[stage]; block++)
            {
                net.Module = $"/layer{stage + 1}/layer{stage + 1}.{block}";
                x = Block(net, x, width << stage, stage > 0 && block == 0 ? 2 : 1, isBottleneck);
            }
        }

        net.Module = "/fc";
        net.Output("logits", net.Classify(x, classes));
        return net.Finish();
    }

    /// <summary>The branch adds little to what goes past it, so that sums do not grow from block to block.</summary>
    private static FeatureMap Block(NetworkWriter net, FeatureMap x, int width, int stride, bool isBottleneck)
    {
        int outputs = isBottleneck ? 4 * width : width;
        FeatureMap y = isBottleneck
            ? net.Block(net.Block(net.Block(x, width, 1, "Relu"), width, 3, "Relu", stride), outputs, 1, null, gain: 0.4)
            : net.Block(net.Block(x, width, 3, "Relu", stride), outputs, 3, null, gain: 0.4);
        FeatureMap past = stride == 1 && x.Channels == outputs ? x : net.Block(x, outputs, 1, null, stride);
        return net.Activate(net.Add(y, past), "Relu");
    }
}
