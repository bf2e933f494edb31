namespace ModelBuild.TestSupport;

/// <summary>A network that many models are made of.</summary>
/// <param name="Name">As the papers have it.</param>
/// <param name="Full">With all its channels and layers, for benchmarks.</param>
/// <param name="Reduced">Each kind of layer, few of each and narrow, for tests.</param>
/// <param name="FullSizes">What the names of dimensions are in a benchmark.</param>
/// <param name="ReducedSizes">What they are in tests: several, one after the other.</param>
internal sealed record NetworkArchitecture(
    string Name, Func<NetworkFile> Full, Func<NetworkFile> Reduced, string FullSizes, params string[] ReducedSizes)
{
    private static readonly string[] s_images = ["batch=1,height=64,width=64", "batch=2,height=96,width=64", "batch=3,height=40,width=104"];

    public static IReadOnlyList<NetworkArchitecture> All { get; } =
    [
        Image("ResNet-18", () => ResidualNetworks.Write([2, 2, 2, 2], false, 64, 1000, true),
            () => ResidualNetworks.Write([1, 2, 1, 1], false, 8, 10, true)),
        Image("ResNet-50", () => ResidualNetworks.Write([3, 4, 6, 3], true, 64, 1000, false),
            () => ResidualNetworks.Write([1, 2, 1, 1], true, 8, 10, false)),
        Image("MobileNetV2", () => MobileNetworks.Write(MobileNetworks.V2, 32, 1280, 0, "Relu6", 1, 1000),
            () => MobileNetworks.Write(MobileNetworks.V2, 32, 128, 0, "Relu6", 0.25, 10)),
        Image("MobileNetV3", () => MobileNetworks.Write(MobileNetworks.V3, 16, 960, 1280, "HardSwish", 1, 1000),
            () => MobileNetworks.Write(MobileNetworks.V3, 16, 96, 128, "HardSwish", 0.5, 10)),
        Image("EfficientNet-B0", () => MobileNetworks.Write(MobileNetworks.Efficient, 32, 1280, 0, "Silu", 1, 1000),
            () => MobileNetworks.Write(MobileNetworks.Efficient, 32, 128, 0, "Silu", 0.25, 10)),
        Image("ShuffleNetV2", () => ClassicNetworks.ShuffleNet([116, 232, 464], [4, 8, 4], 1024, 1000),
            () => ClassicNetworks.ShuffleNet([24, 48, 96], [2, 3, 2], 64, 10)),
        Image("DenseNet-121", () => ClassicNetworks.DenseNet([6, 12, 24, 16], 32, 1000),
            () => ClassicNetworks.DenseNet([2, 3, 2, 2], 8, 10)),
        Image("SqueezeNet", () => ClassicNetworks.SqueezeNet([16, 16, 32, 32, 48, 48, 64, 64], 1000),
            () => ClassicNetworks.SqueezeNet([4, 4, 8, 8, 12, 12, 16, 16], 10)),
        new("U-Net", () => DensePrediction.UNet(64, 4, 2), () => DensePrediction.UNet(8, 2, 3), "batch=1,height=256,width=256",
            "batch=1,height=32,width=32", "batch=2,height=16,width=40", "batch=3,height=44,width=12"),
        new("YOLO", () => DensePrediction.Yolo(640, 32, 2, 80), () => DensePrediction.Yolo(64, 8, 1, 3), "batch=1",
            "batch=1", "batch=2", "batch=5"),
        new("BERT-base", () => Transformers.Bert(new(12, 768, 12, 30522)), () => Transformers.Bert(new(2, 32, 4, 100)),
            "batch=1,sequence=128", "batch=1,sequence=9", "batch=3,sequence=16", "batch=2,sequence=1"),
        new("GPT", () => Transformers.Gpt(new(12, 768, 12, 50257)), () => Transformers.Gpt(new(2, 32, 4, 100)),
            "batch=1,sequence=1,past=128", "batch=1,sequence=5,past=1", "batch=2,sequence=1,past=6", "batch=3,sequence=4,past=9"),
        new("ViT-B/16", () => Transformers.Vision(new(12, 768, 12, 1000), 224, 16), () => Transformers.Vision(new(2, 32, 4, 10), 32, 8),
            "batch=1", "batch=1", "batch=2", "batch=5"),
        new("Conformer", () => Conformers.Write(4, 256, 4, 31), () => Conformers.Write(1, 32, 4, 7), "batch=1,time=200",
            "batch=1,time=20", "batch=2,time=33", "batch=3,time=2"),
    ];

    /// <summary>Sizes as a text has them.</summary>
    public static Dictionary<string, long> Sizes(string text) => text.Split(',').Select(s => s.Split('='))
        .ToDictionary(s => s[0], s => long.Parse(s[1], System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal);

    private static NetworkArchitecture Image(string name, Func<NetworkFile> full, Func<NetworkFile> reduced) =>
        new(name, full, reduced, "batch=1,height=224,width=224", s_images);
}
