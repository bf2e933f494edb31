using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Benchmarks;

/// <summary>
/// How many times faster the sparse kernels are than the dense ones on the same weights, by turns in one process: layers of ResNet-18 and
/// products of 1024 × 1024, weights with zeros in blocks.
/// </summary>
internal static class SparseSpeed
{
    private static readonly Duel.Rules s_rules = new(Blocks: 60, BlockMicroseconds: 1000, WarmUp: TimeSpan.FromMilliseconds(150));

    private static readonly (string Name, ConvolutionShape Shape)[] s_layers =
    [
        ("3×3, 56×56×64 → 64", Layer(56, 64, 64, 3)),
        ("3×3, 56×56×64 → 128, stride 2", Layer(56, 64, 128, 3, 2)),
        ("1×1, 56×56×64 → 128, stride 2", Layer(56, 64, 128, 1, 2)),
        ("3×3, 28×28×128 → 128", Layer(28, 128, 128, 3)),
        ("3×3, 14×14×256 → 256", Layer(14, 256, 256, 3)),
        ("3×3, 7×7×512 → 512", Layer(7, 512, 512, 3)),
        ("3×3, 14×14×32 → 32", Layer(14, 32, 32, 3)),
        ("3×3, 7×7×64 → 64", Layer(7, 64, 64, 3)),
        ("1×1, 56×56×64 → 256", Layer(56, 64, 256, 1)),
        ("1×1, 28×28×512 → 128", Layer(28, 512, 128, 1)),
        ("1×1, 14×14×1024 → 256", Layer(14, 1024, 256, 1)),
        ("1×1, 7×7×512 → 2048", Layer(7, 512, 2048, 1)),
    ];

    private static readonly GemmShape[] s_products =
        [new(1, 1024, 1024), new(1, 512, 1000), new(4, 1024, 1024), new(16, 1024, 1024), new(64, 1024, 1024)];

    /// <param name="words">Names of tiers; the best one without.</param>
    public static void Write(TextWriter writer, string[] words)
    {
        Tier[] tiers = words.Length == 0 ? [Processor.BestTier] : [.. words.Select(Enum.Parse<Tier>)];
        foreach (Tier tier in tiers)
        {
            KernelTable kernels = KernelTable.For(tier);
            writer.WriteLine($"{tier}: times faster than dense");
            writer.WriteLine($"{"",-34} dense, µs   2×4: 70 %    80 %    90 %    95 %   1×4: 80 %    90 %");
            foreach ((string name, ConvolutionShape shape) in s_layers)
            {
                Line(writer, name, shape.OutputChannels, shape.InputChannels, shape.Taps, (weights, outputs) => Convolution(
                    kernels, shape, weights, outputs));
            }

            foreach (GemmShape shape in s_products)
            {
                Line(writer, $"{shape.Inner} → {shape.Columns}, {shape.Rows} rows", shape.Columns, shape.Inner, 1, (weights, outputs) =>
                    Product(kernels, shape, weights, outputs));
            }

            writer.WriteLine();
        }
    }

    private static void Line(
        TextWriter writer, string name, int outputs, int channels, int taps, Func<sbyte[], int, (Action Dense, Action Sparse)> build)
    {
        var ratios = new List<double>();
        double dense = 0;
        foreach ((int height, double zeros) in (ReadOnlySpan<(int, double)>)[(2, .7), (2, .8), (2, .9), (2, .95), (1, .8), (1, .9)])
        {
            (Action left, Action right) = build(Weights(outputs, channels, taps, height, zeros), height);
            Duel duel = Duel.Fight(right, left, s_rules);
            dense = duel.Right.Microseconds;
            ratios.Add(duel.Ratio.Median);
        }

        writer.WriteLine(
            $"{name,-34} {dense,9:F1}   {ratios[0],9:F2}   {ratios[1],5:F2}   {ratios[2],5:F2}   {ratios[3],5:F2}   {ratios[4],9:F2}   "
                + $"{ratios[5],5:F2}");
    }

