using System.Diagnostics;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Benchmarks;

/// <summary>Multiply-accumulates per second of the heavy kernels, one at a time, on one thread: the table in docs/kernels.md.</summary>
internal static class KernelSpeed
{
    private const int Blocks = 200;
    private const double BlockMicroseconds = 1000;

    private static readonly (string Name, ConvolutionShape Shape)[] s_shapes =
    [
        ("3×3, 14×14×256 → 256, padded", Convolution(14, 256, 256, 3, pad: 1)),
        ("3×3, 14×14×32 → 32, padded", Convolution(14, 32, 32, 3, pad: 1)),
        ("3×3, 7×7×64 → 64, padded", Convolution(7, 64, 64, 3, pad: 1)),
        ("3×3, 13×13×32 → 64", Convolution(13, 32, 64, 3)),
        ("3×3, 28×28×1 → 32", Convolution(28, 1, 32, 3)),
        ("1×1, 28×28×128 → 256", Convolution(28, 128, 256, 1)),
        ("1600 → 64, one row", Convolution(1, 1600, 64, 1)),
        ("depthwise 3×3, 14×14×96, padded", Convolution(14, 96, 96, 3, pad: 1, groups: 96)),
    ];

    public static void Write(TextWriter writer)
    {
        writer.WriteLine($"{"shape",-34} bytes, GMAC/s   floats, GMAC/s");
        foreach ((string name, ConvolutionShape shape) in s_shapes)
        {
            long macs = (long)shape.OutputHeight * shape.OutputWidth * shape.OutputChannels * shape.KernelHeight * shape.KernelWidth * (
                shape.InputChannels / shape.Groups);
            writer.WriteLine($"{name,-34} {macs / Nanoseconds(Bytes(shape)),13:F0}   {macs / Nanoseconds(Floats(shape)),14:F0}");
        }
    }

    /// <summary>The most that a kernel does, in multiply-accumulates per second: a large convolution.</summary>
    public static (double Floats, double Bytes) Peak()
    {
        ConvolutionShape shape = s_shapes[0].Shape;
        double macs = (double)shape.OutputHeight * shape.OutputWidth * WeightCount(shape);
        return (macs / Nanoseconds(Floats(shape)) * 1e9, macs / Nanoseconds(Bytes(shape)) * 1e9);
    }

    private static Action Bytes(ConvolutionShape shape)
    {
        bool depthwise = shape.Groups > 1;
        var input = new byte[shape.InputHeight * shape.InputWidth * shape.InputChannels];
        var weights = new sbyte[WeightCount(shape)];
        var random = new Random(1);
        random.NextBytes(input);
        Array.ForEach(Enumerable.Range(0, weights.Length).ToArray(), i => weights[i] = (sbyte)random.Next(-127, 128));
        sbyte[] packed = depthwise ? WeightPacking.DepthwiseInt8(weights, shape) : WeightPacking.ConvolutionInt8(weights, shape);
        int[] bias = WeightPacking.PadChannels<int>(new int[shape.OutputChannels], shape.OutputChannels, 1);
        float[] multipliers =
            WeightPacking.PadChannels<float>([.. Enumerable.Repeat(1e-4f, shape.OutputChannels)], shape.OutputChannels, 1);
        var output = new byte[OutputCount(shape)];
        var scratch = new byte[shape.ScratchBytes(sizeof(byte))];
        return () =>
        {
            Epilogue epilogue = Epilogue.ToUInt8(bias, multipliers, 0, 0, 255, output);
            if (depthwise)
            {
                DepthwiseConvolution.UInt8(shape, input, 0, packed, epilogue, scratch);
            }
            else
            {
                ModelBuild.Runtime.Kernels.Convolution.UInt8(shape, input, 0, packed, epilogue, scratch);
            }
        };
    }

    private static Action Floats(ConvolutionShape shape)
    {
        bool depthwise = shape.Groups > 1;
        var random = new Random(1);
        float[] input =
            [.. Enumerable.Range(0, shape.InputHeight * shape.InputWidth * shape.InputChannels).Select(_ => random.NextSingle())];
        float[] weights = [.. Enumerable.Range(0, WeightCount(shape)).Select(_ => random.NextSingle() - 0.5f)];
        float[] packed = depthwise ? WeightPacking.DepthwiseFloat32(weights, shape) : WeightPacking.ConvolutionFloat32(weights, shape);
        float[] bias = WeightPacking.PadChannels<float>(new float[shape.OutputChannels], shape.OutputChannels, 1);
        var output = new float[OutputCount(shape)];
        var scratch = new byte[shape.ScratchBytes(sizeof(float))];
        return () =>
        {
            FloatEpilogue epilogue = FloatEpilogue.Store(bias, 0, float.PositiveInfinity, output);
            if (depthwise)
            {
                DepthwiseConvolution.Float32(shape, input, packed, epilogue, scratch);
            }
            else
            {
                ModelBuild.Runtime.Kernels.Convolution.Float32(shape, input, packed, epilogue, scratch);
            }
        };
    }

    /// <summary>Median time of a call over many short blocks, after a warm-up.</summary>
    private static double Nanoseconds(Action call)
    {
        int calls = 1;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalMilliseconds < 300; calls++)
        {
            call();
        }

        calls = Math.Max(1, (int)(calls * BlockMicroseconds / 300_000));
        var times = new double[Blocks];
        for (int i = 0; i < Blocks; i++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int n = 0; n < calls; n++)
            {
                call();
            }

            times[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls;
        }

        Array.Sort(times);
        return times[Blocks / 2];
    }

    private static ConvolutionShape Convolution(int size, int inputs, int outputs, int kernel, int pad = 0, int groups = 1)
    {
        int result = size + (2 * pad) - kernel + 1;
        return new ConvolutionShape(
            1, size, size, inputs, result, result, outputs, kernel, kernel, padTop: pad, padLeft: pad, groups: groups);
    }

    private static int WeightCount(ConvolutionShape shape) =>
        shape.OutputChannels * (shape.InputChannels / shape.Groups) * shape.KernelHeight * shape.KernelWidth;

    private static int OutputCount(ConvolutionShape shape) => shape.OutputHeight * shape.OutputWidth * shape.OutputChannels;
}
