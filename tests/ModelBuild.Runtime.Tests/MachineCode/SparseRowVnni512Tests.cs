using Iced.Intel;
using ModelBuild.Runtime.Kernels;
using Assembler = ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Tests.MachineCode;

/// <summary>
/// The very bytes of the sparse kernels for one row of a matrix, interpreted: what they calculate and which memory they touch, on
/// processors with and without the instructions. Where they exist, the tests of tiers run them for real.
/// </summary>
public sealed unsafe class SparseRowVnni512Tests
{
    private const int Windows = 3;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void Kernel_PanelsOfSteps_GivesWhatTheScalarGives(int outputs, bool isWindows)
    {
        AssertEqualsScalar(outputs, isWindows, [0, 3], extreme: false);
        AssertEqualsScalar(outputs, isWindows, [0, 0, 1, 6, 6], extreme: false);
        AssertEqualsScalar(outputs, isWindows, [0, 4, 5], extreme: true);
    }

    private static void AssertEqualsScalar(int outputs, bool isWindows, int[] starts, bool extreme)
    {
        int panels = starts.Length - 1;
        int steps = starts[^1];
        var random = new Random((outputs * 100) + starts.Length);
        var input = new byte[(Windows + 1) * 64];
        var lanes = new byte[steps * 16];
        var values = new sbyte[steps * outputs * 64];
        var windows = new ushort[steps];
        random.NextBytes(input);
        for (int i = 0; i < steps; i++)
        {
            windows[i] = (ushort)random.Next(Windows);
        }

        for (int i = 0; i < lanes.Length; i++)
        {
            lanes[i] = (byte)random.Next(32);
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = extreme ? sbyte.MinValue : (sbyte)random.Next(-128, 128);
        }

        if (extreme)
        {
            Array.Fill(input, byte.MaxValue);
        }

        var expected = new int[panels * outputs * 16];
        var actual = new int[expected.Length];
        Array.Fill(actual, -1);
        fixed (byte* inputPointer = input, lanePointer = lanes)
        fixed (ushort* windowPointer = windows)
        fixed (sbyte* valuePointer = values)
        fixed (int* startPointer = starts, expectedPointer = expected, actualPointer = actual)
        {
            var arguments = new SparseRowArguments
            {
                Input = inputPointer,
                Starts = startPointer,
                Windows = windowPointer,
                Lanes = lanePointer,
                Values = valuePointer,
                Panels = panels,
                Sums = actualPointer,
            };
            var assembler = new Assembler();
            SparseRowVnni512.Write(assembler, outputs, isWindows);
            var interpreter = new Interpreter(assembler.ToArray());
            interpreter.Allow(&arguments, sizeof(SparseRowArguments), isWritable: true);
            interpreter.Allow(inputPointer, input.Length);
            interpreter.Allow(lanePointer, lanes.Length);
            interpreter.Allow(windowPointer, windows.Length * sizeof(ushort));
            interpreter.Allow(valuePointer, values.Length);
            interpreter.Allow(startPointer, starts.Length * sizeof(int));
            interpreter.Allow(actualPointer, actual.Length * sizeof(int), isWritable: true);
            interpreter.Run(isWindows ? Register.RCX : Register.RDI, &arguments);

            SparseRowArguments scalar = arguments;
            scalar.Sums = expectedPointer;
            KernelTable.For(Runtime.Cpu.Tier.Scalar).Sparse.ForRow(outputs)(&scalar);
        }

        Assert.Equal(expected, actual);
    }
}
