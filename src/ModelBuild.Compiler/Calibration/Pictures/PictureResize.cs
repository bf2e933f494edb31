namespace ModelBuild.Compiler.Calibration.Pictures;

/// <summary>
/// Bilinear resize with antialias as Pillow and torchvision do it: a triangle of the width of a pixel, of the result's where that is
/// coarser, over the rows and then over the columns, with bytes in between.
/// </summary>
internal static class PictureResize
{
    /// <summary>Weights are integers in units of 2⁻²², so that every processor finds the same bytes.</summary>
    private const int Precision = 22;

    public static Picture Run(Picture picture, int height, int width)
    {
        Picture wide = width == picture.Width ? picture : picture with
        {
            Width = width,
            Pixels = Resample(picture.Pixels, picture.Height, picture.Width, width, picture.Channels),
        };
        return height == wide.Height ? wide : wide with
        {
            Height = height,
            Pixels = Resample(wide.Pixels, 1, wide.Height, height, width * wide.Channels),
        };
    }

    /// <summary>Resamples the middle axis of [outer, length, inner].</summary>
    private static byte[] Resample(byte[] source, int outer, int length, int newLength, int inner)
    {
        var result = new byte[outer * newLength * inner];
        (int First, int[] Weights)[] taps = Taps(length, newLength);
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < newLength; i++)
            {
                (int first, int[] weights) = taps[i];
                for (int k = 0; k < inner; k++)
                {
                    int sum = 1 << (Precision - 1);
                    for (int t = 0; t < weights.Length; t++)
                    {
                        sum += source[(((o * length) + first + t) * inner) + k] * weights[t];
                    }

                    result[(((o * newLength) + i) * inner) + k] = (byte)Math.Clamp(sum >> Precision, 0, 255);
                }
            }
        }

        return result;
    }

    private static (int First, int[] Weights)[] Taps(int length, int newLength)
    {
        double scale = (double)length / newLength;
        double support = Math.Max(scale, 1);
        var taps = new (int, int[])[newLength];
        for (int i = 0; i < newLength; i++)
        {
            double center = (i + 0.5) * scale;
            int first = Math.Max(0, (int)(center - support + 0.5));
            int end = Math.Min(length, (int)(center + support + 0.5));
            double[] weights =
                [.. Enumerable.Range(first, end - first).Select(x => Math.Max(0, 1 - Math.Abs((x - center + 0.5) / support)))];
            double sum = weights.Sum();
            taps[i] = (first, [.. weights.Select(w => (int)((w / sum * (1 << Precision)) + 0.5))]);
        }

        return taps;
    }
}
