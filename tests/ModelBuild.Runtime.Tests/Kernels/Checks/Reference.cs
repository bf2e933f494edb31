using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels.Checks;

/// <summary>
/// Convolution and requantization written down from their definitions, with nothing of the kernels in them: loops over coordinates,
/// 64-bit and double arithmetic.
/// </summary>
internal static class Reference
{
    /// <summary>
    /// Sums of products of a convolution, and the sums of the products' magnitudes that bound the rounding of a float sum.
    /// </summary>
    public static (double[] Sums, double[] Magnitudes) Convolve(
        in ConvolutionShape s, double[] input, double padding, double[] weights, double[] bias)
    {
        var sums = new double[s.Batch * s.OutputDepth * s.OutputHeight * s.OutputWidth * s.OutputChannels];
        var magnitudes = new double[sums.Length];
        int inputsPerGroup = s.InputChannels / s.Groups;
        int outputsPerGroup = s.OutputChannels / s.Groups;
        for (int index = 0; index < sums.Length; index++)
        {
            int o = index % s.OutputChannels;
            int x = index / s.OutputChannels % s.OutputWidth;
            int y = index / s.OutputChannels / s.OutputWidth % s.OutputHeight;
            int z = index / s.OutputChannels / s.OutputWidth / s.OutputHeight % s.OutputDepth;
            int n = index / s.OutputChannels / s.OutputWidth / s.OutputHeight / s.OutputDepth;
            double sum = bias[o];
            double magnitude = Math.Abs(sum);
            for (int c = 0; c < inputsPerGroup; c++)
            {
                for (int tap = 0; tap < s.KernelDepth * s.KernelHeight * s.KernelWidth; tap++)
                {
                    int iz = (z * s.StrideZ) + (tap / s.KernelWidth / s.KernelHeight * s.DilationZ) - s.PadFront;
                    int iy = (y * s.StrideY) + (tap / s.KernelWidth % s.KernelHeight * s.DilationY) - s.PadTop;
                    int ix = (x * s.StrideX) + (tap % s.KernelWidth * s.DilationX) - s.PadLeft;
                    int channel = (o / outputsPerGroup * inputsPerGroup) + c;
                    bool inside = iz >= 0 && iz < s.InputDepth && iy >= 0 && iy < s.InputHeight && ix >= 0 && ix < s.InputWidth;
                    int pixel = (((((n * s.InputDepth) + iz) * s.InputHeight) + iy) * s.InputWidth) + ix;
                    double value = inside ? input[(pixel * s.InputChannels) + channel] : padding;
                    double product = value * weights[(((o * inputsPerGroup) + c) * s.KernelDepth * s.KernelHeight * s.KernelWidth) + tap];
                    sum += product;
                    magnitude += Math.Abs(product);
                }
            }

            sums[index] = sum;
            magnitudes[index] = magnitude;
        }

        return (sums, magnitudes);
    }

    /// <summary>A matrix product as the convolution it is: one column of pixels, one tap. Weights are <c>[columns, inner]</c>.</summary>
    public static ConvolutionShape AsConvolution(in GemmShape shape)
        => new(shape.Rows, 1, 1, shape.Inner, 1, 1, shape.Columns, 1, 1);

    /// <summary>A float32 product: the double product of two floats is exact, so this rounds once.</summary>
    public static float Multiply(float a, float b) => (float)((double)a * b);

    /// <summary>A float32 sum: the double sum of two floats has bits to spare, so this rounds as a single rounding would.</summary>
    public static float Add(float a, float b) => (float)((double)a + b);

    /// <summary>ONNX's QuantizeLinear after the division: round half to even, add the zero point, saturate.</summary>
    public static byte Quantize(float value, int zeroPoint, int minimum, int maximum)
        => (byte)Math.Clamp(Math.Round((double)value, MidpointRounding.ToEven) + zeroPoint, minimum, maximum);

    /// <summary>
    /// How far a float32 sum of <paramref name="terms"/> products may be from the exact one in any order of summation, fused or not:
    /// γ(n) = n·u / (1 − n·u) times the sum of magnitudes (Higham, Accuracy and Stability, 3.1), u = 2⁻²⁴.
    /// </summary>
    public static double SummationBound(int terms, double magnitude)
    {
        const double UnitRoundoff = 1.0 / (1 << 24);
        double n = terms + 2;
        return n * UnitRoundoff / (1 - (n * UnitRoundoff)) * magnitude;
    }
}
