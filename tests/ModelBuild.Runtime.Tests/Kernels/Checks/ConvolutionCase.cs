using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels.Checks;

/// <summary>A convolution to try, with a name that survives test discovery.</summary>
internal sealed record ConvolutionCase(string Name, ConvolutionShape Shape)
{
    /// <summary>Edges by hand, then a few hundred shapes at random from a fixed seed.</summary>
    public static IReadOnlyList<ConvolutionCase> Dense { get; } = [.. DenseCases()];

    public static IReadOnlyList<ConvolutionCase> Depthwise { get; } = [.. DepthwiseCases()];

    /// <summary>Volumes, depthwise or not; bytes have none.</summary>
    public static IReadOnlyList<ConvolutionCase> Volumes { get; } = [.. VolumeCases()];

    /// <summary>Rows whose pixels fill each number of vectors, and several strips of them.</summary>
    public static IReadOnlyList<ConvolutionCase> Long { get; } =
    [
        .. Enumerable.Range(1, 20).Select(i => Of(1, 1, (i * 13) - 3, 9, 5, 1, 2)),
        Of(2, 13, 11, 20, 34, 3, 3, top: 1, left: 1, bottom: 1, right: 1),
        Of(1, 17, 30, 6, 18, 5, 3, 3, 2, 2, 3, 2, 1, 0, 4),
        Of(1, 40, 7, 8, 16, 3, 1, 2, 1),
    ];

    /// <summary>
    /// What decides whether a strip's window is widened, and how large the strip is: odd steps in one direction alone, windows that fill
    /// <see cref="WidenedWindow.MaximumBytes"/>, and those just beyond, where a strip has half of the pixels, or there is none.
    /// </summary>
    public static IReadOnlyList<ConvolutionCase> Windows { get; } =
    [
        // Odd steps from row to row, from segment to segment, from group to group.
        Of(1, 7, 5, 3, 20, 3, 1),
        Of(1, 5, 5, 3, 8, 3, 3, top: 1, left: 1, bottom: 1, right: 1),
        Of(1, 1, 12, 3, 16, 1, 3, dilationX: 3),
        Of(1, 7, 6, 4, 18, 3, 2, dilationX: 3, dilationY: 2),
        Of(1, 6, 6, 6, 40, 3, 3, groups: 2),
        Of(1, 6, 6, 9, 9, 1, 1, groups: 3),
        Of(1, 6, 7, 12, 32, 2, 3, groups: 2),

        // Odd steps that nobody makes, and pixels at odd places.
        Of(2, 5, 33, 3, 16, 1, 4),
        Of(1, 9, 21, 5, 17, 1, 3, strideY: 2),
        Of(1, 3, 15, 1, 16, 3, 5, strideX: 3, left: 1),

        // The largest windows of 96, 24 and 6 pixels, or larger ones, which would reach from one plane into the next.
        Of(1, 1, 96, 1024, 3, 1, 1),
        Of(1, 1, 97, 1028, 3, 1, 1),
        Of(1, 1, 48, 4096, 16, 1, 1),
        Of(1, 1, 48, 4260, 20, 1, 1),
        Of(1, 1, 12, 16384, 2, 1, 1),
        Of(1, 1, 12, 16800, 2, 1, 1),
        Of(1, 13, 16384, 1, 2, 1, 16384),

        // Strips that begin within a row and end behind its end; rows of taps, and groups, that are far apart.
        Of(1, 23, 10, 1228, 2, 1, 8),
        Of(1, 24, 10, 1240, 2, 1, 8),
        Of(1, 6, 64, 2048, 2, 2, 1, strideY: 2),
        Of(1, 3, 100, 2048, 2, 3, 3),
        Of(1, 8, 8, 3072, 6, 1, 1, groups: 3),
    ];

    public override string ToString() => Name;

    /// <summary>A shape whose output size follows from the padding, as in ONNX.</summary>
    public static ConvolutionCase Of(
        int batch, int height, int width, int channels, int outputs, int kernelHeight, int kernelWidth,
        int strideY = 1, int strideX = 1, int dilationY = 1, int dilationX = 1,
        int top = 0, int left = 0, int bottom = 0, int right = 0, int groups = 1)
    {
        int outputHeight = ((height + top + bottom - (dilationY * (kernelHeight - 1)) - 1) / strideY) + 1;
        int outputWidth = ((width + left + right - (dilationX * (kernelWidth - 1)) - 1) / strideX) + 1;
        var shape = new ConvolutionShape(
            batch, height, width, channels, outputHeight, outputWidth, outputs, kernelHeight, kernelWidth,
            strideY, strideX, dilationY, dilationX, top, left, groups);
        string name = $"{batch}x{height}x{width}x{channels} {kernelHeight}x{kernelWidth} to {outputs}"
            + $" stride {strideY},{strideX} dilation {dilationY},{dilationX} pad {top},{left},{bottom},{right} groups {groups}";
        return new ConvolutionCase(name, shape);
    }

