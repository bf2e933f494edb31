using System.Collections.Concurrent;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels.Checks;

/// <summary>
/// Runs heavy kernels of one tier on guarded memory and compares them with <see cref="Reference"/>: integers exactly, floats within
/// <see cref="Reference.SummationBound"/>. Every integer result also goes into a hash, which must be the same on every tier and processor.
/// </summary>
internal sealed class KernelChecks(KernelTable kernels)
{
    /// <summary>Expected sums by case, for the other tiers of the same process.</summary>
    private static readonly ConcurrentDictionary<string, (double[] Sums, double[] Magnitudes)> Expected = new(StringComparer.Ordinal);

    private ulong _hash = 14695981039346656037;

    /// <summary>FNV-1a over all integer results so far.</summary>
    public string Hash => _hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What the data look like.</summary>
    public enum Fill
    {
        /// <summary>The whole range of both types.</summary>
        Random,

        /// <summary>
        /// All 255 against all 127: whatever adds pairs of products in 16 bits saturates. Some channels start from the largest int32, so
        /// that whatever does not wrap around saturates too.
        /// </summary>
        LargestProducts,

        /// <summary>All 255 against all −128.</summary>
        SmallestProducts,
    }

    /// <summary>A sample of all cases, for processes that start many times or run in an emulator.</summary>
    public void CheckSample()
    {
        const int Every = 4;
        for (int i = 0; i < ConvolutionCase.Dense.Count; i += Every)
        {
            ConvolutionUInt8(ConvolutionCase.Dense[i], Fill.Random);
            ConvolutionFloat32(ConvolutionCase.Dense[i]);
            SparseConvolutionUInt8(ConvolutionCase.Dense[i], Fill.Random, 1 + (i / Every % 2));
        }

        for (int i = 0; i < ConvolutionCase.Depthwise.Count; i += Every)
        {
            DepthwiseUInt8(ConvolutionCase.Depthwise[i], Fill.Random);
            DepthwiseFloat32(ConvolutionCase.Depthwise[i]);
        }

        foreach (ConvolutionCase volume in ConvolutionCase.Volumes)
        {
            VolumeFloat32(volume);
        }

        for (int i = 0; i < MatrixCase.All.Count; i += Every)
        {
            MatrixUInt8(MatrixCase.All[i], Fill.Random);
            SparseMatrixUInt8(MatrixCase.All[i], Fill.Random, 1 + (i / Every % 2));
            MatrixFloat32(MatrixCase.All[i]);
            BatchedFloat32(MatrixCase.All[i]);
        }

        foreach (Fill fill in (ReadOnlySpan<Fill>)[Fill.LargestProducts, Fill.SmallestProducts])
        {
            ConvolutionUInt8(ConvolutionCase.Of(1, 9, 9, 20, 20, 3, 3, top: 1, left: 1), fill);
            DepthwiseUInt8(ConvolutionCase.Of(1, 9, 9, 20, 20, 5, 5, top: 1, left: 1, groups: 20), fill);
            MatrixUInt8(new MatrixCase(1, 1603, 20), fill);
            MatrixUInt8(new MatrixCase(7, 400, 20), fill);
        }

        SumsAtHalves();
        ClampsOfNaN();
    }

    public void ConvolutionUInt8(ConvolutionCase @case, Fill fill) => UInt8(@case, @case.Shape, fill, depthwise: false);

    public void DepthwiseUInt8(ConvolutionCase @case, Fill fill) => UInt8(@case, @case.Shape, fill, depthwise: true);

    public void ConvolutionFloat32(ConvolutionCase @case) => Float32(@case, @case.Shape, depthwise: false);

    public void DepthwiseFloat32(ConvolutionCase @case) => Float32(@case, @case.Shape, depthwise: true);

    public void VolumeFloat32(ConvolutionCase @case) => Float32(@case, @case.Shape, @case.Shape.Groups == @case.Shape.OutputChannels);

