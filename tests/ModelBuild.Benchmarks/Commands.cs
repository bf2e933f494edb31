using FashionMnist;
using ModelBuild.Benchmarks.Accuracy;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>What the program does, by its first argument.</summary>
internal static class Commands
{
    private delegate void Prediction(ReadOnlySpan<float> pixels, Span<float> scores);

    /// <param name="args">The command and its arguments; without any the trained networks are timed.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args)
    {
        if (args is [StartTime.Word])
        {
            StartTime.Write(Console.Out);
            return 0;
        }

        if (args is ["peers", .. string[] wanted])
        {
            return PeersCommand.Run(Console.Out, wanted);
        }

        if (args is ["layers", .. string[] which])
        {
            return LayerTimes.Run(Console.Out, which);
        }

        if (args is ["kernels"])
        {
            KernelSpeed.Write(Console.Out);
            return 0;
        }

        if (args is ["sparse", "networks"])
        {
            SparseNetworks.Write(Console.Out);
            return 0;
        }

        if (args is ["sparse", .. string[] tiers])
        {
            SparseSpeed.Write(Console.Out, tiers);
            return 0;
        }

        if (args is ["channels", .. string[] how])
        {
            ChannelSpeed.Write(Console.Out, how.Contains("--quick"));
            return 0;
        }

        if (args is ["operators", ..])
        {
            OperatorSpeed.Write(Console.Out, args.ElementAtOrDefault(1) ?? string.Empty);
            return 0;
        }

        if (args is ["architectures", .. string[] rest])
        {
            ArchitectureSpeed.Write(Console.Out, rest.FirstOrDefault(a => a != "--quick") ?? string.Empty, rest.Contains("--quick"));
            return 0;
        }

        if (args is ["compression", .. string[] weights])
        {
            CompressionSpeed.Write(Console.Out, weights);
            return 0;
        }

        if (args is ["recovery", .. string[] files])
        {
            RecoveryGain.Write(Console.Out, files);
            return 0;
        }

        if (args is ["ranges", .. string[] samples])
        {
            RecoveryGain.Write(Console.Out, samples, ofRanges: true);
            return 0;
        }

        if (args is ["accuracy", .. string[] rows])
        {
            return AccuracyCommand.Run(Console.Out, rows);
        }

        RunTrainedNetworks();
        return 0;
    }

    /// <summary>The generated classes and ONNX Runtime on the same models, in turns, in this process and on this thread.</summary>
    private static void RunTrainedNetworks()
    {
        const int Classes = 10;
        FashionImages images = FashionImages.Load(Path.Combine(AppContext.BaseDirectory, "data"));
        float[] pixels = images[0].ToArray();
        (string Model, string Mode, string OnnxFile, Prediction Predict)[] contests =
        [
            ("lenet", "fp32", "lenet.fp32.onnx", new LenetFp32().Predict),
            ("lenet", "fp16", "lenet.fp32.onnx", new Lenet().Predict),
            ("lenet", "int8", "lenet.int8.onnx", new LenetInt8().Predict),
            ("resnet", "fp32", "resnet.fp32.onnx", new ResnetFp32().Predict),
            ("resnet", "fp16", "resnet.fp32.onnx", new Resnet().Predict),
            ("resnet", "int8", "resnet.int8.onnx", new ResnetInt8().Predict),
            ("lenet", "int8*", "lenet.ort.onnx", new LenetInt8().Predict),
            ("resnet", "int8*", "resnet.ort.onnx", new ResnetInt8().Predict),
        ];

        Console.WriteLine(
            $"One image per call, one thread; ONNX Runtime {OrtSession.Version} (fp16: its fp32; int8: our QDQ file; "
                + "int8*: the file of its own quantization tool).");
        Console.WriteLine();
        Console.WriteLine("                   ModelBuild            ONNX Runtime");
        Console.WriteLine("model    mode    µs/image   B/call     µs/image   B/call   times faster");
        Console.WriteLine("------   -----   --------   ------     --------   ------   ------------");
        foreach ((string model, string mode, string onnxFile, Prediction predict) in contests)
        {
            using var session = new OrtSession(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", onnxFile)), exact: false);
            var ours = new float[Classes];
            var theirs = new float[Classes];
            Action runSession = session.Bind(pixels, [1, 1, 28, 28], theirs, [1, Classes]);
            Duel duel = Duel.Fight(() => predict(pixels, ours), runSession);
            Console.WriteLine(
                $"{model,-6}   {mode,-5}   {duel.Left.Microseconds,8:F1}   {duel.Left.AllocatedBytes,6:0.#}     "
                    + $"{duel.Right.Microseconds,8:F1}   {duel.Right.AllocatedBytes,6:0.#}   {duel.Ratio.Median,12:F2}");
        }

        Console.WriteLine();
        Console.WriteLine(
            "Our QDQ file leaves sums of residuals unquantized, which is more accurate and free here, and which ONNX Runtime computes "
                + "in float: int8* is the fairer contest.");
    }
}
