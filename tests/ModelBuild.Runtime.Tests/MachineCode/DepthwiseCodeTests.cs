using Iced.Intel;
using ModelBuild.Runtime.Kernels;
using Assembler = ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Tests.MachineCode;

/// <summary>
/// The very bytes of the depthwise kernels, interpreted: what they calculate and which memory they touch, on processors with and without
/// the instructions. Where they exist, the tests of tiers run them for real.
/// </summary>
public sealed unsafe class DepthwiseCodeTests
{
    private const int Pixels = 3;

    public static TheoryData<int> Taps => [1, 2, 3, 4, 9, 25, 64];

    [Theory]
    [MemberData(nameof(Taps))]
    public void Vnni512_PixelsOfTaps_GivesTheDefinition(int taps)
    {
        foreach (bool isWindows in (ReadOnlySpan<bool>)[false, true])
        {
            AssertEqualsDefinition(DepthwiseCode.Vnni512, taps, 64, isWindows, extreme: false);
            AssertEqualsDefinition(DepthwiseCode.Vnni512, taps, 64, isWindows, extreme: true);
            AssertEqualsDefinition(DepthwiseCode.Vnni512, taps, 40, isWindows, extreme: false);
            AssertEqualsDefinition(DepthwiseCode.Vnni512, taps, 7, isWindows, extreme: false);
        }
    }

    /// <summary>Its blocks are whole.</summary>
    [Theory]
    [MemberData(nameof(Taps))]
    public void BlockAvx2_PixelsOfTaps_GivesTheDefinition(int taps)
    {
        foreach (bool isWindows in (ReadOnlySpan<bool>)[false, true])
        {
            AssertEqualsDefinition(DepthwiseCode.Avx2, taps, 32, isWindows, extreme: false);
            AssertEqualsDefinition(DepthwiseCode.Avx2, taps, 32, isWindows, extreme: true);
        }
    }

    private static void AssertEqualsDefinition(DepthwiseCode code, int taps, int channels, bool isWindows, bool extreme)
    {
        bool isAvx2 = code == DepthwiseCode.Avx2;
        int width = code.Channels;
        int padded = (channels + 15) / 16 * 16;
        var random = new Random((taps * 100) + channels);
        var input = new byte[Pixels * taps * channels];
        var weights = new sbyte[taps * padded];
        var bias = new int[padded];
        var multipliers = new float[padded];
        random.NextBytes(input);
        for (int i = 0; i < padded; i++)
        {
            bias[i] = random.Next(-5000, 5000);
            multipliers[i] = extreme ? 1 : 0.02f * random.NextSingle();
            for (int tap = 0; tap < taps; tap++)
            {
                weights[(tap * padded) + i] = i >= channels ? (sbyte)0 : extreme ? sbyte.MinValue : (sbyte)random.Next(-128, 128);
            }
        }

        if (extreme)
        {
            Array.Fill(input, byte.MaxValue);
        }

        const int ZeroPoint = 100;
        const int Lowest = 3;
        const int Highest = 250;
        var actual = new byte[Pixels * width];
        byte[] block = new byte[code.BlockBytes(taps)];
        byte** places = stackalloc byte*[Pixels * taps];
        fixed (byte* inputPointer = input, blockPointer = block, actualPointer = actual)
        fixed (sbyte* weightPointer = weights)
        fixed (int* biasPointer = bias)
        fixed (float* multiplierPointer = multipliers)
        {
            code.Prepare(weightPointer, padded, taps, biasPointer, multiplierPointer, channels, blockPointer);
            for (int i = 0; i < Pixels * taps; i++)
            {
                // In another order than they lie.
                places[i] = inputPointer + (((i * 7) + 5) % (Pixels * taps) * channels) - 1;
            }

            var arguments = new DepthwiseStripArguments
            {
                Taps = places, Offset = 1, Mask = channels == 64 ? ulong.MaxValue : (1UL << channels) - 1, Block = blockPointer,
                Output = actualPointer, OutputStep = width, Pixels = Pixels, Minimum = Lowest - ZeroPoint, Maximum = Highest - ZeroPoint,
                ZeroPoints = ZeroPoint * 0x10001, MinimumCodes = Lowest * 0x01010101,
            };
            var assembler = new Assembler(isAvx2);
            if (isAvx2)
            {
                DepthwiseBlockAvx2.Write(assembler, taps, isWindows);
            }
            else
            {
                DepthwiseVnni512.Write(assembler, taps, isWindows);
            }

            var interpreter = new Interpreter(assembler.ToArray());
            interpreter.Allow(&arguments, sizeof(DepthwiseStripArguments), isWritable: true);
            interpreter.Allow(inputPointer, input.Length);
            interpreter.Allow(places, Pixels * taps * sizeof(byte*));
            interpreter.Allow(blockPointer, block.Length);
            interpreter.Allow(actualPointer, actual.Length, isWritable: true);
            interpreter.Run(isWindows ? Register.RCX : Register.RDI, &arguments);

            for (int pixel = 0; pixel < Pixels; pixel++)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    int sum = bias[channel];
                    for (int tap = 0; tap < taps; tap++)
                    {
                        sum += places[(pixel * taps) + tap][1 + channel] * weights[(tap * padded) + channel];
                    }

                    float scaled = MathF.Round(sum * multipliers[channel], MidpointRounding.ToEven) + ZeroPoint;
                    Assert.Equal((byte)Math.Clamp(scaled, Lowest, Highest), actual[(pixel * width) + channel]);
                }
            }
        }
    }
}