    /// <summary>Weights that are packed in the run give the same to the bit as those that were packed before it.</summary>
    public void UnpackedFloat32(ConvolutionCase @case)
    {
        ConvolutionShape shape = @case.Shape;
        bool depthwise = shape.Groups == shape.InputChannels && shape.Groups == shape.OutputChannels;
        int groups = depthwise ? 1 : shape.Groups;
        FloatData data = FloatData.Create(@case.Name, shape, groups);
        foreach (bool hasBias in (ReadOnlySpan<bool>)[true, false])
        {
            float[] values = hasBias ? data.Bias : new float[shape.OutputChannels];
            int length = shape.Batch * shape.OutputDepth * shape.OutputHeight * shape.OutputWidth * shape.OutputChannels;
            float[] expected = new float[length];
            var store = FloatEpilogue.Store(
                WeightPacking.PadChannels<float>(values, shape.OutputChannels, groups), float.NegativeInfinity, float.PositiveInfinity,
                expected);
            byte[] memory = new byte[shape.ScratchBytes(4)];
            if (depthwise)
            {
                DepthwiseConvolution.Float32(
                    kernels, shape, data.Input, WeightPacking.DepthwiseFloat32(data.Weights, shape), store, memory);
            }
            else
            {
                Convolution.Float32(kernels, shape, data.Input, WeightPacking.ConvolutionFloat32(data.Weights, shape), store, memory);
            }

            using var output = new GuardedSpan<float>(length);
            using var scratch = new GuardedSpan<byte>((int)shape.UnpackedScratchBytes());
            scratch.Span.Fill(0x5a);
            Convolution.UnpackedFloat32(kernels, shape, data.Input, data.Weights, output.Span, scratch.Span, hasBias ? values : []);
            output.Verify();
            scratch.Verify();
            if (!output.Span.SequenceEqual(expected))
            {
                throw new CheckFailedException($"{@case.Name}: not the same as with packed weights.");
            }
        }
    }

    public void MatrixUInt8(MatrixCase @case, Fill fill)
    {
        GemmShape shape = @case.Shape;
        ConvolutionShape equivalent = Reference.AsConvolution(shape);
        IntegerData data = IntegerData.Create(@case.Name, equivalent, fill, groups: 1);
        using var packed = new GuardedSpan<sbyte>(WeightPacking.MatrixInt8(data.Weights, shape));
        using var input = new GuardedSpan<byte>(data.Input);
        using var scratch = new GuardedSpan<byte>((int)shape.ScratchBytes(1));
        Epilogues(@case.Name, data, equivalent, (in Epilogue epilogue) =>
            Gemm.UInt8(kernels, shape, input.Span, packed.Span, epilogue, scratch.Span));
        input.Verify();
        scratch.Verify();
    }

    /// <summary>Weights of which only blocks are kept, some rows without any, some with all.</summary>
    public void SparseConvolutionUInt8(ConvolutionCase @case, Fill fill, int blockOutputs)
    {
        ConvolutionShape shape = @case.Shape;
        string name = $"{@case.Name} sparse {blockOutputs}";
        IntegerData data = IntegerData.Create(name, shape, fill, shape.Groups);
        KeepSome(data.Weights, shape.OutputChannels, name);
        SparseBlocks blocks = SparsePacking.Convolution(data.Weights, shape, blockOutputs);
        using var starts = new GuardedSpan<int>(blocks.Starts);
        using var indices = new GuardedSpan<ushort>(blocks.Indices);
        using var values = new GuardedSpan<sbyte>(blocks.Values);
        using var input = new GuardedSpan<byte>(data.Input);
        using var scratch = new GuardedSpan<byte>((int)SparseConvolution.ScratchBytes(shape));
        scratch.Span.Fill(0x5a);
        Epilogues(name, data, shape, (in Epilogue epilogue) => SparseConvolution.UInt8(
            kernels, shape, input.Span, data.InputZeroPoint,
            new SparseWeights(starts.Span, indices.Span, values.Span, blockOutputs), epilogue, scratch.Span));
        input.Verify();
        scratch.Verify();
    }

