using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Storage;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Tests.Quantization;

public sealed class StoreSixteenBitsTests
{
    /// <summary>
    /// The terms of every sum, by the definition of its operator in ONNX: with inputs that are all one, what a layer gives changes by
    /// less than the least step of its weights, which by themselves would add up to much more; and no weight is farther away than the half
    /// beside.
    /// </summary>
    [Theory]
    [InlineData("Conv", 1, 8, 64, 3, 3)]
    [InlineData("Conv", 4, 8, 16, 3)]
    [InlineData("Gemm", 0, 300, 7)]
    [InlineData("Gemm", 1, 7, 300)]
    [InlineData("MatMul", 0, 300, 7)]
    [InlineData("MatMul", 0, 3, 300, 7)]
    [InlineData("LSTM", 0, 1, 24, 200)]
    public void ToHalves_WeightsOfASum_KeepTheirSum(string operatorType, int parameter, params int[] shape)
    {
        var random = new Random(shape[^1]);
        float[] values = [.. Enumerable.Range(0, shape.Aggregate((a, b) => a * b)).Select(_ => 0.5f + (0.5f * random.NextSingle()))];
        var weights = new Value("w") { Type = DataType.Float32, Constant = Tensor.Of(values, [.. shape.Select(s => (long)s)]) };
        weights.Shape = weights.Constant.Shape;
        var node = new Node(
            Domains.Onnx, operatorType, "node", [new Value("x"), weights, weights], [new Value("y")],
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
            {
                [operatorType == "Gemm" ? "transB" : "group"] = (long)parameter,
            });

        float[] halves = Halves(WeightOperand.Of(node, []).First());

        // Between a half and one, halves are 2⁻¹¹ apart.
        const double Step = 1.0 / 2048;
        var sums = new Dictionary<int, (double Balanced, double Nearest)>();
        for (int i = 0; i < values.Length; i++)
        {
            int sum = SumOf(operatorType, parameter, shape, i);
            (double balanced, double nearest) = sums.GetValueOrDefault(sum);
            sums[sum] = (balanced + halves[i] - values[i], nearest + (float)(Half)values[i] - values[i]);
            Assert.InRange(Math.Abs((double)halves[i] - values[i]), 0, Step);
        }

        Assert.All(sums.Values, s => Assert.InRange(Math.Abs(s.Balanced), 0, Step / 2));
        Assert.True(sums.Values.Max(s => Math.Abs(s.Nearest)) > Step);
        double Squares(Func<int, double> rounded) => Enumerable.Range(0, values.Length).Sum(i => Math.Pow(rounded(i) - values[i], 2));
        Assert.InRange(Squares(i => halves[i]) / Squares(i => (double)(Half)values[i]), 1, 1.1);
    }

    /// <summary>Weights near a half that many others share would have to move by whole steps: then they stay.</summary>
    [Fact]
    public void ToHalves_WeightsThatAreNearlyHalves_AreRoundedToTheNearest()
    {
        float[] values = [.. Enumerable.Range(0, 1000).Select(i => 1 + (i % 7 / 1024f) + 1e-5f)];
        var g = new TestGraph();
        Value y = g.Node("MatMul", [g.Input(1000), g.Constant(Tensor.Of(values, 1000, 1))]);

        float[] halves = Halves(WeightOperand.Of(y.Producer!, []).Single());

        Assert.Equal([.. values.Select(v => (float)(Half)v)], halves);
    }

    /// <summary>
    /// All of a sum's weights lie on the same side of their halves, at a part of the way to the middle: of n weights those may turn that
    /// lie no nearer to a half than 4/√n of the way from the middle.
    /// </summary>
    [Theory]
    [InlineData(64, 0.45f, false)]
    [InlineData(64, 0.55f, true)]
    [InlineData(400, 0.75f, false)]
    [InlineData(400, 0.85f, true)]
    [InlineData(1600, 0.88f, false)]
    [InlineData(1600, 0.92f, true)]
    public void ToHalves_WeightsOffByAPartOfTheWay_TurnWhereTheyAreUndecided(int terms, float part, bool isTurned)
    {
        const float Step = 1f / 2048;
        float[] values = [.. Enumerable.Range(0, terms).Select(i => 0.5f + (Step * (i % 16)) + (Step * part / 2))];
        var g = new TestGraph();
        Value y = g.Node("MatMul", [g.Input(terms), g.Constant(Tensor.Of(values, terms, 1))]);

        float[] halves = Halves(WeightOperand.Of(y.Producer!, []).Single());

        Assert.Equal(isTurned, halves.Zip(values).Any(p => p.First > p.Second));
        Assert.Contains(halves.Zip(values), p => p.First < p.Second);
    }