    /// <summary>A volume whose depth and height are as large, and as its taps are.</summary>
    private static ConvolutionCase Volume(
        int batch, int depth, int width, int channels, int outputs, int kernel, int stride = 1, int dilation = 1, int front = 0,
        int pad = 0, int back = 0, int groups = 1)
    {
        int reach = dilation * (kernel - 1);
        int outputDepth = ((depth + front + back - reach - 1) / stride) + 1;
        int outputHeight = ((depth + (2 * pad) - reach - 1) / stride) + 1;
        int outputWidth = width + (2 * pad) - 1;
        var shape = new ConvolutionShape(
            batch, depth, width, channels, outputHeight, outputWidth, outputs, kernel, 2, stride, 1, dilation, 1, pad, pad, groups, depth,
            outputDepth, kernel, stride, dilation, front);
        string name = $"{batch}x{depth}x{depth}x{width}x{channels} {kernel} to {outputs} stride {stride} dilation {dilation}"
            + $" pad {front},{pad},{back} groups {groups}";
        return new ConvolutionCase(name, shape);
    }

    private static IEnumerable<ConvolutionCase> VolumeCases()
    {
        yield return Volume(1, 4, 5, 3, 7, 3);
        yield return Volume(2, 5, 9, 16, 33, 3, front: 1, pad: 1, back: 1);
        yield return Volume(2, 6, 4, 4, 18, 2, stride: 2, front: 1);
        yield return Volume(1, 7, 4, 2, 5, 3, dilation: 2, front: 2, pad: 2, back: 2);
        yield return Volume(1, 4, 5, 6, 9, 3, front: 1, groups: 3);
        yield return Volume(1, 4, 5, 8, 8, 1);
        yield return Volume(2, 4, 5, 16, 16, 3, front: 1, pad: 1, groups: 16);
        yield return Volume(1, 5, 5, 19, 19, 2, stride: 2, pad: 1, back: 1, groups: 19);

        // Slices of the output that see nothing but padding.
        yield return Volume(2, 2, 5, 3, 4, 2, front: 4, back: 5);
        yield return Volume(1, 3, 5, 5, 5, 2, stride: 3, front: 3, back: 3, groups: 5);
    }

    private static IEnumerable<ConvolutionCase> DenseCases()
    {
        // The layers of the networks that speed is measured on.
        yield return Of(1, 28, 28, 1, 32, 3, 3);
        yield return Of(1, 13, 13, 32, 64, 3, 3);
        yield return Of(1, 14, 14, 32, 32, 3, 3, top: 1, left: 1, bottom: 1, right: 1);
        yield return Of(1, 7, 7, 64, 64, 3, 3, top: 1, left: 1, bottom: 1, right: 1);
        yield return Of(1, 14, 14, 32, 64, 3, 3, 2, 2, top: 1, left: 1, bottom: 1, right: 1);
        yield return Of(1, 14, 14, 32, 64, 1, 1, 2, 2);
        yield return Of(1, 30, 30, 3, 24, 7, 7, 2, 2, top: 3, left: 3, bottom: 3, right: 3);

        for (int channels = 1; channels <= 17; channels++)
        {
            yield return Of(1, 5, 6, channels, 18 - channels, 3, 3);
            yield return Of(2, 4, 5, channels, 16 + channels, 1, 1);
            yield return Of(1, 6, 5, channels, channels, 2, 3, top: 1, right: 2);
        }

        // Every number of output pixels around the sizes of tiles and strips.
        for (int width = 1; width <= 26; width++)
        {
            yield return Of(1, 1, width, 4, 16, 1, 1);
            yield return Of(1, 1, width + 2, 3, 33, 1, 3);
        }

        yield return Of(1, 1, 96, 8, 16, 1, 1);
        yield return Of(1, 1, 97, 8, 17, 1, 1);
        yield return Of(1, 1, 193, 5, 10, 1, 2, left: 1);
        yield return Of(3, 1, 50, 6, 20, 1, 5, strideX: 3, dilationX: 2, left: 4, right: 4);

        // Padding wider than the image, padding on one side only, a stride that leaves a rest, a kernel as large as the image.
        yield return Of(2, 2, 2, 3, 5, 3, 3, top: 5, left: 4, bottom: 1, right: 3);
        yield return Of(1, 5, 5, 4, 4, 3, 3, top: 2);
        yield return Of(1, 5, 5, 4, 4, 3, 3, right: 2);
        yield return Of(1, 8, 9, 4, 6, 3, 2, 3, 4);
        yield return Of(1, 7, 5, 9, 31, 7, 5);
        yield return Of(1, 9, 9, 2, 3, 3, 3, 2, 1, 3, 2, 1, 2, 3, 4);
        yield return Of(2, 6, 6, 12, 18, 3, 3, groups: 3, top: 1, left: 1, bottom: 1, right: 1);
        yield return Of(1, 6, 6, 6, 12, 3, 3, groups: 6);
        yield return Of(1, 5, 5, 8, 40, 3, 3, dilationX: 2, groups: 2);
        yield return Of(1, 4, 4, 32, 68, 3, 3, groups: 2);

        // Groups that are no quads though all channels are; columns that no window reaches, in an image that is copied all the same.
        yield return Of(1, 5, 5, 8, 12, 3, 3, groups: 4);
        yield return Of(2, 6, 8, 3, 6, 2, 1, 1, 2);

        var random = new Random(20240917);
        for (int i = 0; i < 150; i++)
        {
            int groups = random.Next(4) == 0 ? random.Next(1, 4) : 1;
            int kernelHeight = random.Next(1, 5);
            int kernelWidth = random.Next(1, 5);
            int dilationY = random.Next(3) == 0 ? random.Next(1, 4) : 1;
            int dilationX = random.Next(3) == 0 ? random.Next(1, 4) : 1;
            yield return Of(
                random.Next(1, 4),
                (dilationY * (kernelHeight - 1)) + random.Next(1, 9), (dilationX * (kernelWidth - 1)) + random.Next(1, 9),
                groups * random.Next(1, 18), groups * random.Next(1, 36), kernelHeight, kernelWidth,
                random.Next(1, 4), random.Next(1, 4), dilationY, dilationX,
                random.Next(3), random.Next(3), random.Next(3), random.Next(3), groups);
        }
    }

