using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>
/// QuantizeLinear and DequantizeLinear beside each other, against their formulas: they cancel where their parameters are equal, and only
/// there.
/// </summary>
public sealed class QuantizePairTests
{
    private static readonly float[] s_reals =
        [-30, -12.7f, -3.04f, -0.26f, -0.049f, 0, 0.051f, 0.24f, 1.96f, 7.77f, 12.75f, 40, float.NaN, float.PositiveInfinity];

    public static TheoryData<ModelMode, float, byte, float, byte> Pairs
    {
        get
        {
            var pairs = new TheoryData<ModelMode, float, byte, float, byte>();
            foreach (ModelMode mode in Modes.All)
            {
                pairs.Add(mode, 0.1f, 128, 0.2f, 128);
                pairs.Add(mode, 0.2f, 128, 0.1f, 128);
                pairs.Add(mode, 0.1f, 128, 0.1f, 120);
                pairs.Add(mode, 0.1f, 128, 0.1f, 128);
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Compile_DequantizedByOtherParameters_ComputesTheFormulas(
        ModelMode mode, float scale, byte zeroPoint, float otherScale, byte otherZeroPoint)
    {
        var g = new TestGraph();
        Value quantized = Quantize(g, g.Input(s_reals.Length), scale, zeroPoint);
        Check(
            g, Dequantize(g, quantized, otherScale, otherZeroPoint), mode, x => (Code(x, scale, zeroPoint) - otherZeroPoint) * otherScale);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Compile_QuantizedAgainByOtherParameters_ComputesTheFormulas(
        ModelMode mode, float scale, byte zeroPoint, float otherScale, byte otherZeroPoint)
    {
        var g = new TestGraph();
        Value between = Dequantize(g, Quantize(g, g.Input(s_reals.Length), scale, zeroPoint), scale, zeroPoint);
        Value output = Dequantize(g, Quantize(g, between, otherScale, otherZeroPoint), otherScale, otherZeroPoint);
        Check(g, output, mode, x =>
            (Code((Code(x, scale, zeroPoint) - zeroPoint) * scale, otherScale, otherZeroPoint) - otherZeroPoint) * otherScale);
    }

    [Theory]
    [InlineData(0.1f, 128, 0.3f, 128)]
    [InlineData(0.1f, 128, 0.1f, 100)]
    public void Compile_ConcatOfDifferentParameters_ComputesTheFormulas(float scale, byte zeroPoint, float otherScale, byte otherZeroPoint)
    {
        var g = new TestGraph();
        Value x = g.Input(s_reals.Length);
        Value left = Dequantize(g, Quantize(g, x, scale, zeroPoint), scale, zeroPoint);
        Value right = Dequantize(g, Quantize(g, x, otherScale, otherZeroPoint), otherScale, otherZeroPoint);
        Value output = g.Node("Concat", [left, right], ("axis", 1L));
        Graph graph = g.Finish(output);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8);
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of(s_reals, 1, s_reals.Length) };

        Assert.Equal(
            [
                .. s_reals.Select(real => (Code(real, scale, zeroPoint) - zeroPoint) * scale),
                .. s_reals.Select(real => (Code(real, otherScale, otherZeroPoint) - otherZeroPoint) * otherScale),
            ],
            new Interpreter(model.Compiled).Run(inputs)[output.Name].ToFloats());
    }

    /// <summary>The last clamp has the last word, also where nothing of the first is left.</summary>
    [Theory]
    [InlineData(0f, 1f, 2f, 3f, 2f)]
    [InlineData(2f, 3f, 0f, 1f, 1f)]
    public void Compile_ClampsThatExcludeEachOther_GiveABoundOfTheLast(float low, float high, float lastLow, float lastHigh, float expected)
    {
        var g = new TestGraph();
        Value x = Dequantize(g, Quantize(g, g.Input(s_reals.Length), 0.1f, 128), 0.1f, 128);
        Value first = g.Node("Clip", [g.Node("Add", [x, x]), g.Constant(Tensor.Scalar(low)), g.Constant(Tensor.Scalar(high))]);
        Value last = g.Node("Clip", [first, g.Constant(Tensor.Scalar(lastLow)), g.Constant(Tensor.Scalar(lastHigh))]);
        Check(g, Dequantize(g, Quantize(g, last, 0.5f, 10), 0.5f, 10), ModelMode.Int8, _ => expected);
    }

    /// <summary>Without a value a Pad of signed codes adds zeros of theirs, which stand for a real of their own.</summary>
    [Theory]
    [InlineData(ModelMode.Fp32)]
    [InlineData(ModelMode.Int8)]
    public void Compile_PadOfSignedCodesWithoutValue_AddsTheCodeZero(ModelMode mode)
    {
        var g = new TestGraph();
        Value x = g.Input(s_reals.Length);
        Value scale = g.Constant(Tensor.Scalar(0.1f));
        Value zeroPoint = g.Constant(Tensor.Of([(sbyte)3], []));
        Value codes = g.Node("Pad", [g.Node("QuantizeLinear", [x, scale, zeroPoint]), g.Constant(Tensor.Of([0L, 1, 0, 0], 4))]);
        Graph graph = g.Finish(g.Node("DequantizeLinear", [codes, scale, zeroPoint]));
        using CompiledModel model = CompiledFile.Of(graph, mode);
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of(s_reals, 1, s_reals.Length) };

        float[] y = new Interpreter(model.Compiled).Run(inputs)[graph.Outputs[0].Name].ToFloats();

        Assert.Equal(-3 * 0.1f, y[0]);
    }

    /// <summary>A value between codes, or beyond them, is what the Pad of reals adds: no code stands for it.</summary>
    [Theory]
    [InlineData(ModelMode.Fp32, 0.25f)]
    [InlineData(ModelMode.Fp32, 100f)]
    [InlineData(ModelMode.Int8, 0.25f)]
    [InlineData(ModelMode.Int8, 100f)]
    [InlineData(ModelMode.Int8, 0.5f)]
    public void Compile_PadOfDequantizedCodes_AddsTheValueItself(ModelMode mode, float value)
    {
        var g = new TestGraph();
        Value x = g.Input(s_reals.Length);
        Value reals = Dequantize(g, Quantize(g, x, 0.1f, 128), 0.1f, 128);
        Graph graph = g.Finish(g.Node("Pad", [reals, g.Constant(Tensor.Of([0L, 1, 0, 0], 4)), g.Constant(Tensor.Scalar(value))]));
        using CompiledModel model = CompiledFile.Of(graph, mode);
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of(s_reals, 1, s_reals.Length) };

        Assert.Equal(value, new Interpreter(model.Compiled).Run(inputs)[graph.Outputs[0].Name].ToFloats()[0]);
    }

