namespace ModelBuild.TestSupport;

/// <summary>Networks of inverted residual blocks: MobileNetV2, MobileNetV3, EfficientNet.</summary>
internal static class MobileNetworks
{
    /// <summary>One row of the tables in the papers.</summary>
    /// <param name="Kernel">Of the depthwise convolution.</param>
    /// <param name="Inner">Channels of the depthwise convolution, as a multiple of what comes in.</param>
    /// <param name="Outputs">Channels of the result.</param>
    /// <param name="Repeats">How many blocks; all but the first have stride 1.</param>
    /// <param name="Stride">Of the first.</param>
    /// <param name="Gated">Whether channels are weighed.</param>
    /// <param name="Activation">As of <see cref="NetworkWriter.Activate(string, string?)"/>.</param>
    public sealed record Row(int Kernel, double Inner, int Outputs, int Repeats, int Stride, bool Gated, string Activation);

    public static Row[] V2 { get; } =
    [
        new(3, 1, 16, 1, 1, false, "Relu6"), new(3, 6, 24, 2, 2, false, "Relu6"), new(3, 6, 32, 3, 2, false, "Relu6"),
        new(3, 6, 64, 4, 2, false, "Relu6"), new(3, 6, 96, 3, 1, false, "Relu6"), new(3, 6, 160, 3, 2, false, "Relu6"),
        new(3, 6, 320, 1, 1, false, "Relu6"),
    ];

    /// <summary>MobileNetV3-Large.</summary>
    public static Row[] V3 { get; } =
    [
        new(3, 1, 16, 1, 1, false, "Relu"), new(3, 4, 24, 1, 2, false, "Relu"), new(3, 3, 24, 1, 1, false, "Relu"),
        new(5, 3, 40, 3, 2, true, "Relu"), new(3, 6, 80, 1, 2, false, "HardSwish"), new(3, 2.5, 80, 1, 1, false, "HardSwish"),
        new(3, 2.3, 80, 2, 1, false, "HardSwish"), new(3, 6, 112, 2, 1, true, "HardSwish"), new(5, 6, 160, 3, 2, true, "HardSwish"),
    ];

    /// <summary>EfficientNet-B0.</summary>
    public static Row[] Efficient { get; } =
    [
        new(3, 1, 16, 1, 1, true, "Silu"), new(3, 6, 24, 2, 2, true, "Silu"), new(5, 6, 40, 2, 2, true, "Silu"),
        new(3, 6, 80, 3, 2, true, "Silu"), new(5, 6, 112, 3, 1, true, "Silu"), new(5, 6, 192, 4, 2, true, "Silu"),
        new(3, 6, 320, 1, 1, true, "Silu"),
    ];

    /// <param name="rows">One of the tables above.</param>
    /// <param name="first">Channels of the first convolution.</param>
    /// <param name="last">Of the last convolution.</param>
    /// <param name="head">Of a hidden layer behind it; 0 for none.</param>
    /// <param name="activation">Of those.</param>
    /// <param name="scale">Of all numbers of channels: 1.</param>
    /// <param name="classes">1000.</param>
    public static NetworkFile Write(Row[] rows, int first, int last, int head, string activation, double scale, int classes)
    {
        var net = new NetworkWriter();
        int Scaled(double channels) => Math.Max(8, (int)((channels * scale) + 4) / 8 * 8);
        FeatureMap x = net.Block(net.Image(3, "height", "width"), Scaled(first), 3, activation, stride: 2);
        int index = 0;
        foreach (Row row in rows)
        {
            for (int i = 0; i < row.Repeats; i++)
            {
                net.Module = $"/features/features.{++index}";
                x = Block(net, x, row, Scaled(row.Outputs), i == 0 ? row.Stride : 1, row == rows[0] ? 1 : row.Inner);
            }
        }

        net.Module = "/classifier";
        x = net.Block(x, Scaled(last), 1, activation);
        if (head > 0)
        {
            string mean = net.Node("Flatten", [net.Node("GlobalAveragePool", [x.Name])], ("axis", 1));
            string hidden = net.Activate(net.Gemm(mean, x.Channels, Scaled(head)), activation);
            net.Output("logits", net.Gemm(hidden, Scaled(head), classes));
        }
        else
        {
            net.Output("logits", net.Classify(x, classes));
        }

        return net.Finish();
    }

    private static FeatureMap Block(NetworkWriter net, FeatureMap x, Row row, int outputs, int stride, double expansion)
    {
        var inner = (long)(x.Channels * expansion);
        FeatureMap y = expansion > 1 ? net.Block(x, inner, 1, row.Activation) : x;
        y = net.Block(y, y.Channels, row.Kernel, row.Activation, stride, groups: y.Channels);
        if (row.Gated)
        {
            bool isHard = row.Activation != "Silu";
            y = net.SqueezeAndExcite(
                y, Math.Max(8, isHard ? y.Channels / 4 : x.Channels / 4), isHard ? "Relu" : "Silu", isHard ? "HardSigmoid" : "Sigmoid");
        }

        bool isResidual = stride == 1 && x.Channels == outputs;
        y = net.Block(y, outputs, 1, null, gain: isResidual ? 0.5 : 1);
        return isResidual ? net.Add(x, y) : y;
    }
}