    /// <summary>The same for a matrix.</summary>
    public void SparseMatrixUInt8(MatrixCase @case, Fill fill, int blockOutputs)
    {
        GemmShape shape = @case.Shape;
        ConvolutionShape equivalent = Reference.AsConvolution(shape);
        string name = $"{@case.Name} sparse {blockOutputs}";
        IntegerData data = IntegerData.Create(name, equivalent, fill, groups: 1);
        KeepSome(data.Weights, shape.Columns, name);
        SparseBlocks blocks = SparsePacking.Matrix(data.Weights, shape, blockOutputs);
        SparseSteps steps = SparseRowPacking.Pack(blocks, shape.Columns);
        bool isRow = shape.Rows <= SparseGemm.MostSingleRows;
        using var starts = new GuardedSpan<int>(isRow ? steps.Starts : blocks.Starts);
        using var indices = new GuardedSpan<ushort>(isRow ? steps.Windows : blocks.Indices);
        using var lanes = new GuardedSpan<byte>(steps.Lanes);
        using var values = new GuardedSpan<sbyte>(isRow ? steps.Values : blocks.Values);
        using var input = new GuardedSpan<byte>(data.Input);
        using var scratch = new GuardedSpan<byte>((int)SparseGemm.ScratchBytes(shape));
        scratch.Span.Fill(0x5a);
        Epilogues(name, data, equivalent, (in Epilogue epilogue) =>
        {
            if (isRow)
            {
                SparseGemm.UInt8(
                    kernels, shape, input.Span, epilogue, scratch.Span,
                    rows: new SparseRows(starts.Span, indices.Span, lanes.Span, values.Span, blockOutputs));
            }
            else
            {
                SparseGemm.UInt8(
                    kernels, shape, input.Span, epilogue, scratch.Span,
                    new SparseWeights(starts.Span, indices.Span, values.Span, blockOutputs));
            }
        });
        input.Verify();
        scratch.Verify();
    }

    public void MatrixFloat32(MatrixCase @case)
    {
        GemmShape shape = @case.Shape;
        ConvolutionShape equivalent = Reference.AsConvolution(shape);
        FloatData data = FloatData.Create(@case.Name, equivalent, groups: 1);
        using var packed = new GuardedSpan<float>(WeightPacking.MatrixFloat32(data.Weights, shape));
        using var input = new GuardedSpan<float>(data.Input);
        FloatEpilogues(@case.Name, data, equivalent, (in FloatEpilogue epilogue) =>
            Gemm.Float32(kernels, shape, input.Span, packed.Span, epilogue));
    }

    public void BatchedFloat32(MatrixCase @case)
    {
        const int Batch = 3;
        GemmShape shape = @case.Shape;
        for (int broadcast = 0; broadcast < 4; broadcast++)
        {
            bool broadcastLeft = (broadcast & 1) != 0;
            bool broadcastRight = (broadcast & 2) != 0;
            var random = new Random(Seed(@case.Name) + broadcast);
            using var left = new GuardedSpan<float>(FloatData.Values(random, (broadcastLeft ? 1 : Batch) * shape.Rows * shape.Inner));
            using var right = new GuardedSpan<float>(FloatData.Values(random, (broadcastRight ? 1 : Batch) * shape.Inner * shape.Columns));
            using var output = new GuardedSpan<float>(Batch * shape.Rows * shape.Columns);
            Gemm.BatchedFloat32(kernels, shape, Batch, broadcastLeft, broadcastRight, left.Span, right.Span, output.Span);
            output.Verify();
            int index = 0;
            for (int n = 0; n < Batch; n++)
            {
                Span<float> l = left.Span[((broadcastLeft ? 0 : n) * shape.Rows * shape.Inner)..];
                Span<float> r = right.Span[((broadcastRight ? 0 : n) * shape.Inner * shape.Columns)..];
                for (int row = 0; row < shape.Rows; row++)
                {
                    for (int column = 0; column < shape.Columns; column++, index++)
                    {
                        double sum = 0;
                        double magnitude = 0;
                        for (int k = 0; k < shape.Inner; k++)
                        {
                            double product = (double)l[(row * shape.Inner) + k] * r[(k * shape.Columns) + column];
                            sum += product;
                            magnitude += Math.Abs(product);
                        }

                        Near(@case.Name, index, sum, output.Span[index], Reference.SummationBound(shape.Inner, magnitude));
                    }
                }
            }
        }
    }

