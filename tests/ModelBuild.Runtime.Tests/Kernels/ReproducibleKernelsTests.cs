using System.Reflection;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;
using ModelBuild.Runtime.Tests.Kernels.Checks;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// The kernels that calibration computes with: floats too are those of plain code, to the bit, on every width of register.
/// </summary>
public sealed class ReproducibleKernelsTests
{
    private static readonly KernelTable Scalar = KernelTable.For(Tier.Scalar);

    private static readonly KernelTable[] Tables =
        [ReproducibleKernels.Table, ReproducibleKernels.WithRegistersOf8(), ReproducibleKernels.WithRegistersOf4()];

    [Fact]
    public void Convolution_AllShapes_GivesTheBitsOfPlainCode()
    {
        foreach (ConvolutionCase @case in ConvolutionCase.Dense)
        {
            ConvolutionShape shape = @case.Shape;
            float[] input = Samples.Floats((int)shape.InputLength, 1);
            float[] weights = WeightPacking.ConvolutionFloat32(
                Samples.Floats(shape.OutputChannels * shape.InputChannelsPerGroup * shape.Taps, 2, 0.1f), shape);
            float[] bias = Samples.Floats(shape.PaddedOutputChannels, 3);
            var scratch = new byte[shape.ScratchBytes(sizeof(float))];
            Compare(@case.Name, (int)shape.OutputLength, (kernels, output) => Convolution.Float32(
                kernels, shape, input, weights,
                FloatEpilogue.Store(bias, float.NegativeInfinity, float.PositiveInfinity, output), scratch));
        }
    }

    [Fact]
    public void DepthwiseConvolution_AllShapes_GivesTheBitsOfPlainCode()
    {
        foreach (ConvolutionCase @case in ConvolutionCase.Depthwise)
        {
            ConvolutionShape shape = @case.Shape;
            float[] input = Samples.Floats((int)shape.InputLength, 4);
            float[] weights = WeightPacking.DepthwiseFloat32(Samples.Floats(shape.OutputChannels * shape.Taps, 5), shape);
            float[] bias = Samples.Floats(ConvolutionShape.RoundUp(shape.OutputChannels, WeightPacking.PanelWidth), 6);
            var scratch = new byte[shape.ScratchBytes(sizeof(float))];
            Compare(@case.Name, (int)shape.OutputLength, (kernels, output) => DepthwiseConvolution.Float32(
                kernels, shape, input, weights,
                FloatEpilogue.Store(bias, float.NegativeInfinity, float.PositiveInfinity, output), scratch));
        }
    }

    [Fact]
    public void Gemm_AllShapes_GivesTheBitsOfPlainCode()
    {
        foreach (MatrixCase @case in MatrixCase.All)
        {
            GemmShape shape = @case.Shape;
            float[] left = Samples.Floats((int)shape.LeftLength, 7);
            float[] right = Samples.Floats((int)shape.RightLength, 8);
            float[] packed = WeightPacking.MatrixFloat32(right, shape);
            float[] bias = Samples.Floats(shape.PaddedColumns, 9);
            Compare(@case.Name, (int)shape.OutputLength, (kernels, output) => Gemm.Float32(
                kernels, shape, left, packed, FloatEpilogue.Store(bias, float.NegativeInfinity, float.PositiveInfinity, output)));
            Compare(@case.Name, (int)shape.OutputLength, (kernels, output) => Gemm.BatchedFloat32(
                kernels, shape, 1, false, false, left, right, output));
        }
    }

    /// <summary>Whoever calls a kernel can say with which table: otherwise a new kernel would escape calibration's.</summary>
    [Fact]
    public void Kernels_ThatChooseByTier_AllTakeATable()
    {
        const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (Type type in typeof(Gemm).Assembly.GetTypes().Where(t => t is { IsPublic: true, IsAbstract: true, IsSealed: true }))
        {
            MethodInfo[] methods = type.GetMethods(Static);
            if (!methods.Any(m => m.GetParameters() is [{ } first, ..] && first.ParameterType == typeof(KernelTable)))
            {
                continue;
            }

            // What takes no tensors computes none.
            foreach (MethodInfo method in methods.Where(m => m.IsPublic && m.GetParameters().Any(p => p.ParameterType.IsByRefLike)))
            {
                Type[] parameters = [typeof(KernelTable), .. method.GetParameters().Select(p => p.ParameterType)];
                Assert.True(
                    type.GetMethod(method.Name, Static, parameters) is not null, $"{type.Name}.{method.Name} has no form with a table.");
            }
        }
    }

    private delegate void Kernel(KernelTable kernels, Span<float> output);

    private static void Compare(string name, int length, Kernel kernel)
    {
        var expected = new float[length];
        kernel(Scalar, expected);
        foreach (KernelTable table in Tables)
        {
            var actual = new float[length];
            kernel(table, actual);
            Assert.True(
                MemoryMarshal.AsBytes<float>(expected).SequenceEqual(
                    MemoryMarshal.AsBytes<float>(actual)), $"{name} differs from plain code.");
        }
    }
}