    private static IEnumerable<ConvolutionCase> DepthwiseCases()
    {
        for (int channels = 1; channels <= 35; channels++)
        {
            yield return Of(1, 5, 6, channels, channels, 3, 3, top: 1, left: 1, bottom: 1, right: 1, groups: channels);
            yield return Of(1, 4, 3, channels, channels, 2, 2, groups: channels);
        }

        yield return Of(2, 7, 7, 64, 64, 3, 3, groups: 64);
        yield return Of(1, 14, 14, 96, 96, 3, 3, 2, 2, top: 1, left: 1, bottom: 1, right: 1, groups: 96);
        yield return Of(1, 9, 9, 48, 48, 5, 5, top: 2, left: 2, bottom: 2, right: 2, groups: 48);
        yield return Of(1, 1, 40, 16, 16, 1, 7, left: 6, groups: 16);

        // Blocks of channels that overlap, more of them than are done at once, and more channels than zero points are kept for: by a few,
        // and by more than there is room behind them.
        yield return Of(2, 9, 13, 100, 100, 3, 3, top: 1, left: 1, bottom: 1, right: 1, groups: 100);
        yield return Of(1, 5, 12, 300, 300, 5, 5, 1, 1, 1, 1, 2, 2, 2, 2, groups: 300);
        yield return Of(1, 4, 7, 600, 600, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, groups: 600);
        yield return Of(1, 3, 3, 2100, 2100, 3, 3, top: 1, left: 1, bottom: 1, right: 1, groups: 2100);
        yield return Of(1, 2, 3, 2688, 2688, 3, 3, top: 1, left: 1, bottom: 1, right: 1, groups: 2688);
        yield return Of(3, 30, 30, 24, 24, 1, 1, groups: 24);

        // More taps than the byte kernels prepare at a time (64), by one, by some and more than twice.
        yield return Of(1, 5, 15, 20, 20, 5, 13, top: 1, groups: 20);
        yield return Of(1, 12, 12, 20, 20, 9, 9, top: 4, left: 4, bottom: 4, right: 4, groups: 20);
        yield return Of(2, 3, 140, 17, 17, 1, 131, groups: 17);

        var random = new Random(20240918);
        for (int i = 0; i < 60; i++)
        {
            int channels = random.Next(1, 70);
            int kernelHeight = random.Next(1, 6);
            int kernelWidth = random.Next(1, 6);
            int dilationY = random.Next(3) == 0 ? random.Next(1, 4) : 1;
            int dilationX = random.Next(3) == 0 ? random.Next(1, 4) : 1;
            yield return Of(
                random.Next(1, 4),
                (dilationY * (kernelHeight - 1)) + random.Next(1, 9), (dilationX * (kernelWidth - 1)) + random.Next(1, 9),
                channels, channels, kernelHeight, kernelWidth,
                random.Next(1, 4), random.Next(1, 4), dilationY, dilationX,
                random.Next(3), random.Next(3), random.Next(3), random.Next(3), channels);
        }
    }
}