    /// <summary>A clamp passes NaN on, in every row and column of a tile.</summary>
    public void ClampsOfNaN()
    {
        const int Columns = 37;
        for (int rows = 1; rows <= 16; rows++)
        {
            var shape = new GemmShape(rows, 1, Columns);
            var output = new float[rows * Columns];
            float[] packed = WeightPacking.MatrixFloat32([.. Enumerable.Repeat(1f, Columns)], shape);
            float[] input = [.. Enumerable.Repeat(float.NaN, rows)];
            Gemm.Float32(
                kernels, shape, input, packed,
                FloatEpilogue.Store(new float[WeightPacking.PadChannels<float>(new float[Columns], Columns, 1).Length], 0, 6, output));
            for (int i = 0; i < output.Length; i++)
            {
                if (!float.IsNaN(output[i]))
                {
                    throw new CheckFailedException($"{rows} rows: element {i} is {output[i]}, not NaN.");
                }
            }
        }
    }

    /// <summary>
    /// Sums that lie so close to a half that a fused multiply-add, on either side of the sum, rounds them to another code: the two
    /// products and the sum must be three roundings.
    /// </summary>
    public void SumsAtHalves()
    {
        const int Columns = 320;
        const int Residual = 77;
        const float ResidualMultiplier = 0.7123f;
        var random = new Random(7);
        float addend = Reference.Multiply(Residual, ResidualMultiplier);
        var sums = new int[Columns];
        var multipliers = new float[Columns];
        var expected = new byte[Columns];
        for (int found = 0; found < Columns;)
        {
            int sum = random.Next(100, 1 << 20);
            float multiplier = (float)((random.Next(60, 250) + 0.5 - addend) / sum);
            float unfused = Reference.Add(Reference.Multiply(sum, multiplier), addend);
            float fusedLeft = MathF.FusedMultiplyAdd(sum, multiplier, addend);
            float fusedRight = MathF.FusedMultiplyAdd(Residual, ResidualMultiplier, Reference.Multiply(sum, multiplier));
            byte code = Reference.Quantize(unfused, 0, 0, 255);
            float fused = found % 2 == 0 ? fusedLeft : fusedRight;
            if (code != Reference.Quantize(fused, 0, 0, 255))
            {
                sums[found] = sum;
                multipliers[found] = multiplier;
                expected[found] = code;
                found++;
            }
        }

        var shape = new GemmShape(1, 4, Columns);
        byte[] left = new byte[4];
        sbyte[] weights = WeightPacking.MatrixInt8(new sbyte[4 * Columns], shape);
        using var output = new GuardedSpan<byte>(Columns);

        byte[] codes = new byte[Columns];
        codes.AsSpan().Fill(Residual);
        Gemm.UInt8(
            kernels, shape, left, weights,
            Epilogue.AddToUInt8(sums, multipliers, codes, 0, ResidualMultiplier, 0, 0, 255, output.Span), default);
        Same("Sums at halves", "AddToUInt8", output, i => expected[i]);

        int[] accumulators = new int[Columns];
        accumulators.AsSpan().Fill(Residual);
        float[] residualMultipliers = new float[Columns];
        residualMultipliers.AsSpan().Fill(ResidualMultiplier);
        Gemm.UInt8(
            kernels, shape, left, weights,
            Epilogue.AddAccumulatorsToUInt8(sums, multipliers, accumulators, residualMultipliers, 0, 0, 255, output.Span), default);
        Same("Sums at halves", "AddAccumulatorsToUInt8", output, i => expected[i]);
    }

