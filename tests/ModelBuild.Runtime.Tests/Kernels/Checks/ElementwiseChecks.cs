using System.Globalization;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels.Checks;

/// <summary>
/// Runs every elementwise kernel, pooling, reduction and movement on guarded memory, at lengths around the widths of registers. All
/// results, float32 too, go into a hash, which must be the same on every processor.
/// </summary>
internal sealed class ElementwiseChecks
{
    private static readonly int[] s_lengths = [.. Enumerable.Range(0, 18), 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 300];

    private ulong _hash = 14695981039346656037;
    private int _seed;

    private delegate void Unary<TInput, TOutput>(ReadOnlySpan<TInput> input, Span<TOutput> output);

    private delegate void Binary<TLeft, TRight, TOutput>(ReadOnlySpan<TLeft> left, ReadOnlySpan<TRight> right, Span<TOutput> output);

    /// <summary>Runs the kernels and returns the hash of their results.</summary>
    public static string Run()
    {
        var checks = new ElementwiseChecks();
        foreach (int length in s_lengths)
        {
            checks.Elementwise(length);
            checks.Rows(length);
        }

        foreach (int channels in (int[])[1, 3, 4, 7, 8, 12, 16, 24, 31, 32, 48, 64, 72, 96, 130])
        {
            checks.Channels(channels);
        }

        return checks._hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    private void Elementwise(int n)
    {
        Check<float, float>(n, n, Activation.Relu);
        Check<float, float>(n, n, Activation.Sigmoid);
        Check<float, float>(n, n, Activation.Tanh);
        Check<float, float>(n, n, Activation.HardSwish);
        Check<float, float>(n, n, (x, y) => Activation.Clip(x, -1, 2, y));
        Check<float, float>(n, n, (x, y) => Activation.LeakyRelu(x, 0.1f, y));
        Check<float, float>(n, n, (x, y) => Activation.HardSigmoid(x, 0.2f, 0.5f, y));
        Check<float, byte>(n, n, (x, y) => Quantization.QuantizeUInt8(x, 0.03f, 121, y));
        Check<byte, float>(n, n, (x, y) => Quantization.DequantizeUInt8(x, 0.03f, 121, y));
        Check<byte, float>(n, n, Conversion.Convert);
        Check<sbyte, float>(n, n, Conversion.Convert);
        Check<int, float>(n, n, Conversion.Convert);
        Check<long, float>(n, n, Conversion.Convert);
        Check<double, float>(n, n, Conversion.Convert);
        Check<byte, byte, byte>(n, 256, n, Lookup.UInt8);
        Check<byte, byte, byte>(3 * n, 3 * 256, 3 * n, Lookup.ChannelsUInt8);
        Check<float, float, float>(n, n, n, Arithmetic.Add);
        Check<float, float, float>(n, n, n, Arithmetic.Subtract);
        Check<float, float, float>(n, n, n, Arithmetic.Multiply);
        Check<float, float, float>(n, n, n, Arithmetic.Divide);
        Check<byte, byte, byte>(n, n, n, (l, r, y) => QuantizedArithmetic.Add(l, 3, 0.61f, r, 201, 0.37f, 99, 5, 250, y));
        Check<byte, byte, byte>(n, n, n, (l, r, y) => QuantizedArithmetic.Multiply(l, 3, r, 201, 0.011f, 99, 5, 250, y));
    }

    private void Rows(int n)
    {
        Check<float, float>(2 * n, 2 * n, (x, y) => Softmax.Float32(2, n, 1, x, y));
        Check<float, float>(2 * n, 2 * n, (x, y) => Softmax.LogFloat32(2, n, 1, x, y));
        Check<byte, byte>(2 * n, 2 * n, (x, y) => Softmax.UInt8(2, n, 1, x, 0.04f, 255, 1, y));
        Check<float, float>(10 * n, 10 * n, (x, y) => Softmax.Float32(2, 5, n, x, y));
        Check<float, float>(10 * n, 10 * n, (x, y) => Softmax.LogFloat32(2, 5, n, x, y));
        Check<byte, byte>(10 * n, 10 * n, (x, y) => Softmax.UInt8(2, 5, n, x, 0.04f, 255, 1, y));
        if (n > 0)
        {
            Check<float, float>(3 * n, 3, (x, y) => Reduction.MeanFloat32(3, n, 1, x, y));
            Check<byte, byte>(3 * n, 3, (x, y) => Reduction.MeanUInt8(3, n, 1, x, 100, 1.7f, 90, y));
            Check<float, float, float>(3 * n, n, 3 * n, (x, row, y) => Normalization.Float32(n, true, x, 1e-5f, y, row, row));
            Check<byte, float, byte>(
                3 * n, n, 3 * n, (x, row, y) => QuantizedNormalization.RootUInt8(n, x, 0.04f, 77, 1e-5f, row, row, 90, y));
            Check<byte, float, byte>(3 * n, n, 3 * n, (x, row, y) => QuantizedNormalization.UInt8(n, x, 0.04f, 1e-5f, row, row, 90, y));
        }

        Check<byte, byte>(6 * n, 6 * n, (x, y) => DataMovement.Transpose([2, 3, n], [0, 2, 1], x, y));
        Check<float, float>(6 * n, 6 * n, (x, y) => DataMovement.Transpose([2, n, 3], [2, 0, 1], x, y));
        Check<float, float>(6 * n, 6 * n, (x, y) => DataMovement.Transpose([n, 6], [1, 0], x, y));
        Check<byte, byte>(3 * n, 5 * (n + 3), (x, y) => DataMovement.Pad<byte>([3, n], [1, 2], [1, 1], [7], x, y));
        Check<byte, byte>(3 * n, 3 * n, (x, y) => DataMovement.Concatenate(3, n, 0, n, x, y));
        Check<float, float>(3 * n, 2 * n, (x, y) =>
            DataMovement.Slice([3, n], [2, int.Max(n - 1, 0)], [-2, -1], [2, n], x, y));
    }

    private void Channels(int c)
    {
        Check<int, float, float>(5 * c, c, 5 * c, (x, scales, y) => Quantization.DequantizeInt32(x, c, scales, y));
        Check<float, float>(2 * 9 * c, 2 * c, (x, y) => Reduction.MeanFloat32(2, 9, c, x, y));
        Check<byte, byte>(2 * 9 * c, 2 * c, (x, y) => Reduction.MeanUInt8(2, 9, c, x, 100, 1.7f, 90, y));
        Check<float, float, float>(12 * c, c, 12 * c, (x, z, y) =>
            Arithmetic.Add(new BroadcastShape([1, 3, 4, c], [0, 4 * c, c, 1], [0, 0, 0, 1]), x, z, y));
        Check<float, float, float>(1, 12 * c, 12 * c, (x, z, y) =>
            Arithmetic.Divide(new BroadcastShape([1, 3, 4, c], [0, 0, 0, 0], [0, 4 * c, c, 1]), x, z, y));
        Check<byte, byte, byte>(12 * c, 12, 12 * c, (x, z, y) =>
            QuantizedArithmetic.Add(
                new BroadcastShape([1, 3, 4, c], [0, 4 * c, c, 1], [0, 4, 1, 0]), x, 1, 0.6f, z, 9, 0.4f, 5, 0, 255, y));
        Check<byte, byte, byte>(12 * c, 3 * c, 12 * c, (x, z, y) =>
            QuantizedArithmetic.Multiply(
                new BroadcastShape([1, 3, 4, c], [0, 4 * c, c, 1], [0, c, 0, 1]), x, 1, z, 9, 0.01f, 5, 0, 255, y));

        PoolingShape[] shapes =
        [
            new(2, 5, 6, c, 2, 3, 2, 2, 2, 2), new(1, 5, 6, c, 5, 6, 3, 3, padTop: 1, padLeft: 1),
            new(1, 5, 6, c, 2, 2, 3, 2, 3, 4, 2, 3, padTop: 2, padLeft: 1), new(1, 5, 6, c, 1, 1, 5, 6),
        ];
        foreach (PoolingShape shape in shapes)
        {
            int inputs = (int)shape.InputLength;
            int outputs = (int)shape.OutputLength;
            Check<float, float>(inputs, outputs, (x, y) => Pooling.MaximumFloat32(in shape, x, y));
            Check<byte, byte>(inputs, outputs, (x, y) => Pooling.MaximumUInt8(in shape, x, y));
            Check<float, float>(inputs, outputs, (x, y) => Pooling.AverageFloat32(in shape, true, x, y));
            Check<byte, byte>(inputs, outputs, (x, y) => Pooling.AverageUInt8(in shape, false, x, 77, 1.3f, 60, y));
        }
    }

    private void Check<TInput, TOutput>(int inputs, int outputs, Unary<TInput, TOutput> kernel)
        where TInput : unmanaged
        where TOutput : unmanaged
    {
        using GuardedSpan<TInput> input = Values<TInput>(inputs);
        using var output = new GuardedSpan<TOutput>(outputs);
        kernel(input.Span, output.Span);
        output.Verify();
        Hash<TOutput>(output.Span);
    }

    private void Check<TLeft, TRight, TOutput>(int lefts, int rights, int outputs, Binary<TLeft, TRight, TOutput> kernel)
        where TLeft : unmanaged
        where TRight : unmanaged
        where TOutput : unmanaged
    {
        using GuardedSpan<TLeft> left = Values<TLeft>(lefts);
        using GuardedSpan<TRight> right = Values<TRight>(rights);
        using var output = new GuardedSpan<TOutput>(outputs);
        kernel(left.Span, right.Span, output.Span);
        output.Verify();
        Hash<TOutput>(output.Span);
    }

    /// <summary>Random bits for integers, numbers around zero for floats, with a special one here and there.</summary>
    private GuardedSpan<T> Values<T>(int count)
        where T : unmanaged
    {
        float[] specials = [0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 0.5f, 2.5f, 1e30f, 1e-40f, -90f];
        var random = new Random(_seed++);
        var values = new GuardedSpan<T>(count);
        random.NextBytes(MemoryMarshal.AsBytes(values.Span));
        if (typeof(T) == typeof(float))
        {
            foreach (ref float value in MemoryMarshal.Cast<T, float>(values.Span))
            {
                value = random.Next(40) == 0 ? specials[random.Next(specials.Length)] : (float)((random.NextDouble() * 20) - 10);
            }
        }

        return values;
    }

    private void Hash<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            // Processors differ in the sign and the payload of a NaN that they make.
            foreach (float value in MemoryMarshal.Cast<T, float>(values))
            {
                Hash(BitConverter.SingleToUInt32Bits(float.IsNaN(value) ? float.NaN : value));
            }
        }
        else
        {
            foreach (byte value in MemoryMarshal.AsBytes(values))
            {
                Hash(value);
            }
        }
    }

    /// <summary>One step of FNV-1a.</summary>
    private void Hash(uint value) => _hash = (_hash ^ value) * 1099511628211;
}
