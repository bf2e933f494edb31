using Iced.Intel;
using ModelBuild.Runtime.Kernels;
using Assembler = ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Tests.MachineCode;

/// <summary>
/// The very bytes of the sparse kernels, interpreted: what they calculate and which memory they touch, on processors with and without the
/// instructions. Where they exist, the tests of tiers run them for real.
/// </summary>
public sealed unsafe class SparseVnni512Tests
{
    private const int Indices = 5;
    private const byte Untouched = 0xA5;

    public static TheoryData<int, int, bool> Kernels
    {
        get
        {
            var data = new TheoryData<int, int, bool>();
            for (int vectors = 1; vectors <= 8; vectors++)
            {
                for (int outputs = 1; outputs <= 2; outputs++)
                {
                    data.Add(vectors, outputs, false);
                    data.Add(vectors, outputs, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_RowsOfBlocks_GivesWhatTheScalarGives(int vectors, int outputs, bool isWindows)
    {
        AssertEqualsScalar(vectors, outputs, isWindows, [0, 3], extreme: false);
        AssertEqualsScalar(vectors, outputs, isWindows, [2, 2, 3, 8, 8], extreme: false);
        AssertEqualsScalar(vectors, outputs, isWindows, [1, 6, 7], extreme: true);
    }

    private static void AssertEqualsScalar(int vectors, int outputs, bool isWindows, int[] starts, bool extreme)
    {
        int pixels = vectors * SparseVnni512.Lanes;
        int planeBytes = (pixels * 4) + 12;
        int rows = starts.Length - 1;
        int blocks = starts[^1] - starts[0];
        var random = new Random((vectors * 100) + starts.Length);
        var input = new byte[(Indices * planeBytes) - 12];
        var indices = new ushort[blocks];
        var values = new sbyte[blocks * outputs * 4];
        var bias = new int[rows * outputs];
        random.NextBytes(input);
        for (int i = 0; i < blocks; i++)
        {
            indices[i] = (ushort)random.Next(Indices);
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = extreme ? sbyte.MinValue : (sbyte)random.Next(-128, 128);
        }

        for (int i = 0; i < bias.Length; i++)
        {
            bias[i] = random.Next(int.MinValue, int.MaxValue);
        }

        if (extreme)
        {
            Array.Fill(input, byte.MaxValue);
        }

        int[] offsets = [.. Enumerable.Range(0, Indices).Select(i => i * planeBytes)];
        var expected = new int[rows * outputs * SparseConvolution.StripPixels];
        var actual = new int[expected.Length];
        Array.Fill(expected, Untouched);
        Array.Fill(actual, Untouched);
        fixed (byte* inputPointer = input)
        fixed (ushort* indexPointer = indices)
        fixed (sbyte* valuePointer = values)
        fixed (int* offsetPointer = offsets, startPointer = starts, biasPointer = bias, expectedPointer = expected, actualPointer = actual)
        {
            var arguments = new SparseArguments
            {
                Input = inputPointer,
                Offsets = offsetPointer,
                Starts = startPointer,
                Indices = indexPointer,
                Values = valuePointer,
                Bias = biasPointer,
                Rows = rows,
                Accumulators = actualPointer,
            };
            var assembler = new Assembler();
            SparseVnni512.Write(assembler, vectors, outputs, isWindows);
            var interpreter = new Interpreter(assembler.ToArray());
            interpreter.Allow(&arguments, sizeof(SparseArguments), isWritable: true);
            interpreter.Allow(inputPointer, input.Length);
            interpreter.Allow(indexPointer, indices.Length * sizeof(ushort));
            interpreter.Allow(valuePointer, values.Length);
            interpreter.Allow(offsetPointer, offsets.Length * sizeof(int));
            interpreter.Allow(startPointer, starts.Length * sizeof(int));
            interpreter.Allow(biasPointer, bias.Length * sizeof(int));
            for (int output = 0; output < rows * outputs; output++)
            {
                interpreter.Allow(actualPointer + (output * SparseConvolution.StripPixels), pixels * sizeof(int), isWritable: true);
            }

            interpreter.Run(isWindows ? Register.RCX : Register.RDI, &arguments);

            SparseArguments scalar = arguments;
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                scalar.Input = inputPointer + (pixel * 4);
                scalar.Accumulators = expectedPointer + pixel;
                KernelTable.For(Runtime.Cpu.Tier.Scalar).Sparse.For(outputs)[0](&scalar);
            }
        }

        Assert.Equal(expected, actual);
    }
}