    /// <summary>A value that only the run knows has no code at build: the Pad stays one of reals.</summary>
    [Theory]
    [InlineData(ModelMode.Fp32)]
    [InlineData(ModelMode.Int8)]
    public void Compile_QuantizedPadWithAValueOfTheRun_AddsIt(ModelMode mode)
    {
        var g = new TestGraph();
        Value x = g.Input(4);
        Value value = g.Node("ReduceMax", x, ("keepdims", 0L));
        Value padded = g.Node("Pad", [x, g.Constant(Tensor.Of([0L, 1, 0, 0], 4)), value]);
        Graph graph = g.Finish(Dequantize(g, Quantize(g, padded, 0.5f, 128), 0.5f, 128));
        using CompiledModel model = CompiledFile.Of(graph, mode);
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of([1f, 7.5f, -2, 3], 1, 4) };

        Assert.Equal([7.5f, 1, 7.5f, -2, 3], new Interpreter(model.Compiled).Run(inputs)[graph.Outputs[0].Name].ToFloats());
    }

    /// <summary>A scale of zero makes zeros of all codes.</summary>
    [Theory]
    [InlineData(ModelMode.Fp32)]
    [InlineData(ModelMode.Int8)]
    public void Compile_DequantizedByAScaleOfZero_IsZero(ModelMode mode)
    {
        var g = new TestGraph();
        Check(g, Dequantize(g, Quantize(g, g.Input(s_reals.Length), 0.1f, 128), 0, 128), mode, _ => 0);
    }

    /// <summary>The four windows have the means 3, 5, 11 and 13; half of them again is what is quantized, in steps of 0.5.</summary>
    [Fact]
    public void Compile_AverageCorrectedByAFactor_IsOneOperatorOfCodes()
    {
        var g = new TestGraph();
        Value x = g.Input(1, 4, 4);
        Value mean = g.Node(
            "AveragePool", Dequantize(g, Quantize(g, x, 1, 7), 1, 7), ("kernel_shape", new long[] { 2, 2 }),
            ("strides", new long[] { 2, 2 }));
        Value corrected = g.Node("Mul", [mean, g.Constant(Tensor.Scalar(1.5f))]);
        Value output = Dequantize(g, Quantize(g, corrected, 0.5f, 3), 0.5f, 3);
        Graph graph = g.Finish(output);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8);
        float[] image = [1, 2, 3, 4, 4, 5, 6, 7, 9, 10, 11, 12, 12, 13, 14, 15];
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of(image, 1, 1, 4, 4) };

        Assert.Contains(model.Compiled.Plan.Steps, s => s.Call.Target == "Pooling.AverageUInt8");
        Assert.Equal([4.5f, 7.5f, 16.5f, 19.5f], new Interpreter(model.Compiled).Run(inputs)[output.Name].ToFloats());
    }

    private static Value Quantize(TestGraph g, Value x, float scale, byte zeroPoint) =>
        g.Node("QuantizeLinear", [x, g.Constant(Tensor.Scalar(scale)), g.Constant(Tensor.Of([zeroPoint], []))]);

    private static Value Dequantize(TestGraph g, Value x, float scale, byte zeroPoint) =>
        g.Node("DequantizeLinear", [x, g.Constant(Tensor.Scalar(scale)), g.Constant(Tensor.Of([zeroPoint], []))]);

    private static float Code(float real, float scale, byte zeroPoint) =>
        float.IsNaN(real) ? zeroPoint : Math.Clamp(MathF.Round(real / scale) + zeroPoint, 0, 255);

    private static void Check(TestGraph g, Value output, ModelMode mode, Func<float, float> formula)
    {
        Graph graph = g.Finish(output);
        using CompiledModel model = CompiledFile.Of(graph, mode);
        var inputs =
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [graph.Inputs[0].Name] = Tensor.Of(s_reals, 1, s_reals.Length) };

        Assert.Equal(Array.ConvertAll(s_reals, x => formula(x)), new Interpreter(model.Compiled).Run(inputs)[output.Name].ToFloats());
    }
}
