using ModelBuild.Runtime.Kernels;
using Assembler = ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Tests.MachineCode;

/// <summary>
/// The very bytes of the kernels, interpreted: what they calculate and which memory they touch, on processors with and without the
/// instructions. Where they exist, the tests of tiers run them for real.
/// </summary>
public sealed unsafe class UInt8Vnni512Tests
{
    private const byte Untouched = 0xA5;

    public static TheoryData<int, int, bool> Kernels
    {
        get
        {
            var data = new TheoryData<int, int, bool>();
            for (int rows = 1; rows <= 8; rows++)
            {
                for (int panels = 1; panels <= 2; panels++)
                {
                    data.Add(rows, panels, false);
                    data.Add(rows, panels, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_RowsSegmentsAndSteps_GivesWhatTheScalarGives(int rows, int panels, bool isWindows)
    {
        foreach ((int tiles, int taps, int segments, int steps) in
            (ReadOnlySpan<(int, int, int, int)>)[(1, 1, 1, 1), (1, 1, 1, 2), (2, 3, 1, 5), (3, 2, 3, 2), (1, 2, 2, 7), (2, 0, 1, 3)])
        {
            AssertEqualsScalar(rows, panels, isWindows, tiles, taps, segments, steps, extreme: false);
            AssertEqualsScalar(rows, panels, isWindows, tiles, taps, segments, steps, extreme: true);
        }
    }

    /// <summary>Bytes are those of the scalar epilogue, and nothing else is read or written.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void FinishingKernel_OfAnyForm_GivesWhatScalarKernelAndEpilogueGive(int rows, int panels, bool isWindows)
    {
        foreach (bool hasResidual in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (int missing in (ReadOnlySpan<int>)[0, 1, 11])
            {
                int lanes = (panels * 16) - missing;
                AssertFinishes(rows, panels, isWindows, lanes, hasResidual, tiles: 1, steps: 3, multiplier: 2e-6f, lowest: 5);
                AssertFinishes(rows, panels, isWindows, lanes, hasResidual, tiles: 3, steps: 2, multiplier: 4f, lowest: 128);
            }
        }
    }

    /// <param name="rows">Pixels of a tile.</param>
    /// <param name="panels">Panels.</param>
    /// <param name="isWindows">Where arguments come from.</param>
    /// <param name="lanes">Channels that exist.</param>
    /// <param name="hasResidual">Whether something is added.</param>
    /// <param name="tiles">Tiles.</param>
    /// <param name="steps">Quads of inputs.</param>
    /// <param name="lowest">The smallest code.</param>
    /// <param name="multiplier">Sums are up to 2³¹: small ones give all codes, large ones what no int32 holds.</param>
    private static void AssertFinishes(
        int rows, int panels, bool isWindows, int lanes, bool hasResidual, int tiles, int steps, float multiplier,
        int lowest)
    {
        // Pixels with channels before and behind those of the panels.
        const int Before = 3;
        const int ZeroPoint = 77;
        int channels = Before + lanes + 2;
        int pixels = rows * tiles;
        var random = new Random((rows * 1000) + (panels * 100) + (lanes * 10) + tiles);
        var input = new byte[pixels * steps * 4];
        var weights = new byte[panels * steps * 64];
        var bias = new int[panels * 16];
        var multipliers = new float[panels * 16];
        var residual = new byte[pixels * channels];
        random.NextBytes(input);
        random.NextBytes(weights);
        random.NextBytes(residual);
        for (int i = 0; i < bias.Length; i++)
        {
            bias[i] = random.Next(-80_000_000, 80_000_000);
            multipliers[i] = multiplier * (1 + random.NextSingle());
        }

        var expected = new byte[pixels * channels];
        var actual = new byte[pixels * channels];
        Array.Fill(expected, Untouched);
        Array.Fill(actual, Untouched);
        var sums = new byte[panels * GemmDriver.AccumulatorsPanelStep];
        byte** places = stackalloc byte*[pixels];
        FinishingTarget target = hasResidual ? FinishingTarget.CodesWithResidual : FinishingTarget.Codes;
        var form = new FinishingForm(target, lanes < panels * 16);
        fixed (byte* inputPointer = input, weightsPointer = weights, residualPointer = residual, sumPointer = sums)
        fixed (byte* expectedPointer = expected, actualPointer = actual)
        fixed (int* biasPointer = bias)
        fixed (float* multiplierPointer = multipliers)
        {
            for (int i = 0; i < pixels; i++)
            {
                places[i] = inputPointer + (i * steps * 4);
            }

            var epilogue = new EpilogueArguments
            {
                Multipliers = multiplierPointer,
                Residual = residualPointer,
                ResidualMultiplier = 0.37f,
                ResidualZeroPoint = 90,
                ZeroPoint = ZeroPoint,
                Minimum = lowest - ZeroPoint,
                Maximum = 249 - ZeroPoint,
                Output = expectedPointer,
                Channels = channels,
                Pixels = pixels,
            };
            var arguments = new MicroKernelArguments
            {
                Pixels = places,
                Tiles = tiles,
                Rows = 1,
                Segments = 1,
                Steps = steps,
                Weights = weightsPointer,
                PanelStep = steps * 64,
                Bias = (byte*)biasPointer,
                Finishing = ProductCode.Vnni512.Arguments(target, epilogue) with
                {
                    Multipliers = multiplierPointer,
                    Output = actualPointer + Before,
                    Beside = residualPointer + Before,
                    Channels = (1UL << lanes) - 1,
                    LastChannels = (1UL << (lanes - ((panels - 1) * 16))) - 1,
                },
            };
            var interpreter = new Interpreter(Code(rows, panels, isWindows, form));
            interpreter.Allow(places, pixels * sizeof(byte*));
            interpreter.Allow(inputPointer, input.Length);
            interpreter.Allow(weightsPointer, weights.Length);
            interpreter.Allow(biasPointer, bias.Length * sizeof(int));
            interpreter.Allow(multiplierPointer, multipliers.Length * sizeof(float));
            interpreter.Allow(arguments.Finishing.Order, 64);
            for (int i = 0; i < pixels; i++)
            {
                interpreter.Allow(actualPointer + (i * channels) + Before, lanes, isWritable: true);
                if (hasResidual)
                {
                    interpreter.Allow(residualPointer + (i * channels) + Before, lanes);
                }
            }

            MicroKernelCall.Run(interpreter, isWindows, &arguments);

            for (int panel = 0; panel < panels; panel++)
            {
                MicroKernelArguments single = arguments with
                {
                    Tiles = pixels,
                    Weights = weightsPointer + (panel * steps * 64),
                    Bias = (byte*)(biasPointer + (panel * 16)),
                    Accumulators = sumPointer,
                };
                ScalarMicroKernels.UInt8(&single);
                EpilogueArguments store = epilogue with
                {
                    Accumulators = sumPointer,
                    FirstElement = Before + (panel * 16),
                    FirstLane = panel * 16,
                    Lanes = int.Min(16, lanes - (panel * 16)),
                };
                ScalarMicroKernels.Epilogue(hasResidual ? EpilogueKind.AddToUInt8 : EpilogueKind.ToUInt8)(&store);
            }
        }

        Assert.Equal(expected, actual);
    }

    /// <summary>Floats are those of the pass over sums in memory, to the bit, NaN and infinity among them.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void DequantizingKernel_RowsWithParameters_GivesWhatThePassOverSumsGives(int rows, int panels, bool isWindows)
    {
        foreach (int missing in (ReadOnlySpan<int>)[0, 1, 11])
        {
            AssertDequantizes(rows, panels, isWindows, (panels * 16) - missing, tiles: 1, float.NegativeInfinity, float.PositiveInfinity);
            AssertDequantizes(rows, panels, isWindows, (panels * 16) - missing, tiles: 3, 0, 6);
        }
    }

    private static void AssertDequantizes(int rows, int panels, bool isWindows, int lanes, int tiles, float minimum, float maximum)
    {
        const int Before = 3;
        const int Steps = 3;
        int columns = Before + lanes + 2;
        int count = rows * tiles;
        var random = new Random((rows * 1000) + (panels * 100) + (lanes * 10) + tiles);
        var input = new byte[count * Steps * 4];
        var weights = new byte[panels * Steps * 64];
        var bias = new int[panels * 16];
        var parameters = new RowParameters[count];
        float[] sums = Numbers(), scales = Numbers(), addends = Numbers();
        random.NextBytes(input);
        random.NextBytes(weights);
        for (int i = 0; i < count; i++)
        {
            float scale = i switch { 1 => float.NaN, 2 => float.PositiveInfinity, _ => random.NextSingle() };
            parameters[i] = new RowParameters(scale, random.Next(256));
        }

        var expected = new float[count * columns];
        var actual = new float[count * columns];
        Array.Fill(expected, Untouched);
        Array.Fill(actual, Untouched);
        var accumulators = new byte[panels * GemmDriver.AccumulatorsPanelStep];
        byte** places = stackalloc byte*[count];
        fixed (byte* inputPointer = input, weightsPointer = weights, accumulatorPointer = accumulators)
        fixed (float* actualPointer = actual, sumPointer = sums, scalePointer = scales, addendPointer = addends)
        fixed (int* biasPointer = bias)
        fixed (RowParameters* parameterPointer = parameters)
        {
            for (int i = 0; i < count; i++)
            {
                places[i] = inputPointer + (i * Steps * 4);
            }

            var arguments = new MicroKernelArguments
            {
                Pixels = places,
                Tiles = tiles,
                Rows = 1,
                Segments = 1,
                Steps = Steps,
                Weights = weightsPointer,
                PanelStep = Steps * 64,
                Bias = (byte*)biasPointer,
                Finishing = new FinishingArguments
                {
                    OutputStep = columns * sizeof(float),
                    MinimumFloat = minimum,
                    Maximum = maximum,
                    WeightSums = sumPointer,
                    Multipliers = scalePointer,
                    Bias = addendPointer,
                    Output = (byte*)(actualPointer + Before),
                    Beside = (byte*)parameterPointer,
                    Channels = (1UL << lanes) - 1,
                    LastChannels = (1UL << (lanes - ((panels - 1) * 16))) - 1,
                },
            };
            var form = new FinishingForm(FinishingTarget.FloatsOfRows, lanes < panels * 16);
            var interpreter = new Interpreter(Code(rows, panels, isWindows, form));
            interpreter.Allow(places, count * sizeof(byte*));
            interpreter.Allow(inputPointer, input.Length);
            interpreter.Allow(weightsPointer, weights.Length);
            interpreter.Allow(biasPointer, bias.Length * sizeof(int));
            interpreter.Allow(sumPointer, sums.Length * sizeof(float));
            interpreter.Allow(scalePointer, scales.Length * sizeof(float));
            interpreter.Allow(addendPointer, addends.Length * sizeof(float));
            interpreter.Allow(parameterPointer, count * sizeof(RowParameters));
            for (int i = 0; i < count; i++)
            {
                interpreter.Allow(actualPointer + (i * columns) + Before, lanes * sizeof(float), isWritable: true);
            }

            MicroKernelCall.Run(interpreter, isWindows, &arguments);

            for (int panel = 0; panel < panels; panel++)
            {
                MicroKernelArguments single = arguments with
                {
                    Tiles = count,
                    Weights = weightsPointer + (panel * Steps * 64),
                    Accumulators = accumulatorPointer,
                };
                ScalarMicroKernels.UInt8(&single);
                int first = panel * 16;
                int width = int.Min(16, lanes - first);
                for (int i = 0; i < count; i++)
                {
                    DynamicQuantization.Dequantize(
                        new ReadOnlySpan<int>((int*)accumulatorPointer + (i * 16), width), parameters[i],
                        new ChannelParameters(sums.AsSpan(first, 16), scales.AsSpan(first, 16), addends.AsSpan(first, 16)), minimum,
                        maximum, expected.AsSpan((i * columns) + Before + first, width));
                }
            }
        }

        Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));

        float[] Numbers() => [.. Enumerable.Range(0, panels * 16).Select(_ => (random.NextSingle() - 0.5f) * 100)];
    }

    private static byte[] Code(int rows, int panels, bool isWindows, FinishingForm? finishing = null)
    {
        var assembler = new Assembler();
        new UInt8Vnni512(assembler, rows, panels, finishing).Write(isWindows);
        return assembler.ToArray();
    }

    private static void AssertEqualsScalar(
        int rows, int panels, bool isWindows, int tiles, int taps, int segments, int steps, bool extreme)
    {
        const int InputOffset = 8;
        int segmentStep = (steps * 4) + 12;
        int rowStep = (segments * segmentStep) + 20;
        int pixelStep = 28;
        int pixels = rows * tiles;
        var random = new Random((rows * 1000) + (tiles * 100) + (taps * 10) + steps);

        // Nothing behind the last byte that is needed.
        int reach = taps == 0 ? 1 : ((taps - 1) * rowStep) + ((segments - 1) * segmentStep) + (steps * 4);
        var input = new byte[InputOffset + ((pixels - 1) * pixelStep) + reach];
        int panelStep = int.Max(taps, 1) * segments * steps * 64;
        var weights = new byte[panels * panelStep];
        var bias = new int[panels * 16];
        random.NextBytes(input);
        random.NextBytes(weights);
        for (int i = 0; i < bias.Length; i++)
        {
            bias[i] = random.Next(int.MinValue, int.MaxValue);
        }

        if (extreme)
        {
            Array.Fill(input, byte.MaxValue);
            Array.Fill(weights, unchecked((byte)sbyte.MinValue));
        }

        int length = ((panels - 1) * GemmDriver.AccumulatorsPanelStep) + (pixels * 64);
        var expected = new byte[length];
        var actual = new byte[length];
        Array.Fill(expected, Untouched);
        Array.Fill(actual, Untouched);
        byte** places = stackalloc byte*[pixels];
        fixed (byte* inputPointer = input, weightsPointer = weights, expectedPointer = expected, actualPointer = actual)
        fixed (int* biasPointer = bias)
        {
            for (int i = 0; i < pixels; i++)
            {
                places[i] = inputPointer + (i * pixelStep);
            }

            var arguments = new MicroKernelArguments
            {
                Pixels = places,
                InputOffset = InputOffset,
                Tiles = tiles,
                Rows = taps,
                RowStep = rowStep,
                Segments = segments,
                SegmentStep = segmentStep,
                Steps = steps,
                Weights = weightsPointer,
                PanelStep = panelStep,
                Bias = (byte*)biasPointer,
                Accumulators = actualPointer,
            };

            var interpreter = new Interpreter(Code(rows, panels, isWindows));
            interpreter.Allow(places, pixels * sizeof(byte*));
            interpreter.Allow(inputPointer, input.Length);
            interpreter.Allow(weightsPointer, weights.Length);
            interpreter.Allow(biasPointer, bias.Length * sizeof(int));
            for (int panel = 0; panel < panels; panel++)
            {
                interpreter.Allow(actualPointer + (panel * GemmDriver.AccumulatorsPanelStep), pixels * 64, isWritable: true);
            }

            MicroKernelCall.Run(interpreter, isWindows, &arguments);

            for (int panel = 0; panel < panels; panel++)
            {
                MicroKernelArguments single = arguments with
                {
                    Tiles = pixels,
                    Weights = weightsPointer + (panel * panelStep),
                    Bias = (byte*)(biasPointer + (panel * 16)),
                    Accumulators = expectedPointer + (panel * GemmDriver.AccumulatorsPanelStep),
                };
                ScalarMicroKernels.UInt8(&single);
            }
        }

        Assert.Equal(expected, actual);
    }
}