    /// <summary>Two could make up for what the sum is off, and one is enough: that which lay nearly in the middle.</summary>
    [Fact]
    public void ToHalves_SeveralThatCouldTurn_TurnsTheOneThatLayNearestTheMiddle()
    {
        // In steps of the halves between a half and one: 0.7 is rounded up by 0.3, 0.52 by 0.48.
        const float Step = 1f / 2048;
        float[] values = [.. Enumerable.Range(0, 16).Select(i => 0.5f + (Step * (i + (i == 3 ? 0.7f : i == 11 ? 0.52f : 0))))];
        var g = new TestGraph();
        Value y = g.Node("MatMul", [g.Input(16), g.Constant(Tensor.Of(values, 16, 1))]);

        float[] halves = Halves(WeightOperand.Of(y.Producer!, []).Single());

        Assert.Equal([.. Enumerable.Range(0, 16).Select(i => 0.5f + (Step * (i == 3 ? 4 : i)))], halves);
    }

    [Theory]
    [InlineData("MatMul", 0.5)]
    [InlineData("LSTM", 0.5)]
    [InlineData("Gather", 0.5)]
    [InlineData("Add", 1)]
    public void Fp16_EachKindOfWeights_IsStoredInHalfTheBytes(string operatorType, double part)
    {
        var g = new TestGraph();
        var random = new Random(1);
        Value Weights(params long[] shape) => g.Constant(
            Tensor.Of([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)], shape));
        Value Tokens()
        {
            Value tokens = g.Graph.NewValue("tokens", DataType.Int64, Shape.Of(6));
            g.Graph.Inputs.Add(tokens);
            return tokens;
        }

