using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>Networks that say something of every part of an image: U-Net, and a detector in the manner of YOLO.</summary>
internal static class DensePrediction
{
    /// <param name="width">Channels of the first level: 64.</param>
    /// <param name="levels">4: sides of images are multiples of 2 to that power.</param>
    /// <param name="classes">Of each pixel.</param>
    public static NetworkFile UNet(int width, int levels, int classes)
    {
        var net = new NetworkWriter(isFolded: false);
        FeatureMap x = net.Image(3, "height", "width");
        var passed = new Stack<FeatureMap>();
        for (int level = 0; level <= levels; level++)
        {
            net.Module = $"/down{level}";
            x = net.Block(net.Block(x, width << level, 3, "Relu"), width << level, 3, "Relu");
            if (level < levels)
            {
                passed.Push(x);
                x = net.Pool(x, "MaxPool", 2, 2);
            }
        }

        for (int level = levels - 1; level >= 0; level--)
        {
            net.Module = $"/up{level}";
            long outputs = width << level;
            double bound = Math.Sqrt(3.0 / x.Channels);
            string weights = net.Weights("weight", -bound, bound, x.Channels, outputs, 2, 2);
            string y = net.Node(
                "ConvTranspose", [x.Name, weights, net.Weights("bias", 0, 0.1, outputs)],
                ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }));
            x = net.Concat(passed.Pop(), new(y, outputs));
            x = net.Block(net.Block(x, outputs, 3, "Relu"), outputs, 3, "Relu");
        }

        net.Module = "/head";
        net.Output("masks", net.Node("Softmax", [net.Conv(x, classes, 1, gain: 0.5).Name], ("axis", 1)));
        return net.Finish();
    }

    /// <summary>
    /// Boxes and scores of every cell at three scales, and which boxes are left where they overlap: all in the network.
    /// </summary>
    /// <param name="side">Of the image: 640.</param>
    /// <param name="width">Channels of the first stage: 32.</param>
    /// <param name="depth">Bottlenecks in each stage.</param>
    /// <param name="classes">80.</param>
    public static NetworkFile Yolo(int side, int width, int depth, int classes)
    {
        var net = new NetworkWriter();
        FeatureMap x = net.Block(net.Image(3, side, side), width / 2, 3, "Silu", stride: 2);
        var scales = new List<FeatureMap>();
        for (int stage = 0; stage < 4; stage++)
        {
            net.Module = $"/backbone/stage{stage}";
            x = CrossStage(net, net.Block(x, width << stage, 3, "Silu", stride: 2), width << stage, depth);
            scales.Add(x);
        }

        net.Module = "/backbone/pools";
        FeatureMap a = net.Block(x, x.Channels / 2, 1, "Silu");
        FeatureMap b = net.Pool(a, "MaxPool", 5, 1, pad: 2);
        FeatureMap c = net.Pool(b, "MaxPool", 5, 1, pad: 2);
        x = net.Block(net.Concat(a, b, c, net.Pool(c, "MaxPool", 5, 1, pad: 2)), x.Channels, 1, "Silu");
        var heads = new List<(FeatureMap Map, int Stride)> { (x, 32) };
        for (int stage = 2; stage >= 1; stage--)
        {
            net.Module = $"/neck/stage{stage}";
            string larger = net.Node(
                "Resize", [x.Name, "", net.Constant(Tensor.Of([1f, 1, 2, 2], 4))], ("coordinate_transformation_mode", "asymmetric"),
                ("mode", "nearest"), ("nearest_mode", "floor"));
            x = CrossStage(net, net.Concat(new(larger, x.Channels), scales[stage]), width << stage, depth);
            heads.Add((x, 4 << stage));
        }

        var boxes = new List<string>();
        var scores = new List<string>();
        foreach ((FeatureMap map, int stride) in heads)
        {
            net.Module = $"/head/stride{stride}";
            int cells = side / stride;
            FeatureMap y = net.Block(map, map.Channels, 3, "Silu");
            string rows = net.Node(
                "Transpose",
                [net.Node("Reshape", [net.Conv(y, 4 + classes, 1).Name, net.Integers(0, 4 + classes, cells * cells)])],
                ("perm", new long[] { 0, 2, 1 }));
            string[] parts = net.Nodes("Split", 3, [rows, net.Integers(2, 2, classes)], ("axis", 2));

            // Corners from a center in the cell and a size of a few cells.
            float[] grid = [.. Enumerable.Range(0, cells * cells).SelectMany(i => (float[])[(i % cells), i / cells])];
            string center = net.Node(
                "Mul",
                [
                    net.Node("Add", [net.Node("Sigmoid", [parts[0]]), net.Constant(Tensor.Of(grid, 1, cells * cells, 2))]),
                    net.Number(stride),
                ]);
            string half = net.Node("Mul", [net.Node("Exp", [net.Node("Tanh", [parts[1]])]), net.Number(stride)]);
            boxes.Add(net.Node("Concat", [net.Node("Sub", [center, half]), net.Node("Add", [center, half])], ("axis", 2)));
            scores.Add(net.Node("Sigmoid", [parts[2]]));
        }

        net.Module = "/suppress";
        string all = net.Node("Concat", [.. boxes], ("axis", 1));
        string byClass = net.Node("Transpose", [net.Node("Concat", [.. scores], ("axis", 1))], ("perm", new long[] { 0, 2, 1 }));
        string selected = net.Node(
            "NonMaxSuppression",
            [all, byClass, net.Integers(100), net.Constant(Tensor.Of([0.45f], 1)), net.Constant(Tensor.Of([0.5f], 1))]);
        string[] columns = net.Nodes("Split", 3, [selected, net.Integers(1, 1, 1)], ("axis", 1));
        net.Output("boxes", all);
        net.Output("scores", byClass);
        net.Output("selected", selected, DataType.Int64);
        net.Output(
            "selected_boxes", net.Node("GatherND", [all, net.Node("Concat", [columns[0], columns[2]], ("axis", 1))]));
        return net.Finish();
    }

    private static FeatureMap CrossStage(NetworkWriter net, FeatureMap x, long outputs, int depth)
    {
        FeatureMap y = net.Block(x, outputs / 2, 1, "Silu");
        FeatureMap past = net.Block(x, outputs / 2, 1, "Silu");
        for (int i = 0; i < depth; i++)
        {
            y = net.Add(y, net.Block(net.Block(y, outputs / 2, 1, "Silu"), outputs / 2, 3, "Silu", gain: 0.7));
        }

        return net.Block(net.Concat(y, past), outputs, 1, "Silu");
    }
}
