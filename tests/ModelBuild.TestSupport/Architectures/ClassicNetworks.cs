namespace ModelBuild.TestSupport;

/// <summary>ShuffleNetV2, DenseNet and SqueezeNet, as torchvision has them.</summary>
internal static class ClassicNetworks
{
    /// <param name="stages">Channels of the three stages: 116, 232, 464 for x1.0.</param>
    /// <param name="repeats">Blocks in each: 4, 8, 4.</param>
    /// <param name="last">Channels of the last convolution: 1024.</param>
    /// <param name="classes">1000.</param>
    public static NetworkFile ShuffleNet(int[] stages, int[] repeats, int last, int classes)
    {
        var net = new NetworkWriter();
        FeatureMap x = net.Pool(net.Block(net.Image(3, "height", "width"), 24, 3, "Relu", stride: 2), "MaxPool", 3, 2, pad: 1);
        for (int stage = 0; stage < stages.Length; stage++)
        {
            long half = stages[stage] / 2;
            for (int i = 0; i < repeats[stage]; i++)
            {
                net.Module = $"/stage{stage + 2}/stage{stage + 2}.{i}";
                FeatureMap left;
                FeatureMap right = x;
                if (i == 0)
                {
                    left = net.Block(net.Block(x, x.Channels, 3, null, 2, x.Channels), half, 1, "Relu");
                }
                else
                {
                    string[] halves = net.Nodes("Split", 2, [x.Name, net.Integers(half, half)], ("axis", 1));
                    (left, right) = (new(halves[0], half), new(halves[1], half));
                }

                right = net.Block(right, half, 1, "Relu");
                right = net.Block(net.Block(right, half, 3, null, i == 0 ? 2 : 1, half), half, 1, "Relu");
                x = Shuffle(net, net.Concat(left, right));
            }
        }

        net.Module = "/fc";
        net.Output("logits", net.Classify(net.Block(x, last, 1, "Relu"), classes));
        return net.Finish();
    }

    /// <param name="blocks">Layers of each block: 6, 12, 24, 16.</param>
    /// <param name="growth">Channels that a layer adds: 32.</param>
    /// <param name="classes">1000.</param>
    public static NetworkFile DenseNet(int[] blocks, int growth, int classes)
    {
        var net = new NetworkWriter();
        FeatureMap x = net.Pool(net.Block(net.Image(3, "height", "width"), 2 * growth, 7, "Relu", stride: 2), "MaxPool", 3, 2, pad: 1);
        for (int block = 0; block < blocks.Length; block++)
        {
            for (int layer = 0; layer < blocks[block]; layer++)
            {
                net.Module = $"/features/denseblock{block + 1}/denselayer{layer + 1}";
                FeatureMap y = net.Block(net.Activate(net.Normalize(x), "Relu"), 4 * growth, 1, "Relu");
                x = net.Concat(x, net.Conv(y, growth, 3));
            }

            net.Module = $"/features/transition{block + 1}";
            x = net.Activate(net.Normalize(x), "Relu");
            x = block < blocks.Length - 1 ? net.Pool(net.Conv(x, x.Channels / 2, 1), "AveragePool", 2, 2) : x;
        }

        net.Module = "/classifier";
        net.Output("logits", net.Classify(x, classes));
        return net.Finish();
    }

    /// <summary>SqueezeNet 1.1.</summary>
    /// <param name="squeezes">Channels between the modules: 16, 16, 32, 32, 48, 48, 64, 64.</param>
    /// <param name="classes">1000.</param>
    public static NetworkFile SqueezeNet(int[] squeezes, int classes)
    {
        var net = new NetworkWriter();
        FeatureMap x = net.Activate(net.Conv(net.Image(3, "height", "width"), 4 * squeezes[0], 3, 2, pad: 0), "Relu");
        for (int i = 0; i < squeezes.Length; i++)
        {
            net.Module = $"/features/features.{i + 3}";
            x = i is 0 or 2 or 4 ? net.Pool(x, "MaxPool", 3, 2, ceil: true) : x;
            FeatureMap squeezed = net.Activate(net.Conv(x, squeezes[i], 1), "Relu");
            x = net.Concat(
                net.Activate(net.Conv(squeezed, 4 * squeezes[i], 1), "Relu"), net.Activate(net.Conv(squeezed, 4 * squeezes[i], 3), "Relu"));
        }

        net.Module = "/classifier";
        x = net.Activate(net.Conv(x, classes, 1), "Relu");
        net.Output("logits", net.Node("Flatten", [net.Node("GlobalAveragePool", [x.Name])], ("axis", 1)));
        return net.Finish();
    }

    /// <summary>Every second channel from the second half.</summary>
    private static FeatureMap Shuffle(NetworkWriter net, FeatureMap x)
    {
        string[] sizes = net.SizesOf(x.Name, 0, 2, 3);
        string pairs = net.Reshape(x.Name, sizes[0], 2, x.Channels / 2, sizes[1], sizes[2]);
        string turned = net.Node("Transpose", [pairs], ("perm", new long[] { 0, 2, 1, 3, 4 }));
        return x with { Name = net.Reshape(turned, sizes[0], x.Channels, sizes[1], sizes[2]) };
    }
}