    /// <summary>Weights as ONNX has them, whose zeros are blocks of four input channels of one output or two.</summary>
    private static sbyte[] Weights(int outputs, int channels, int taps, int height, double zeros)
    {
        var random = new Random(1);
        var weights = new sbyte[outputs * channels * taps];
        for (int output = 0; output < outputs; output += height)
        {
            for (int channel = 0; channel < channels; channel += 4)
            {
                for (int tap = 0; tap < taps; tap++)
                {
                    if (random.NextDouble() < zeros)
                    {
                        continue;
                    }

                    for (int o = output; o < Math.Min(output + height, outputs); o++)
                    {
                        for (int c = channel; c < Math.Min(channel + 4, channels); c++)
                        {
                            weights[(((o * channels) + c) * taps) + tap] = (sbyte)random.Next(1, 127);
                        }
                    }
                }
            }
        }

        return weights;
    }

    private static (Action Dense, Action Sparse) Convolution(KernelTable kernels, ConvolutionShape shape, sbyte[] weights, int outputs)
    {
        var input = new byte[shape.InputLength];
        new Random(2).NextBytes(input);
        sbyte[] packed = WeightPacking.ConvolutionInt8(weights, shape);
        SparseBlocks blocks = SparsePacking.Convolution(weights, shape, outputs);
        var scratch = new byte[Math.Max(shape.ScratchBytes(sizeof(byte)), SparseConvolution.ScratchBytes(shape))];
        (int[] bias, float[] multipliers) = Tail(shape.OutputChannels);
        var dense = new byte[shape.OutputLength];
        var sparse = new byte[shape.OutputLength];
        return Same(
            () => Runtime.Kernels.Convolution.UInt8(
                kernels, shape, input, 9, packed, Epilogue.ToUInt8(bias, multipliers, 3, 0, 255, dense), scratch),
            () => SparseConvolution.UInt8(
                kernels, shape, input, 9, blocks.Weights, Epilogue.ToUInt8(bias, multipliers, 3, 0, 255, sparse), scratch),
            dense,
            sparse);
    }

    private static (Action Dense, Action Sparse) Product(KernelTable kernels, GemmShape shape, sbyte[] weights, int outputs)
    {
        var input = new byte[shape.LeftLength];
        new Random(2).NextBytes(input);
        sbyte[] packed = WeightPacking.MatrixInt8(weights, shape);
        SparseBlocks blocks = SparsePacking.Matrix(weights, shape, outputs);
        SparseSteps steps = SparseRowPacking.Pack(blocks, shape.Columns);
        var scratch = new byte[SparseGemm.ScratchBytes(shape)];
        (int[] bias, float[] multipliers) = Tail(shape.Columns);
        var dense = new byte[shape.OutputLength];
        var sparse = new byte[shape.OutputLength];
        return Same(
            () => Gemm.UInt8(kernels, shape, input, packed, Epilogue.ToUInt8(bias, multipliers, 3, 0, 255, dense), default),
            () => SparseGemm.UInt8(
                kernels, shape, input, Epilogue.ToUInt8(bias, multipliers, 3, 0, 255, sparse), scratch, blocks.Weights, steps.Rows),
            dense,
            sparse);
    }

    private static (Action Dense, Action Sparse) Same(Action dense, Action sparse, byte[] left, byte[] right)
    {
        dense();
        sparse();
        return left.AsSpan().SequenceEqual(right) ? (dense, sparse)
            : throw new InvalidOperationException("The sparse kernel does not give what the dense one gives.");
    }

    private static (int[] Bias, float[] Multipliers) Tail(int channels) =>
        (WeightPacking.PadChannels<int>([.. Enumerable.Range(-20, channels)], channels, 1),
            WeightPacking.PadChannels<float>([.. Enumerable.Repeat(1e-4f, channels)], channels, 1));

    private static ConvolutionShape Layer(int size, int inputs, int outputs, int kernel, int stride = 1)
    {
        int pad = kernel / 2;
        int result = ((size + (2 * pad) - kernel) / stride) + 1;
        return new ConvolutionShape(
            1, size, size, inputs, result, result, outputs, kernel, kernel, stride, stride, padTop: pad, padLeft: pad);
    }
}