    /// <summary>
    /// Sets weights to zero, as ONNX has them, output by output: four neighbours together or one alone, so that there are empty blocks,
    /// full ones and those with some zeros.
    /// </summary>
    private static void KeepSome(sbyte[] weights, int outputs, string name)
    {
        var random = new Random(Seed(name) + 1);
        int length = weights.Length / outputs;
        for (int output = 0; output < outputs; output++)
        {
            double kept = random.Next(5) switch { 0 => 0, 1 => 1, _ => random.NextDouble() / 2 };
            int unit = random.Next(2) == 0 ? 1 : 4;
            for (int i = 0; i < length; i += unit)
            {
                if (random.NextDouble() >= kept)
                {
                    weights.AsSpan((output * length) + i, Math.Min(unit, length - i)).Clear();
                }
            }
        }
    }

    private static int Seed(string name)
    {
        // string.GetHashCode differs from process to process.
        int seed = 17;
        foreach (char c in name)
        {
            seed = (seed * 31) + c;
        }

        return seed & 0x0FFFFFFF;
    }

    private static void Near(string name, int index, double expected, float actual, double bound)
    {
        if (!(Math.Abs(expected - actual) <= bound))
        {
            throw new CheckFailedException($"{name}: element {index} is {actual:R}, expected {expected:R} ± {bound:R}.");
        }
    }

    private static (double[] Sums, double[] Magnitudes) Convolve(
        string key, ConvolutionShape shape, double[] input, double padding, double[] weights, double[] bias)
        => Expected.GetOrAdd(key, _ => Reference.Convolve(shape, input, padding, weights, bias));

    private void UInt8(ConvolutionCase @case, ConvolutionShape shape, Fill fill, bool depthwise)
    {
        IntegerData data = IntegerData.Create(@case.Name, shape, fill, depthwise ? 1 : shape.Groups);
        using var packed = new GuardedSpan<sbyte>(depthwise
            ? WeightPacking.DepthwiseInt8(data.Weights, shape)
            : WeightPacking.ConvolutionInt8(data.Weights, shape));
        using var input = new GuardedSpan<byte>(data.Input);
        using var scratch = new GuardedSpan<byte>((int)shape.ScratchBytes(1));
        Epilogues(@case.Name, data, shape, (in Epilogue epilogue) =>
        {
            if (depthwise)
            {
                DepthwiseConvolution.UInt8(kernels, shape, input.Span, data.InputZeroPoint, packed.Span, epilogue, scratch.Span);
            }
            else
            {
                Convolution.UInt8(kernels, shape, input.Span, data.InputZeroPoint, packed.Span, epilogue, scratch.Span);
            }
        });
        input.Verify();
        scratch.Verify();
    }

    private void Float32(ConvolutionCase @case, ConvolutionShape shape, bool depthwise)
    {
        FloatData data = FloatData.Create(@case.Name, shape, depthwise ? 1 : shape.Groups);
        using var packed = new GuardedSpan<float>(depthwise
            ? WeightPacking.DepthwiseFloat32(data.Weights, shape)
            : WeightPacking.ConvolutionFloat32(data.Weights, shape));
        using var input = new GuardedSpan<float>(data.Input);
        using var scratch = new GuardedSpan<byte>((int)shape.ScratchBytes(4));
        FloatEpilogues(@case.Name, data, shape, (in FloatEpilogue epilogue) =>
        {
            if (depthwise)
            {
                DepthwiseConvolution.Float32(kernels, shape, input.Span, packed.Span, epilogue, scratch.Span);
            }
            else
            {
                Convolution.Float32(kernels, shape, input.Span, packed.Span, epilogue, scratch.Span);
            }
        });
        scratch.Verify();
    }