        Value result = operatorType switch
        {
            "LSTM" => g.Node("LSTM", [g.FixedInput(5, 1, 64), Weights(1, 128, 64), Weights(1, 128, 32)], ("hidden_size", 32L)),
            "Gather" => g.Node("Gather", [Weights(100, 64), Tokens()]),
            "Add" => g.Node("Add", [g.Input(64, 64), Weights(64, 64)]),
            _ => g.Node("MatMul", [g.Input(64), Weights(64, 64)]),
        };
        Graph graph = g.Finish(result);
        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32);
        using CompiledModel halves = CompiledFile.Of(graph, ModelMode.Fp16);

        Assert.Equal(part, (double)halves.Compiled.Weights.Length / floats.Compiled.Weights.Length, 0.05);
    }

    /// <summary>
    /// A table whose rows are looked up by what the network has computed holds results, such as boxes, and no embeddings.
    /// </summary>
    [Fact]
    public void Fp16_TableThatADecisionIndexes_StaysFloat32()
    {
        var g = new TestGraph();
        Value best = g.Node("ArgMax", [g.Gemm(g.Input(32), 16)], ("axis", 1L), ("keepdims", 0L));
        Value boxes = g.Constant(Tensor.Of([.. Enumerable.Range(0, 64).Select(i => i + 0.001f)], 16, 4));
        using CompiledModel model = CompiledFile.Of(g.Finish(g.Node("Gather", [boxes, best])), ModelMode.Fp16);

        var x = TestGraph.Inputs(g.Graph, 1, 3);
        float[] box = new Interpreter(model.Compiled).Run(x).Values.Single().ToFloats();
        Assert.Contains(box[0], boxes.Constant!.ToFloats());
    }

    /// <summary>A spectrum whose quiet parts matter, and what only looks like one.</summary>
    [Theory]
    [InlineData(true, "Mul", "ReduceSum", "Log")]
    [InlineData(true, "Abs", "Log")]
    [InlineData(false, "Mul", "ReduceSum", "Sqrt")]
    [InlineData(false, "Exp", "ReduceSum", "Log")]
    [InlineData(false, "Relu", "Mul", "Log")]
    public void Fp16_TransformWhoseLogarithmIsTaken_StaysFloat32(bool isKept, params string[] operators)
    {
        var g = new TestGraph();
        Value x = g.Input(64);
        Value value = g.Node("MatMul", [x, g.Weights(64, 64)]);
        foreach (string type in operators)
        {
            value = type == "Mul" ? g.Node(type, [value, value]) : g.Node(type, value);
        }

        Graph graph = g.Finish(value);
        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32);
        using CompiledModel halves = CompiledFile.Of(graph, ModelMode.Fp16);

        Assert.Equal(isKept ? 1 : 0.5, (double)halves.Compiled.Weights.Length / floats.Compiled.Weights.Length, 0.1);
    }

    /// <summary>A seventeenth of the weights would be too many to keep, a thirty-third is not.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Fp16_TheSmallestLayer_StaysFloat32WhereItWeighsLittle(int larger, bool isKept)
    {
        var g = new TestGraph();
        Value x = g.Input(1);
        Value small = g.Constant(Tensor.Of([.. Enumerable.Range(0, 100).Select(i => (i / 1000f) + 0.0503f)], 100, 1));
        Value hidden = g.Node("Relu", g.Node("Gemm", [x, small], ("transB", 1L)));
        Graph graph = g.Finish([hidden, .. Enumerable.Range(0, larger).Select(_ => g.Gemm(hidden, 16))]);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Fp16);

        var one = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of([1f], 1, 1) };
        float[] weights = new Interpreter(model.Compiled).Run(one)[hidden.Name].ToFloats();
        Assert.Equal(isKept, weights.SequenceEqual(small.Constant!.ToFloats()));
    }

    /// <summary>
    /// Normal weights: steps of 1/32767 of the largest of a row are a third as coarse as halves are on average. No weight is off by more
    /// than the step beside it, and every sum is kept.
    /// </summary>
    [Theory]
    [InlineData("MatMul", 0)]
    [InlineData("Gemm", 1)]
    [InlineData("Conv", 1)]
    [InlineData("Gather", 0)]
    public void Codes_NormalWeights_AreNearerThanHalves(string operatorType, int parameter)
    {
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, 64 * 256).Select(_ => Normal(random))];
        long[] shape = operatorType == "Conv" ? [64, 256, 1, 1] : [64, 256];
        var g = new TestGraph();
        Value weights = g.Constant(Tensor.Of(values, shape));
        var node = new Node(
            Domains.Onnx, operatorType, "node", operatorType == "Gather" ? [weights, new Value("x")] : [new Value("x"), weights],
            [new Value("y")],
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
            {
                [operatorType == "Gemm" ? "transB" : "group"] = (long)parameter,
            });
        WeightOperand operand = WeightOperand.Of(node, []).Single();
        int axis = operand.Axis;

        WideCodes codes = WideCodes.Of(operand)!;
        HalfWeights halves = HalfWeights.Of(operand);

        double[] largest = new double[axis == 0 ? 64 : 256];
        int Group(int i) => axis == 0 ? i / 256 : i % 256;
        for (int i = 0; i < values.Length; i++)
        {
            largest[Group(i)] = Math.Max(largest[Group(i)], Math.Abs(values[i]));
        }

        float[] stored = [.. codes.Codes().ToFloats().Zip(
            Enumerable.Range(0, values.Length), (code, i) => code * codes.Scales().ToFloats()[Group(i)])];
        Assert.All(Enumerable.Range(0, values.Length), i =>
        {
            Assert.Equal(codes[i], stored[i]);
            Assert.InRange(Math.Abs(codes[i] - values[i]), 0, largest[Group(i)] / 32767 * 1.01);
        });
        double Noise(Func<int, double> rounded) =>
            Math.Sqrt(Enumerable.Range(0, values.Length).Average(i => Math.Pow(rounded(i) - values[i], 2)));
        Assert.InRange(Noise(i => codes[i]) / Noise(i => halves[i]), 0.05, 0.4);
    }

    /// <summary>
    /// Of layers of one size, that in which one large weight makes every output coarse.
    /// </summary>
    [Fact]
    public void Fp16_LayersOfOneSize_TheNoisierStaysFloat32()
    {
        var random = new Random(3);
        float[] even = [.. Enumerable.Range(0, 400).Select(_ => Normal(random))];
        float[] coarse = [.. even.Select((w, i) => i % 20 == 7 ? 40 * w : w)];
        var g = new TestGraph();
        Value x = g.Input(20);
        Value[] small = [g.Constant(Tensor.Of(even, 20, 20)), g.Constant(Tensor.Of(coarse, 20, 20)), g.Constant(Tensor.Of(even, 20, 20))];
        Value hidden = x;
        foreach (Value weights in small)
        {
            hidden = g.Node("Relu", g.Node("Gemm", [hidden, weights], ("transB", 1L)));
        }

        Graph graph = g.Finish(g.Gemm(hidden, 32 * 20));
        HashSet<string> nodes = StoreSixteenBits.Run(graph).Nodes;

        float[][] stored =
            [.. StoredWeights.Expand(graph, nodes).Nodes.Where(n => n.Is("Gemm")).Select(n => n.Required(1).Constant!.ToFloats())];
        Assert.Equal([false, true, false], stored[..3].Zip([even, coarse, even], (s, w) => s.SequenceEqual(w)));
    }

    /// <summary>
    /// A few large weights for each output: a scale for every 32 inputs, in all forms that kernels read, which take no more memory than
    /// that. What has no multiple of 32 inputs, and normal weights, keep one for each output.
    /// </summary>
    [Theory]
    [InlineData("MatMul", 128, 1, true)]
    [InlineData("Gemm", 128, 1, true)]
    [InlineData("Conv", 128, 1, true)]
    [InlineData("Conv", 64, 9, true)]
    [InlineData("Gemm", 120, 1, false)]
    [InlineData("Conv", 40, 1, false)]
    public void Fp16_LargeWeightsBesideOthers_HaveScalesOfBlocks(string operatorType, int inputs, int pixels, bool areBlocks)
    {
        const int Outputs = 48;
        var random = new Random(inputs);
        bool isMatMul = operatorType == "MatMul";
        int count = inputs * pixels * Outputs;
        int Input(int i) => isMatMul ? i / Outputs : i / pixels % inputs;
        float[] values = [.. Enumerable.Range(0, count).Select(i => Input(i) == 5 ? 30 * Normal(random) : Normal(random) / 5)];
        int side = pixels == 9 ? 3 : 1;
        var g = new TestGraph();
        Value x = operatorType == "Conv" ? g.Input(inputs, 6, 5) : g.Input(inputs);
        Value constant = g.Constant(operatorType switch
        {
            "Conv" => Tensor.Of(values, Outputs, inputs, side, side),
            "Gemm" => Tensor.Of(values, Outputs, inputs),
            _ => Tensor.Of(values, inputs, Outputs),
        });
        Graph graph = g.Finish(
            operatorType == "Gemm" ? g.Node("Gemm", [x, constant], ("transB", 1L)) : g.Node(operatorType, [x, constant]));

        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Fp16);

        Assert.Equal(areBlocks, model.Portable.Nodes.Any(n => n.Is("Reshape")));
        Assert.InRange((double)model.Compiled.Weights.Length / floats.Compiled.Weights.Length, 0.4, 0.6);

        // Inputs that never meet the large weights, nor those that share their scale.
        var sample = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            [x.Name] = Tensor.Of(
                [.. Enumerable.Range(0, operatorType == "Conv" ? inputs * 30 : inputs)
                    .Select(i => i / (operatorType == "Conv" ? 30 : 1) < 32 ? 0 : Normal(random))],
                operatorType == "Conv" ? [1, inputs, 6, 5] : [1, inputs]),
        };
        double signal = 0;
        double noise = 0;
        foreach ((float exact, float rounded) in new Interpreter(floats.Compiled).Run(sample).Values.Single().ToFloats()
            .Zip(new Interpreter(model.Compiled).Run(sample).Values.Single().ToFloats()))
        {
            signal += (double)exact * exact;
            noise += Math.Pow(exact - rounded, 2);
        }

        Assert.InRange(10 * Math.Log10(signal / noise), areBlocks ? 88 : 30, areBlocks ? 140 : 75);
    }

    /// <summary>Kernels read what is flattened pixel by pixel, and the blocks of the file are in the order of its channels.</summary>
    [Fact]
    public void Fp16_BlocksOfFlattenedPixels_AreFoundInAnotherOrder()
    {
        var random = new Random(11);
        var g = new TestGraph();
        Value x = g.Input(8, 5, 4);
        Value pixels = g.Node("Relu", g.Conv(x, 64, 3));
        int inputs = 64 * 3 * 2;
        float[] values = [.. Enumerable.Range(0, 48 * inputs).Select(i => (i % inputs == 9 ? 50 : 1) * Normal(random))];
        Graph graph = g.Finish(g.Node("Gemm", [g.Node("Flatten", pixels), g.Constant(Tensor.Of(values, 48, inputs))], ("transB", 1L)));
        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Fp16);

        Assert.Contains(
            model.Portable.Nodes, n => n.Is("Mul") && n.Required(1).Constant is { } scales && scales.Length == 48 * inputs / 32);
        Assert.InRange((double)model.Compiled.Weights.Length / floats.Compiled.Weights.Length, 0.4, 0.6);
        Dictionary<string, Tensor> sample = TestGraph.Inputs(graph, 1, 7);
        Assert.All(
            new Interpreter(floats.Compiled).Run(sample).Values.Single().ToFloats()
                .Zip(new Interpreter(model.Compiled).Run(sample).Values.Single().ToFloats()),
            pair => Assert.Equal(pair.First, pair.Second, 0.05f));
    }

    /// <summary>Stacks of matrices whose last axis is no multiple of a register: as many bytes as codes have.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(32)]
    public void Fp16_StackOfMatrices_IsStoredInSixteenBits(int columns)
    {
        var random = new Random(columns);
        var g = new TestGraph();
        Value x = g.Input(2, 3, 64);
        Value stack = g.Constant(Tensor.Of([.. Enumerable.Range(0, 2 * 64 * columns).Select(_ => Normal(random))], 2, 64, columns));
        Graph graph = g.Finish(g.Node("MatMul", [x, stack]));
        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Fp16);

        Assert.InRange((double)model.Compiled.Weights.Length / floats.Compiled.Weights.Length, 0.4, columns == 1 ? 0.75 : 0.62);
        Dictionary<string, Tensor> sample = TestGraph.Inputs(graph, 2, 7);
        float[] exact = new Interpreter(floats.Compiled).Run(sample).Values.Single().ToFloats();
        Assert.All(
            exact.Zip(new Interpreter(model.Compiled).Run(sample).Values.Single().ToFloats()),
            pair => Assert.Equal(pair.First, pair.Second, 2e-3f));
    }

    /// <summary>What is halves already, or has few values, keeps them; so do outputs of few weights.</summary>
    [Theory]
    [InlineData("normal", true)]
    [InlineData("halves", false)]
    [InlineData("clusters", false)]
    [InlineData("few per output", false)]
    [InlineData("far apart", false)]
    [InlineData("beyond halves", true)]
    public void Run_WeightsOfAKind_AreStoredInTheNearerForm(string kind, bool areCodes)
    {
        var random = new Random(9);
        (int rows, int columns) = kind == "few per output" ? (1024, 4) : (64, 64);
        float[] values = [.. Enumerable.Range(0, rows * columns).Select(i => kind switch
        {
            "halves" => (float)(Half)Normal(random),
            "clusters" => random.Next(100) * 0.0123f,
            "far apart" => i % 64 == 0 ? 1024 : Normal(random),
            "beyond halves" => 1e6f * Normal(random),
            _ => Normal(random),
        })];
        var g = new TestGraph();
        Value y = g.Node("Gemm", [g.Input(columns), g.Constant(Tensor.Of(values, rows, columns))], ("transB", 1L));
        Graph graph = g.Finish(y);

        (HashSet<string> nodes, IReadOnlyList<string> outOfRange, IReadOnlyList<string> underflow) = StoreSixteenBits.Run(graph);

        Assert.Empty(outOfRange);
        Assert.Empty(underflow);
        Value stored = Assert.Single(graph.Nodes, n => n.Is("Cast")).Required(0);
        Assert.Equal(areCodes ? DataType.Int16 : DataType.Float16, stored.Type);
        Value weights = y.Producer!.Required(1);
        float[] expanded = StoredWeights.Expand(graph, nodes).Nodes.Single().Required(1).Constant!.ToFloats();
        Assert.Equal(weights.Name, graph.Nodes.Single().Required(1).Name);
        float step = values.Max(MathF.Abs) / 30000;
        Assert.All(values.Zip(expanded), v => Assert.Equal(v.First, v.Second, MathF.Max(1e-3f * MathF.Abs(v.First), step)));
    }

    private static float Normal(Random random)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
    }

    private static float[] Halves(WeightOperand weights) => HalfWeights.Of(weights).Halves(weights.Value.Constant!).ToFloats();

    private static int SumOf(string operatorType, int parameter, int[] shape, int i)
    {
        return operatorType switch
        {
            "Conv" => i / shape.Skip(1).Aggregate((a, b) => a * b),
            "MatMul" or "Gemm" when parameter == 0 => (i / (shape[^1] * shape[^2]) * shape[^1]) + (i % shape[^1]),
            _ => i / shape[^1],
        };
    }
}
