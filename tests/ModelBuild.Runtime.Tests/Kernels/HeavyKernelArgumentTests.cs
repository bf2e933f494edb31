using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>The public entries of the heavy kernels: every length is checked before anything is read, and nothing is allocated.</summary>
public sealed class HeavyKernelArgumentTests
{
    private static readonly ConvolutionShape Shape = new(1, 5, 5, 3, 5, 5, 20, 3, 3, padTop: 1, padLeft: 1);
    private static readonly ConvolutionShape DepthwiseShape = new(1, 5, 5, 20, 5, 5, 20, 3, 3, padTop: 1, padLeft: 1, groups: 20);
    private static readonly GemmShape Matrix = new(3, 7, 20);

    /// <summary>The lengths of all spans of a call, by name; a test lengthens or shortens one of them.</summary>
    private static readonly string[] Spans = ["input", "weights", "bias", "multipliers", "residual", "residualMultipliers", "output"];

    public static TheoryData<string, int> WrongLengths
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string span in Spans)
            {
                data.Add(span, 1);
                data.Add(span, -1);
            }

            data.Add("scratch", -1);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(WrongLengths))]
    public void HeavyKernels_SpanOfWrongLength_Throw(string span, int change)
    {
        int Length(int length, string name) => name == span ? length + change : length;
        int Scratch(long length) => (int)length + (span == "scratch" ? change : 0);

        bool isIntegerOnly = span is "multipliers" or "residualMultipliers";
        Check(() => ConvolutionUInt8(Length, Scratch));
        Check(() => DepthwiseUInt8(Length, Scratch));
        Check(() => MatrixUInt8(Length, Scratch));
        if (!isIntegerOnly)
        {
            Check(() => ConvolutionFloat32(Length, Scratch));
            Check(() => DepthwiseFloat32(Length, Scratch));
            if (span is not ("residual" or "scratch"))
            {
                Check(() => DepthwiseRows(Length));
            }

            if (span != "scratch")
            {
                Check(() => MatrixFloat32(Length));
            }
        }

        static void Check(Action call) => Assert.ThrowsAny<ArgumentException>(call);
    }

    [Theory]
    [InlineData(2, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 0, -1)]
    public void BatchedFloat32_SpanOfWrongLength_Throws(int left, int right, int output)
        => Assert.Throws<ArgumentException>(() => Gemm.BatchedFloat32(
            Matrix, 2, false, true, new float[(2 * 21) + left], new float[140 + right], new float[(2 * 60) + output]));

    [Fact]
    public void HeavyKernels_AllLengthsRight_Run()
    {
        ConvolutionUInt8(Same, Exact);
        DepthwiseUInt8(Same, Exact);
        MatrixUInt8(Same, Exact);
        ConvolutionFloat32(Same, Exact);
        DepthwiseFloat32(Same, Exact);
        DepthwiseRows(Same);
        MatrixFloat32(Same);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(256)]
    public void UInt8_ZeroPointNotAByte_Throws(int zeroPoint)
    {
        Assert.ThrowsAny<ArgumentException>(() => Convolution.UInt8(Shape, default, zeroPoint, default, default, default));
        Assert.ThrowsAny<ArgumentException>(
            () => DepthwiseConvolution.UInt8(DepthwiseShape, default, zeroPoint, default, default, default));
        Assert.ThrowsAny<ArgumentException>(() => { Epilogue.ToUInt8(default, default, zeroPoint, 0, 255, default); });
        Assert.ThrowsAny<ArgumentException>(() => { Epilogue.AddToUInt8(default, default, default, zeroPoint, 1, 0, 0, 255, default); });
    }

    [Theory]
    [InlineData(-1, 255)]
    [InlineData(0, 256)]
    [InlineData(9, 8)]
    public void Epilogue_BoundsNotBytesInOrder_Throws(int minimum, int maximum)
        => Assert.ThrowsAny<ArgumentException>(() => { Epilogue.ToUInt8(default, default, 0, minimum, maximum, default); });

    [Fact]
    public void DepthwiseConvolution_ShapeNotDepthwise_Throws()
    {
        Assert.Throws<ArgumentException>(() => DepthwiseConvolution.Float32(Shape, default, default, default, default));
        Assert.Throws<ArgumentException>(() => DepthwiseConvolution.UInt8(Shape, default, 0, default, default, default));
        Assert.Throws<ArgumentException>(() => { WeightPacking.DepthwiseFloat32(default, Shape); });
    }

    [Fact]
    public void ConvolutionShape_ImpossibleSizes_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => { new ConvolutionShape(1, 0, 5, 3, 5, 5, 8, 3, 3); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { new ConvolutionShape(1, 5, 5, 3, 5, 5, 8, 3, 3, strideX: 0); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { new ConvolutionShape(1, 5, 5, 3, 5, 5, 8, 3, 3, padTop: -1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { new ConvolutionShape(1, 5, 5, 3, 5, 5, 8, 3, 3, groups: 2); });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => { new ConvolutionShape(1, 5, 5, 3, int.MaxValue, int.MaxValue, 8, 3, 3, strideY: int.MaxValue); });
    }

    [Fact]
    public void ScratchBytes_PaddingAndRunLengths_DecideWhetherTheInputIsReadInPlace()
    {
        // No padding, rows of taps of 12 bytes; then of 9, with padding, and with taps of 4 and 3 channels apart.
        Assert.Equal(0, new ConvolutionShape(7, 5, 5, 4, 3, 3, 8, 3, 3).ScratchBytes(1));
        Assert.Equal((5 * 5 * 3) + 64, new ConvolutionShape(7, 5, 5, 3, 3, 3, 8, 3, 3).ScratchBytes(1));
        Assert.Equal(0, new ConvolutionShape(7, 5, 5, 3, 3, 3, 8, 3, 3).ScratchBytes(4));
        Assert.Equal((7 * 7 * 3 * 4) + 64, new ConvolutionShape(7, 5, 5, 3, 5, 5, 8, 3, 3, padTop: 1, padLeft: 1).ScratchBytes(4));
        Assert.Equal(0, new ConvolutionShape(1, 5, 5, 4, 5, 1, 8, 1, 3, dilationX: 2).ScratchBytes(1));
        Assert.Equal((5 * 5 * 3) + 64, new ConvolutionShape(1, 5, 5, 3, 5, 1, 8, 1, 3, dilationX: 2).ScratchBytes(1));
        Assert.Equal(0, new ConvolutionShape(1, 5, 5, 8, 5, 5, 8, 1, 1, groups: 2).ScratchBytes(1));
        Assert.Equal(0, new ConvolutionShape(1, 8, 8, 16, 6, 6, 16, 3, 3, groups: 16).ScratchBytes(1));
        Assert.Equal((8 * 8 * 20) + 64, new ConvolutionShape(1, 8, 8, 20, 6, 6, 20, 3, 3, groups: 20).ScratchBytes(1));
        Assert.Equal(0, new GemmShape(5, 8, 3).ScratchBytes(1));
        Assert.Equal((5 * 8) + 64, new GemmShape(5, 7, 3).ScratchBytes(1));
    }

    /// <summary>It would read four bytes at a time where one lies beside the next pixel's.</summary>
    [Fact]
    public void Convolution_DepthwiseShape_Throws()
    {
        Assert.Throws<ArgumentException>("shape", () => Convolution.UInt8(
            DepthwiseShape, new byte[500], 0, [], Epilogue.ToUInt8([], [], 0, 0, 255, []), []));
        Assert.Throws<ArgumentException>("shape", () => Convolution.Float32(
            DepthwiseShape, new float[500], [], FloatEpilogue.Store([], 0, 1, []), []));
    }

    [Fact]
    public void HeavyKernels_InSteadyState_AllocateNothing()
    {
        var input = new byte[75];
        var floats = new float[75];
        var weights = new sbyte[32 * 3 * 12];
        var floatWeights = new float[32 * 27];
        var bias = new int[32];
        var multipliers = new float[32];
        var bytes = new byte[500];
        var output = new float[500];
        var scratch = new byte[Shape.ScratchBytes(4)];
        void Run()
        {
            Convolution.UInt8(Shape, input, 3, weights, Epilogue.ToUInt8(bias, multipliers, 0, 0, 255, bytes), scratch);
            Convolution.Float32(Shape, floats, floatWeights, FloatEpilogue.Store(multipliers, 0, 1, output), scratch);
        }

        Assert.Equal(0, Allocations.Of(Run));
    }

    private static int Same(int length, string name) => length;

    private static int Exact(long length) => (int)length;

    private static void ConvolutionUInt8(Func<int, string, int> length, Func<long, int> scratch)
        => UInt8(length, 75, 32 * 3 * 12, 500, (input, weights, epilogue) =>
            Convolution.UInt8(Shape, input, 0, weights, epilogue(), new byte[scratch(Shape.ScratchBytes(1))]));

    private static void DepthwiseUInt8(Func<int, string, int> length, Func<long, int> scratch)
        => UInt8(length, 500, 9 * 32, 500, (input, weights, epilogue) =>
            DepthwiseConvolution.UInt8(DepthwiseShape, input, 0, weights, epilogue(), new byte[scratch(DepthwiseShape.ScratchBytes(1))]));

    private static void MatrixUInt8(Func<int, string, int> length, Func<long, int> scratch)
        => UInt8(length, 21, 32 * 8, 60, (input, weights, epilogue) =>
            Gemm.UInt8(Matrix, input, weights, epilogue(), new byte[scratch(Matrix.ScratchBytes(1))]));

    private static void ConvolutionFloat32(Func<int, string, int> length, Func<long, int> scratch)
        => Float32(length, 75, 32 * 27, 500, (input, weights, epilogue) =>
            Convolution.Float32(Shape, input, weights, epilogue(), new byte[scratch(Shape.ScratchBytes(4))]));

    private static void DepthwiseFloat32(Func<int, string, int> length, Func<long, int> scratch)
        => Float32(length, 500, 9 * 32, 500, (input, weights, epilogue) =>
            DepthwiseConvolution.Float32(DepthwiseShape, input, weights, epilogue(), new byte[scratch(DepthwiseShape.ScratchBytes(4))]));

    /// <summary>What is stored as it is goes another way, without a copy of the image.</summary>
    private static void DepthwiseRows(Func<int, string, int> length)
    {
        var bias = new float[length(32, "bias")];
        DepthwiseConvolution.Float32(
            DepthwiseShape, new float[length(500, "input")], new float[length(9 * 32, "weights")],
            FloatEpilogue.Store(bias, float.NegativeInfinity, float.PositiveInfinity, new float[length(500, "output")]),
            new byte[DepthwiseShape.ScratchBytes(4)]);
    }

    private static void MatrixFloat32(Func<int, string, int> length)
        => Float32(length, 21, 32 * 7, 60, (input, weights, epilogue) => Gemm.Float32(Matrix, input, weights, epilogue()));

    private static void UInt8(
        Func<int, string, int> length, int inputs, int weights, int outputs, Action<byte[], sbyte[], MakeEpilogue> run)
    {
        var bias = new int[length(32, "bias")];
        var multipliers = new float[length(32, "multipliers")];
        var residualMultipliers = new float[length(32, "residualMultipliers")];
        var residual = new int[length(outputs, "residual")];
        var output = new byte[length(outputs, "output")];
        run(new byte[length(inputs, "input")], new sbyte[length(weights, "weights")], () =>
            Epilogue.AddAccumulatorsToUInt8(bias, multipliers, residual, residualMultipliers, 0, 0, 255, output));
    }

    private static void Float32(
        Func<int, string, int> length, int inputs, int weights, int outputs, Action<float[], float[], MakeFloatEpilogue> run)
    {
        var bias = new float[length(32, "bias")];
        var residual = new float[length(outputs, "residual")];
        var output = new float[length(outputs, "output")];
        run(new float[length(inputs, "input")], new float[length(weights, "weights")], () =>
            FloatEpilogue.AddAndStore(bias, residual, 0, 1, output));
    }

    private delegate Epilogue MakeEpilogue();

    private delegate FloatEpilogue MakeFloatEpilogue();

    /// <summary>The factors behind a gate, and what is added then, stand one behind the other.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(-32)]
    public void GateToUInt8_AffineOfWrongLength_Throws(int change) => Assert.Throws<ArgumentException>(() => Gemm.UInt8(
        Matrix, new byte[21], new sbyte[32 * 8],
        Epilogue.GateToUInt8(new int[32], new float[32], 1, 0, new float[64 + change], 0, 0, 255, new byte[60]),
        new byte[Matrix.ScratchBytes(1)]));

    /// <summary>A residual of floats behind sums of integers.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void AddToFloat32_ResidualOfWrongLength_Throws(int change) => Assert.Throws<ArgumentException>(() => Gemm.UInt8(
        Matrix, new byte[21], new sbyte[32 * 8],
        Epilogue.AddToFloat32(new int[32], new float[32], new float[60 + change], 0, 1, new float[60]), new byte[Matrix.ScratchBytes(1)]));
}
