using ModelBuild.Runtime.Kernels;
using Assembler = ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Tests.MachineCode;

/// <summary>
/// The very bytes of the kernels, interpreted: sums are those of plain code that adds in the same order, to the bit, and no memory is
/// touched beside what belongs to them.
/// </summary>
public sealed unsafe class Float32CodeTests
{
    private const int Lanes = 16;
    private const float Untouched = 1234567;

    private static readonly float[] s_specials =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, float.MaxValue, float.Epsilon];

    public static TheoryData<int, bool> Kernels => WidenedAvx2Tests.Kernels;

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_RowsSegmentsAndSteps_AddsInTheOrderOfThePlainCode(int rows, bool isWindows)
    {
        foreach ((int tiles, int taps, int segments, int steps) in (ReadOnlySpan<(int, int, int, int)>)
            [(1, 1, 1, 1), (1, 1, 1, 4), (2, 3, 1, 5), (3, 2, 3, 3), (1, 2, 2, 11), (2, 1, 2, 8), (1, 1, 1, 6), (2, 0, 1, 3), (2, 1, 1, 0)])
        {
            AssertEqualsPlain(rows, isWindows, tiles, taps, segments, steps, hasSpecials: false);
            AssertEqualsPlain(rows, isWindows, tiles, taps, segments, steps, hasSpecials: true);
        }
    }

    /// <summary>Floats are those of the scalar epilogue, to the bit, and nothing else is read or written.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void FinishingKernel_OfAnyForm_GivesWhatPlainSumsAndScalarEpilogueGive(int rows, bool isWindows)
    {
        foreach ((bool hasResidual, bool isInPlace) in (ReadOnlySpan<(bool, bool)>)[(false, false), (true, false), (true, true)])
        {
            foreach ((float minimum, float maximum) in (ReadOnlySpan<(float, float)>)
                [(float.NegativeInfinity, float.PositiveInfinity), (0, 6), (-0.5f, 0.75f), (0, float.PositiveInfinity)])
            {
                AssertFinishes(rows, isWindows, hasResidual, isInPlace, tiles: 1, steps: 5, minimum, maximum);
                AssertFinishes(rows, isWindows, hasResidual, isInPlace, tiles: 3, steps: 2, minimum, maximum);
            }
        }
    }

    private static void AssertEqualsPlain(int rows, bool isWindows, int tiles, int taps, int segments, int steps, bool hasSpecials)
    {
        const int InputOffset = 2;
        int segmentStep = steps + 3;
        int rowStep = (segments * segmentStep) + 5;
        int pixelStep = 7;
        int pixels = rows * tiles;
        var random = new Random((rows * 1000) + (tiles * 100) + (taps * 10) + steps);
        int reach = ((int.Max(taps, 1) - 1) * rowStep) + ((segments - 1) * segmentStep) + steps;
        float[] input = Numbers(random, InputOffset + ((pixels - 1) * pixelStep) + reach, hasSpecials);
        float[] weights = Numbers(random, int.Max(taps * segments * steps, 1) * Lanes, hasSpecials: false);
        float[] bias = Numbers(random, Lanes, hasSpecials);
        var actual = new float[pixels * Lanes];
        var expected = new float[pixels * Lanes];
        Array.Fill(actual, Untouched);
        byte** places = stackalloc byte*[pixels];
        fixed (float* inputPointer = input, weightsPointer = weights, biasPointer = bias)
        fixed (float* actualPointer = actual, expectedPointer = expected)
        {
            var arguments = new MicroKernelArguments
            {
                Pixels = places,
                InputOffset = InputOffset * sizeof(float),
                Tiles = tiles,
                Rows = taps,
                RowStep = rowStep * sizeof(float),
                Segments = segments,
                SegmentStep = segmentStep * sizeof(float),
                Steps = steps,
                Weights = (byte*)weightsPointer,
                Bias = (byte*)biasPointer,
                Accumulators = (byte*)actualPointer,
            };
            var interpreter = new Interpreter(Code(rows, isWindows));
            for (int i = 0; i < pixels; i++)
            {
                places[i] = (byte*)(inputPointer + (i * pixelStep));
            }

            AllowInputs(interpreter, arguments, pixels);
            interpreter.Allow(places, pixels * sizeof(byte*));
            interpreter.Allow(weightsPointer, taps * segments * steps * Lanes * sizeof(float));
            interpreter.Allow(biasPointer, bias.Length * sizeof(float));
            interpreter.Allow(actualPointer, actual.Length * sizeof(float), isWritable: true);

            MicroKernelCall.Run(interpreter, isWindows, &arguments);

            Plain(arguments, rows, expectedPointer);
        }

        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
    }

    private static void AssertFinishes(
        int rows, bool isWindows, bool hasResidual, bool isInPlace, int tiles, int steps, float minimum, float maximum)
    {
        // Pixels with channels before and behind those of the panel.
        const int Before = 3;
        const int Channels = Before + Lanes + 2;
        int pixels = rows * tiles;
        var random = new Random((rows * 1000) + (tiles * 10) + steps);
        float[] input = Numbers(random, pixels * steps, hasSpecials: true);
        float[] weights = Numbers(random, steps * Lanes, hasSpecials: false);
        float[] bias = Numbers(random, Lanes, hasSpecials: true);
        s_specials.CopyTo(bias, 1);
        s_specials.CopyTo(bias, 9);
        float[] residual = Numbers(random, pixels * Channels, hasSpecials: true);
        var expected = new float[pixels * Channels];
        var actual = new float[pixels * Channels];
        Array.Fill(expected, Untouched);
        Array.Fill(actual, Untouched);
        if (isInPlace)
        {
            residual.CopyTo(expected, 0);
            residual.CopyTo(actual, 0);
        }

        var sums = new float[pixels * Lanes];
        byte** places = stackalloc byte*[pixels];
        FinishingTarget target = hasResidual ? FinishingTarget.FloatsWithResidual : FinishingTarget.Floats;
        fixed (float* inputPointer = input, weightsPointer = weights, biasPointer = bias, residualPointer = residual)
        fixed (float* actualPointer = actual, expectedPointer = expected, sumPointer = sums)
        {
            var epilogue = new EpilogueArguments
            {
                Accumulators = sumPointer,
                Residual = residualPointer,
                Minimum = minimum,
                Maximum = maximum,
                Output = expectedPointer,
                Channels = Channels,
                Pixels = pixels,
                FirstElement = Before,
                Lanes = Lanes,
            };
            float* beside = isInPlace ? actualPointer : residualPointer;
            var arguments = new MicroKernelArguments
            {
                Pixels = places,
                Tiles = tiles,
                Rows = 1,
                Segments = 1,
                Steps = steps,
                Weights = (byte*)weightsPointer,
                Bias = (byte*)biasPointer,
                Finishing = ProductCode.Float32.Arguments(target, epilogue) with
                {
                    Output = (byte*)(actualPointer + Before),
                    Beside = hasResidual ? (byte*)(beside + Before) : null,
                },
            };
            var interpreter = new Interpreter(Code(rows, isWindows, new FinishingForm(target, IsPartial: false)));
            for (int i = 0; i < pixels; i++)
            {
                places[i] = (byte*)(inputPointer + (i * steps));
                interpreter.Allow(actualPointer + (i * Channels) + Before, Lanes * sizeof(float), isWritable: true);
                if (hasResidual)
                {
                    interpreter.Allow(residualPointer + (i * Channels) + Before, Lanes * sizeof(float));
                }
            }

            AllowInputs(interpreter, arguments, pixels);
            interpreter.Allow(places, pixels * sizeof(byte*));
            interpreter.Allow(weightsPointer, weights.Length * sizeof(float));
            interpreter.Allow(biasPointer, bias.Length * sizeof(float));

            MicroKernelCall.Run(interpreter, isWindows, &arguments);

            Plain(arguments, rows, sumPointer);
            ScalarMicroKernels.Epilogue(hasResidual ? EpilogueKind.AddAndStore : EpilogueKind.Store)(&epilogue);
        }

        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
    }

    /// <summary>
    /// Products are fused to one sum, in order. In tiles of one pixel four sums take turns within a segment; what is left of it goes to the
    /// first one.
    /// </summary>
    private static void Plain(in MicroKernelArguments arguments, int rows, float* target)
    {
        Span<float> sums = stackalloc float[4];
        for (int pixel = 0; pixel < arguments.Tiles * rows; pixel++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                sums.Clear();
                sums[0] = ((float*)arguments.Bias)[lane];
                float* weights = (float*)arguments.Weights + lane;
                for (int row = 0; row < arguments.Rows; row++)
                {
                    for (int segment = 0; segment < arguments.Segments; segment++)
                    {
                        var input = (float*)(arguments.Pixels[pixel] + arguments.InputOffset
                            + (row * arguments.RowStep) + (segment * arguments.SegmentStep));
                        int inTurns = rows == 1 ? arguments.Steps / 4 * 4 : 0;
                        for (int step = 0; step < arguments.Steps; step++, weights += Lanes)
                        {
                            ref float sum = ref sums[step < inTurns ? step % 4 : 0];
                            sum = MathF.FusedMultiplyAdd(input[step], *weights, sum);
                        }
                    }
                }

                target[(pixel * Lanes) + lane] = rows == 1 ? (sums[0] + sums[1]) + (sums[2] + sums[3]) : sums[0];
            }
        }
    }

    /// <summary>Lets a kernel read what a pixel has, and nothing beside it.</summary>
    private static void AllowInputs(Interpreter interpreter, in MicroKernelArguments arguments, int pixels)
    {
        for (int i = 0; i < pixels; i++)
        {
            for (int row = 0; row < arguments.Rows; row++)
            {
                for (int segment = 0; segment < arguments.Segments; segment++)
                {
                    interpreter.Allow(
                        arguments.Pixels[i] + arguments.InputOffset + (row * arguments.RowStep) + (segment * arguments.SegmentStep),
                        arguments.Steps * sizeof(float));
                }
            }
        }
    }

    /// <summary>Numbers of all magnitudes, so that another order of summation gives another result.</summary>
    private static float[] Numbers(Random random, int length, bool hasSpecials) =>
    [
        .. Enumerable.Range(0, length).Select(_ => hasSpecials && random.Next(20) == 0
            ? s_specials[random.Next(s_specials.Length)] : (random.NextSingle() - 0.5f) * MathF.Pow(8, random.Next(3))),
    ];

    private static byte[] Code(int rows, bool isWindows, FinishingForm? finishing = null)
    {
        var assembler = new Assembler(isAvx2: true);
        new Float32Code(assembler, rows, finishing).Write(isWindows);
        return assembler.ToArray();
    }
}