    /// <summary>Runs one integer kernel with every epilogue; the expected accumulators are computed once.</summary>
    private void Epilogues(string name, IntegerData data, in ConvolutionShape shape, RunInteger run)
    {
        (double[] exact, _) = Convolve(
            $"{name} {data.Fill}",
            shape,
            Array.ConvertAll(data.Input, value => (double)value),
            data.InputZeroPoint,
            Array.ConvertAll(data.Weights, value => (double)value),
            Array.ConvertAll(data.Bias, value => (double)value));
        int[] expected = Array.ConvertAll(exact, sum => unchecked((int)(long)sum));
        int channels = shape.OutputChannels;
        using var bias = new GuardedSpan<int>(WeightPacking.PadChannels<int>(data.Bias, channels, data.Groups));
        using var multipliers = new GuardedSpan<float>(WeightPacking.PadChannels<float>(data.Multipliers, channels, data.Groups));
        using var residualMultipliers = new GuardedSpan<float>(
            WeightPacking.PadChannels<float>(data.ResidualMultipliers, channels, data.Groups));
        using var bytes = new GuardedSpan<byte>(expected.Length);
        using var integers = new GuardedSpan<int>(expected.Length);
        using var floats = new GuardedSpan<float>(expected.Length);
        using var residualBytes = new GuardedSpan<byte>(data.ResidualBytes);
        using var residualIntegers = new GuardedSpan<int>(data.ResidualIntegers);
        using var residualFloats = new GuardedSpan<float>(data.ResidualFloats);

        run(Epilogue.ToInt32(bias.Span, integers.Span));
        Same(name, "ToInt32", integers, i => expected[i]);

        run(Epilogue.ToUInt8(bias.Span, multipliers.Span, data.ZeroPoint, data.Minimum, data.Maximum, bytes.Span));
        Same(name, "ToUInt8", bytes, i => Reference.Quantize(
            Reference.Multiply(expected[i], data.Multipliers[i % channels]), data.ZeroPoint, data.Minimum, data.Maximum));

        run(Epilogue.AddToUInt8(
            bias.Span, multipliers.Span, residualBytes.Span, data.ResidualZeroPoint, data.ResidualMultiplier,
            data.ZeroPoint, data.Minimum, data.Maximum, bytes.Span));
        byte AddedBytes(int i) => Reference.Quantize(
            Reference.Add(
                Reference.Multiply(expected[i], data.Multipliers[i % channels]),
                Reference.Multiply(data.ResidualBytes[i] - data.ResidualZeroPoint, data.ResidualMultiplier)),
            data.ZeroPoint, data.Minimum, data.Maximum);
        Same(name, "AddToUInt8", bytes, AddedBytes);

        // The residual's own memory as output, as a memory plan may have it.
        run(Epilogue.AddToUInt8(
            bias.Span, multipliers.Span, residualBytes.Span, data.ResidualZeroPoint, data.ResidualMultiplier,
            data.ZeroPoint, data.Minimum, data.Maximum, residualBytes.Span));
        Same(name, "AddToUInt8 in place", residualBytes, AddedBytes);

        run(Epilogue.AddAccumulatorsToUInt8(
            bias.Span, multipliers.Span, residualIntegers.Span, residualMultipliers.Span,
            data.ZeroPoint, data.Minimum, data.Maximum, bytes.Span));
        Same(name, "AddAccumulatorsToUInt8", bytes, i => Reference.Quantize(
            Reference.Add(
                Reference.Multiply(expected[i], data.Multipliers[i % channels]),
                Reference.Multiply(data.ResidualIntegers[i], data.ResidualMultipliers[i % channels])),
            data.ZeroPoint, data.Minimum, data.Maximum));

        // A gate's line: closed below −3, half open at 0, open above 3.
        const float Slope = 1f / 6;
        float[] factors = [.. Enumerable.Range(0, channels).Select(c => 0.7f + (0.37f * (c % 5)))];
        using var affine = new GuardedSpan<float>(
            [
                .. WeightPacking.PadChannels<float>(factors, channels, data.Groups),
                .. WeightPacking.PadChannels<float>(data.ResidualMultipliers, channels, data.Groups),
            ]);
        run(Epilogue.GateToUInt8(
            bias.Span, multipliers.Span, Slope, 0.5f, affine.Span, data.ZeroPoint, data.Minimum, data.Maximum, bytes.Span));
        Same(name, "GateToUInt8", bytes, i =>
        {
            float value = Reference.Multiply(expected[i], data.Multipliers[i % channels]);
            float gate = Math.Clamp(Reference.Add(Reference.Multiply(value, Slope), 0.5f), 0, 1);
            float scaled = Reference.Multiply(Reference.Multiply(value, gate), factors[i % channels]);
            return Reference.Quantize(
                Reference.Add(scaled, data.ResidualMultipliers[i % channels]), data.ZeroPoint, data.Minimum, data.Maximum);
        });

        run(Epilogue.ToFloat32(bias.Span, multipliers.Span, -3f, 5f, floats.Span));
        Same(name, "ToFloat32", floats, i => Math.Clamp(Reference.Multiply(expected[i], data.Multipliers[i % channels]), -3f, 5f));

        run(Epilogue.AddToFloat32(
            bias.Span, multipliers.Span, residualFloats.Span, float.NegativeInfinity, float.PositiveInfinity, floats.Span));
        Same(name, "AddToFloat32", floats, i => Reference.Add(
            Reference.Multiply(expected[i], data.Multipliers[i % channels]), data.ResidualFloats[i]));

        // What is a multiplier elsewhere serves as any number per channel.
        run(Epilogue.OffsetToFloat32(bias.Span, multipliers.Span, residualMultipliers.Span, -3f, 5f, floats.Span));
        Same(name, "OffsetToFloat32", floats, i => Math.Clamp(
            Reference.Add(Reference.Multiply(expected[i], data.Multipliers[i % channels]), data.ResidualMultipliers[i % channels]),
            -3f, 5f));
    }

