using Iced.Intel;
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

    private static byte[] Code(int rows, int panels, bool isWindows)
    {
        var assembler = new Assembler();
        UInt8Vnni512.Write(assembler, rows, panels, isWindows);
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
            interpreter.Allow(&arguments, sizeof(MicroKernelArguments), isWritable: true);
            interpreter.Allow(places, pixels * sizeof(byte*));
            interpreter.Allow(inputPointer, input.Length);
            interpreter.Allow(weightsPointer, weights.Length);
            interpreter.Allow(biasPointer, bias.Length * sizeof(int));
            for (int panel = 0; panel < panels; panel++)
            {
                interpreter.Allow(actualPointer + (panel * GemmDriver.AccumulatorsPanelStep), pixels * 64, isWritable: true);
            }

            MicroKernelArguments before = arguments;
            interpreter.Run(isWindows ? Register.RCX : Register.RDI, &arguments);
            arguments.Working = before.Working;
            Assert.True(
                new ReadOnlySpan<byte>(&before, sizeof(MicroKernelArguments))
                    .SequenceEqual(new ReadOnlySpan<byte>(&arguments, sizeof(MicroKernelArguments))),
                "The arguments were changed, and a driver goes on with them.");

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
