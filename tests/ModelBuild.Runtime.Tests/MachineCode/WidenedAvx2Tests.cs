using ModelBuild.Runtime.Kernels;
using Assembler = ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Tests.MachineCode;

/// <summary>
/// The very bytes of the kernels, interpreted, on inputs that were widened by definition: what they calculate and which memory they touch.
/// </summary>
public sealed unsafe class WidenedAvx2Tests
{
    private const byte Untouched = 0xA5;

    /// <summary>Values of all inputs and of all weights; null for random ones.</summary>
    private static readonly (byte Input, sbyte Weight)?[] s_values = [null, (255, -128), (255, 127), (128, -1)];

    public static TheoryData<int, bool> Kernels
    {
        get
        {
            var data = new TheoryData<int, bool>();
            for (int rows = 1; rows <= 6; rows++)
            {
                data.Add(rows, false);
                data.Add(rows, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_RowsSegmentsAndSteps_GivesWhatTheScalarGives(int rows, bool isWindows)
    {
        foreach ((int tiles, int taps, int segments, int steps) in (ReadOnlySpan<(int, int, int, int)>)
            [(1, 1, 1, 1), (1, 1, 1, 2), (2, 3, 1, 5), (3, 2, 3, 2), (1, 2, 2, 7), (2, 2, 1, 1), (2, 0, 1, 3), (2, 1, 1, 0)])
        {
            foreach ((byte, sbyte)? values in s_values)
            {
                AssertEqualsScalar(rows, isWindows, tiles, taps, segments, steps, values);
            }
        }
    }

    /// <summary>Bytes are those of the scalar epilogue, and nothing else is read or written.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void FinishingKernel_OfAnyForm_GivesWhatScalarKernelAndEpilogueGive(int rows, bool isWindows)
    {
        foreach ((bool hasResidual, bool isInPlace) in (ReadOnlySpan<(bool, bool)>)[(false, false), (true, false), (true, true)])
        {
            AssertFinishes(rows, isWindows, hasResidual, isInPlace, tiles: 1, steps: 3, multiplier: 2e-6f, (5, 249));
            AssertFinishes(rows, isWindows, hasResidual, isInPlace, tiles: 3, steps: 2, multiplier: 4f, (128, 249));
            AssertFinishes(rows, isWindows, hasResidual, isInPlace, tiles: 2, steps: 1, multiplier: 2e-6f, (0, 255));
            AssertFinishes(rows, isWindows, hasResidual, isInPlace, tiles: 2, steps: 0, multiplier: 2e-6f, (77, 77));
        }
    }

    private static void AssertEqualsScalar(
        int rows, bool isWindows, int tiles, int taps, int segments, int steps, (byte Input, sbyte Weight)? values)
    {
        const int InputOffset = 8;

        // Every second pixel begins at an odd byte, all else is even.
        int segmentStep = (steps * 4) + 14;
        int rowStep = (segments * segmentStep) + 22;
        int pixelStep = 27;
        int pixels = rows * tiles;
        var random = new Random((rows * 1000) + (tiles * 100) + (taps * 10) + steps);
        int reach = ((int.Max(taps, 1) - 1) * rowStep) + ((segments - 1) * segmentStep) + (steps * 4);
        var input = new byte[InputOffset + ((pixels - 1) * pixelStep) + reach];
        var weights = new byte[int.Max(taps * segments * steps, 1) * 64];
        var bias = new int[16];
        random.NextBytes(input);
        random.NextBytes(weights);
        for (int i = 0; i < bias.Length; i++)
        {
            // Sums that wrap, too.
            bias[i] = random.Next(4) switch
            {
                0 => int.MaxValue - i, 1 => int.MinValue + i, _ => random.Next(int.MinValue, int.MaxValue),
            };
        }

        if (values is { } same)
        {
            Array.Fill(input, same.Input);
            Array.Fill(weights, (byte)same.Weight);
        }

        var expected = new byte[pixels * 64];
        var actual = new byte[pixels * 64];
        Array.Fill(actual, Untouched);
        byte[] planes = Planes(input);
        byte** places = stackalloc byte*[pixels];
        byte** widened = stackalloc byte*[pixels];
        fixed (byte* inputPointer = input, planePointer = planes, weightsPointer = weights)
        fixed (byte* expectedPointer = expected, actualPointer = actual)
        fixed (int* biasPointer = bias)
        {
            var arguments = new MicroKernelArguments
            {
                Pixels = widened,
                InputOffset = InputOffset,
                Tiles = tiles,
                Rows = taps,
                RowStep = rowStep,
                Segments = segments,
                SegmentStep = segmentStep,
                Steps = steps,
                Weights = weightsPointer,
                Bias = (byte*)biasPointer,
                Accumulators = actualPointer,
            };
            var interpreter = new Interpreter(Code(rows, isWindows));
            for (int i = 0; i < pixels; i++)
            {
                places[i] = inputPointer + (i * pixelStep);
                widened[i] = Place(planePointer, i * pixelStep);
            }

            AllowQuads(interpreter, arguments, pixels);
            interpreter.Allow(widened, pixels * sizeof(byte*));
            interpreter.Allow(weightsPointer, taps * segments * steps * 64);
            interpreter.Allow(biasPointer, bias.Length * sizeof(int));
            interpreter.Allow(actualPointer, actual.Length, isWritable: true);

            MicroKernelCall.Run(interpreter, isWindows, &arguments);

            MicroKernelArguments scalar = arguments with { Pixels = places, Tiles = pixels, Accumulators = expectedPointer };
            ScalarMicroKernels.UInt8(&scalar);
        }

        Assert.Equal(expected, actual);
    }

    /// <param name="rows">Pixels of a tile.</param>
    /// <param name="isWindows">Where arguments come from.</param>
    /// <param name="hasResidual">Whether something is added.</param>
    /// <param name="isInPlace">Whether the output takes the residual's place.</param>
    /// <param name="tiles">Tiles.</param>
    /// <param name="steps">Quads of inputs.</param>
    /// <param name="multiplier">Sums are up to 2³¹: small ones give all codes, large ones what no int32 holds.</param>
    /// <param name="bounds">The smallest code and the largest.</param>
    private static void AssertFinishes(
        int rows, bool isWindows, bool hasResidual, bool isInPlace, int tiles, int steps, float multiplier,
        (int Lowest, int Highest) bounds)
    {
        // Pixels with channels before and behind those of the panel.
        const int Before = 3;
        const int Channels = Before + 16 + 2;
        const int ZeroPoint = 77;
        int pixels = rows * tiles;
        var random = new Random((rows * 1000) + (tiles * 10) + steps);
        var input = new byte[int.Max(pixels * steps * 4, 1)];
        var weights = new byte[int.Max(steps, 1) * 64];
        var bias = new int[16];
        var multipliers = new float[16];
        var residual = new byte[pixels * Channels];
        random.NextBytes(input);
        random.NextBytes(weights);
        random.NextBytes(residual);
        for (int i = 0; i < bias.Length; i++)
        {
            bias[i] = random.Next(-80_000_000, 80_000_000);
            multipliers[i] = multiplier * (1 + random.NextSingle());
        }

        var expected = new byte[pixels * Channels];
        var actual = new byte[pixels * Channels];
        Array.Fill(expected, Untouched);
        Array.Fill(actual, Untouched);
        if (isInPlace)
        {
            residual.CopyTo(expected, 0);
            residual.CopyTo(actual, 0);
        }

        var sums = new byte[pixels * 64];
        byte[] planes = Planes(input);
        byte** places = stackalloc byte*[pixels];
        byte** widened = stackalloc byte*[pixels];
        FinishingTarget target = hasResidual ? FinishingTarget.CodesWithResidual : FinishingTarget.Codes;
        fixed (byte* inputPointer = input, planePointer = planes, weightsPointer = weights, residualPointer = residual)
        fixed (byte* expectedPointer = expected, actualPointer = actual, sumPointer = sums)
        fixed (int* biasPointer = bias)
        fixed (float* multiplierPointer = multipliers)
        {
            var epilogue = new EpilogueArguments
            {
                Accumulators = sumPointer,
                Multipliers = multiplierPointer,
                Residual = residualPointer,
                ResidualMultiplier = 0.37f,
                ResidualZeroPoint = 90,
                ZeroPoint = ZeroPoint,
                Minimum = bounds.Lowest - ZeroPoint,
                Maximum = bounds.Highest - ZeroPoint,
                Output = expectedPointer,
                Channels = Channels,
                Pixels = pixels,
                FirstElement = Before,
                Lanes = 16,
            };
            byte* beside = isInPlace ? actualPointer : residualPointer;
            var arguments = new MicroKernelArguments
            {
                Pixels = widened,
                Tiles = tiles,
                Rows = 1,
                Segments = 1,
                Steps = steps,
                Weights = weightsPointer,
                Bias = (byte*)biasPointer,
                Finishing = ProductCode.Avx2.Arguments(target, epilogue) with
                {
                    Multipliers = multiplierPointer,
                    Output = actualPointer + Before,
                    Beside = hasResidual ? beside + Before : null,
                },
            };
            var interpreter = new Interpreter(Code(rows, isWindows, new FinishingForm(target, IsPartial: false)));
            for (int i = 0; i < pixels; i++)
            {
                places[i] = inputPointer + (i * steps * 4);
                widened[i] = Place(planePointer, i * steps * 4);
                interpreter.Allow(actualPointer + (i * Channels) + Before, 16, isWritable: true);
                if (hasResidual)
                {
                    interpreter.Allow(residualPointer + (i * Channels) + Before, 16);
                }
            }

            AllowQuads(interpreter, arguments, pixels);
            interpreter.Allow(widened, pixels * sizeof(byte*));
            interpreter.Allow(weightsPointer, steps * 64);
            interpreter.Allow(biasPointer, bias.Length * sizeof(int));
            interpreter.Allow(multiplierPointer, multipliers.Length * sizeof(float));
            interpreter.Allow(arguments.Finishing.Order, 32);

            MicroKernelCall.Run(interpreter, isWindows, &arguments);

            MicroKernelArguments scalar = arguments with { Pixels = places, Tiles = pixels, Accumulators = sumPointer };
            ScalarMicroKernels.UInt8(&scalar);
            ScalarMicroKernels.Epilogue(hasResidual ? EpilogueKind.AddToUInt8 : EpilogueKind.ToUInt8)(&epilogue);
        }

        Assert.Equal(expected, actual);
    }

    /// <summary>
    /// Three planes, <see cref="WidenedWindow.PlaneStep"/> apart: the words of the even bytes, each where its byte is, those of the odd
    /// ones where the byte before is, and those of the even ones where two bytes before are.
    /// </summary>
    private static byte[] Planes(byte[] input)
    {
        var planes = new byte[3 * WidenedWindow.PlaneStep];
        for (int plane = 0; plane < 3; plane++)
        {
            for (int i = plane; i < input.Length; i += 2)
            {
                planes[(plane * WidenedWindow.PlaneStep) + i - plane] = input[i];
            }
        }

        return planes;
    }

    private static byte* Place(byte* planes, int offset) =>
        planes + (offset % 2 * WidenedWindow.PlaneStep) + offset - (offset % 2);

    /// <summary>Lets a kernel read the quads that a pixel has, in two planes, and nothing beside them.</summary>
    private static void AllowQuads(Interpreter interpreter, in MicroKernelArguments arguments, int pixels)
    {
        for (int i = 0; i < pixels; i++)
        {
            byte* pixel = arguments.Pixels[i] + arguments.InputOffset;
            for (int row = 0; row < arguments.Rows; row++)
            {
                for (int segment = 0; segment < arguments.Segments; segment++)
                {
                    byte* first = pixel + (row * arguments.RowStep) + (segment * arguments.SegmentStep);
                    interpreter.Allow(first, arguments.Steps * 4);
                    interpreter.Allow(first + WidenedWindow.PlaneStep, arguments.Steps * 4);
                }
            }
        }
    }

    private static byte[] Code(int rows, bool isWindows, FinishingForm? finishing = null)
    {
        var assembler = new Assembler(isAvx2: true);
        new WidenedAvx2(assembler, rows, finishing).Write(isWindows);
        return assembler.ToArray();
    }
}