    private static void FloatEpilogues(string name, FloatData data, in ConvolutionShape shape, RunFloat run)
    {
        (double[] exact, double[] magnitudes) = Convolve(
            $"{name} floats",
            shape,
            Array.ConvertAll(data.Input, value => (double)value),
            0,
            Array.ConvertAll(data.Weights, value => (double)value),
            Array.ConvertAll(data.Bias, value => (double)value));
        int terms = shape.InputChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth;
        using var bias = new GuardedSpan<float>(WeightPacking.PadChannels<float>(data.Bias, shape.OutputChannels, data.Groups));
        using var output = new GuardedSpan<float>(exact.Length);
        using var residual = new GuardedSpan<float>(data.Residual);

        run(FloatEpilogue.Store(bias.Span, 0f, 1f, output.Span));
        output.Verify();
        for (int i = 0; i < exact.Length; i++)
        {
            Near(name, i, Math.Clamp(exact[i], 0, 1), output.Span[i], Reference.SummationBound(terms, magnitudes[i]));
        }

        run(FloatEpilogue.AddAndStore(bias.Span, residual.Span, float.NegativeInfinity, float.PositiveInfinity, residual.Span));
        residual.Verify();
        for (int i = 0; i < exact.Length; i++)
        {
            double bound = Reference.SummationBound(terms + 1, magnitudes[i] + Math.Abs(data.Residual[i]));
            Near(name, i, exact[i] + data.Residual[i], residual.Span[i], bound);
        }
    }

    private void Same<T>(string name, string epilogue, GuardedSpan<T> actual, Func<int, T> expected)
        where T : unmanaged, IEquatable<T>
    {
        actual.Verify();
        Span<T> span = actual.Span;
        for (int i = 0; i < span.Length; i++)
        {
            T value = expected(i);
            if (!span[i].Equals(value))
            {
                throw new CheckFailedException($"{name}, {epilogue}: element {i} is {span[i]}, expected {value}.");
            }
        }

        foreach (byte b in System.Runtime.InteropServices.MemoryMarshal.AsBytes(span))
        {
            _hash = (_hash ^ b) * 1099511628211;
        }
    }

    private delegate void RunInteger(in Epilogue epilogue);

    private delegate void RunFloat(in FloatEpilogue epilogue);

    private sealed class IntegerData
    {
        public required Fill Fill { get; init; }

        public required int Groups { get; init; }

        public required byte[] Input { get; init; }

        public required sbyte[] Weights { get; init; }

        public required int[] Bias { get; init; }

        public required float[] Multipliers { get; init; }

        public required byte[] ResidualBytes { get; init; }

        public required int[] ResidualIntegers { get; init; }

        public required float[] ResidualFloats { get; init; }

        public required float[] ResidualMultipliers { get; init; }

        public required int InputZeroPoint { get; init; }

        public required int ResidualZeroPoint { get; init; }

        public required float ResidualMultiplier { get; init; }

        public required int ZeroPoint { get; init; }

        public required int Minimum { get; init; }

        public required int Maximum { get; init; }

        public static IntegerData Create(string name, in ConvolutionShape shape, Fill fill, int groups)
        {
            var random = new Random(Seed(name));
            int outputs = shape.Batch * shape.OutputHeight * shape.OutputWidth * shape.OutputChannels;
            var input = new byte[shape.Batch * shape.InputHeight * shape.InputWidth * shape.InputChannels];
            var weights = new sbyte[shape.OutputChannels * shape.InputChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth];
            random.NextBytes(input);
            for (int i = 0; i < weights.Length; i++)
            {
                weights[i] = (sbyte)random.Next(-128, 128);
            }

            if (fill != Fill.Random)
            {
                input.AsSpan().Fill(255);
                weights.AsSpan().Fill(fill == Fill.LargestProducts ? (sbyte)127 : (sbyte)-128);
            }

            int channels = shape.OutputChannels;
            var bias = new int[channels];
            var multipliers = new float[channels];
            var residualMultipliers = new float[channels];
            int terms = weights.Length / channels;
            for (int i = 0; i < channels; i++)
            {
                // The second channel's sums leave the range of int32 conversions; the third's are halves, where rounding decides.
                bias[i] = fill == Fill.LargestProducts && i % 5 == 3 ? int.MaxValue : random.Next(-20000, 20000);
                multipliers[i] = i % 7 == 1 ? 1e9f : i % 7 == 2 ? 0.5f : (float)(random.NextDouble() * 0.03 / Math.Sqrt(terms));
                residualMultipliers[i] = (float)(random.NextDouble() * 0.01);
            }

            var residualBytes = new byte[outputs];
            var residualIntegers = new int[outputs];
            var residualFloats = new float[outputs];
            random.NextBytes(residualBytes);
            for (int i = 0; i < outputs; i++)
            {
                residualIntegers[i] = random.Next(-20000, 20000);
                residualFloats[i] = (float)((random.NextDouble() * 10) - 5);
            }

            int minimum = random.Next(2) == 0 ? 0 : random.Next(100);
            return new IntegerData
            {
                Fill = fill,
                Groups = groups,
                Input = input,
                Weights = weights,
                Bias = bias,
                Multipliers = multipliers,
                ResidualBytes = residualBytes,
                ResidualIntegers = residualIntegers,
                ResidualFloats = residualFloats,
                ResidualMultipliers = residualMultipliers,
                InputZeroPoint = random.Next(256),
                ResidualZeroPoint = random.Next(256),
                ResidualMultiplier = (float)random.NextDouble(),
                ZeroPoint = random.Next(256),
                Minimum = minimum,
                Maximum = random.Next(2) == 0 ? 255 : random.Next(minimum, 256),
            };
        }
    }

    internal sealed class FloatData
    {
        public required int Groups { get; init; }

        public required float[] Input { get; init; }

        public required float[] Weights { get; init; }

        public required float[] Bias { get; init; }

        public required float[] Residual { get; init; }

        public static FloatData Create(string name, in ConvolutionShape shape, int groups)
        {
            var random = new Random(Seed(name));
            int outputs = shape.Batch * shape.OutputDepth * shape.OutputHeight * shape.OutputWidth * shape.OutputChannels;
            return new FloatData
            {
                Groups = groups,
                Input = Values(random, shape.Batch * shape.InputDepth * shape.InputHeight * shape.InputWidth * shape.InputChannels),
                Weights = Values(
                    random,
                    shape.OutputChannels * shape.InputChannels / shape.Groups * shape.KernelDepth * shape.KernelHeight * shape.KernelWidth),
                Bias = Values(random, shape.OutputChannels),
                Residual = Values(random, outputs),
            };
        }

        public static float[] Values(Random random, int length)
        {
            var values = new float[length];
            for (int i = 0; i < length; i++)
            {
                values[i] = (float)((random.NextDouble() * 2) - 1);
            }

            return values;
        }
    }
}
