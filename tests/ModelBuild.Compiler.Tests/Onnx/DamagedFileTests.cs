using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Damaged files end in findings: never in another exception, a hang or memory beyond measure.</summary>
public sealed class DamagedFileTests
{
    /// <summary>More rounds for a longer look: MODELBUILD_FUZZ_ROUNDS.</summary>
    private static readonly int s_rounds = int.TryParse(Environment.GetEnvironmentVariable("MODELBUILD_FUZZ_ROUNDS"), out int rounds)
        ? rounds : 8;

    [Fact]
    public void Import_TruncatedAnywhere_IsReported()
    {
        byte[] model = File.ReadAllBytes(Repository.Sample("models", "lenet.onnx"));
        for (int i = 0; i < 200; i++)
        {
            Finding finding = Assert.Single(
                Assert.Throws<CompilationException>(() => Import(model.AsSpan(0, (int)((long)model.Length * i / 200)))).Findings);
            Assert.Contains(finding.Code, (string[])[DiagnosticCodes.NotOnnx, DiagnosticCodes.CorruptModel]);
            Assert.Contains("model.onnx", finding.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Import_BytesChangedAtRandom_SucceedsOrIsReported()
    {
        var random = new Random(2026);
        byte[][] models = [.. NodeVectors.Cases.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Value["model.onnx"]), Cnn()];
        foreach (byte[] model in models)
        {
            for (int round = 0; round < s_rounds; round++)
            {
                byte[] damaged = Damage(model, random);
                try
                {
                    Import(damaged);
                }
                catch (CompilationException e)
                {
                    Assert.All(e.Findings, f => Assert.StartsWith("MODELB", f.Code, StringComparison.Ordinal));
                }
                catch (Exception e)
                {
                    Assert.Fail($"{e}\n{Convert.ToBase64String(damaged)}");
                }
            }
        }
    }

    [Fact]
    public void Import_WellFormedNonsense_SucceedsOrIsReported()
    {
        var random = new Random(7);
        foreach ((string name, Dictionary<string, byte[]> files) in NodeVectors.Cases.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            for (int round = 0; round < s_rounds; round++)
            {
                byte[] model = Nonsense(files, random);
                try
                {
                    Import(model);
                }
                catch (CompilationException)
                {
                }
                catch (Exception e)
                {
                    Assert.Fail($"{name}: {e}\n{Convert.ToBase64String(model)}");
                }
            }
        }
    }

    /// <summary>
    /// A test case of ONNX with some of its numbers, attributes, shapes and operators exchanged, in a file that is whole.
    /// </summary>
    private static byte[] Nonsense(Dictionary<string, byte[]> files, Random random)
    {
        ModelMessage message = ModelMessage.Read(files["model.onnx"]);
        Graph graph = new GraphBuilder(new ExternalData("model.onnx"), new SymbolTable(new Dictionary<string, long>()))
            .Build(message.Graph!);
        graph.Opset = random.Next(4) == 0 ? random.Next(7, 29) : message.Opsets[Domains.Onnx];
        Array.ForEach(graph.Outputs.ToArray(), o => o.Shape = Shape.Scalar);
        for (int i = graph.Inputs.Count - 1; i >= 0; i--)
        {
            Value input = graph.Inputs[i];
            if (random.Next(8) == 0)
            {
                input.Shape = new Shape(Enumerable.Range(0, random.Next(9)).Select(_ => random.Next(3) switch
                {
                    0 => Plan.Dimension.Symbol("abc"[random.Next(3)].ToString()),
                    1 => Plan.Dimension.Constant(random.Next(1, 5)),
                    _ => Plan.Dimension.Constant(Math.Max(1, Number(random))),
                }));
            }

            // What has an influence on shapes is mostly constant in models, and elsewhere sometimes.
            if (i > 0 ? random.Next(8) != 0 : random.Next(3) == 0)
            {
                graph.Inputs.RemoveAt(i);
                input.Constant = TensorMessage.Read(new WireReader(files[$"test_data_set_0/input_{i}.pb"])).ToTensor((_, _) => default);
                if (input.Constant.Type == DataType.Int64 && random.Next(2) == 0)
                {
                    long[] values = input.Constant.ToInt64s();
                    values = random.Next(4) == 0
                        ? [.. values, Number(random)] : Array.ConvertAll(values, v => random.Next(2) == 0 ? v : Number(random));
                    input.Constant = random.Next(8) == 0 ? Tensor.Of(values, [1, values.Length]) : Tensor.Of(values, values.Length);
                }
            }
        }

        foreach (Node node in graph.Nodes)
        {
            foreach (string attribute in node.Attributes.Keys.ToArray())
            {
                if (random.Next(2) == 0)
                {
                    node.Attributes[attribute] = node.Attributes[attribute].Raw switch
                    {
                        long when random.Next(16) != 0 => Number(random),
                        long[] numbers when random.Next(16) != 0 =>
                            Array.ConvertAll(numbers, n => random.Next(2) == 0 ? n : Number(random)),
                        float when random.Next(16) != 0 => random.NextSingle() * 1e30f,
                        _ => "x",
                    };
                }
            }

            if (random.Next(8) == 0 && node.Inputs.Count > 0)
            {
                node.SetInput(random.Next(node.Inputs.Count + 1), node.Inputs[random.Next(node.Inputs.Count)]);
            }

            if (random.Next(16) == 0 && node.Inputs.Count > 0)
            {
                node.SetInput(random.Next(node.Inputs.Count), null);
            }
        }

        if (random.Next(8) == 0)
        {
            Node node = graph.Nodes[0];
            string[] types = [.. OperatorRegistry.Names];
            Value?[] inputs = [.. node.Inputs];
            Value?[] outputs = [.. node.Outputs];
            var attributes = new Dictionary<string, AttributeValue>(node.Attributes);
            graph.Remove(node);
            graph.Add(new Node(node.Domain, types[random.Next(types.Length)], node.Name, inputs, outputs, attributes));
            graph.Sort();
        }

        return OnnxExporter.Export(graph);
    }

    private static long Number(Random random) => random.Next(12) switch
    {
        0 => long.MinValue,
        1 => long.MaxValue,
        2 => int.MaxValue,
        3 => int.MinValue,
        4 => random.NextInt64(),
        5 => 1L << random.Next(63),
        6 => random.Next(1000),
        _ => random.Next(-4, 8),
    };

    private static byte[] Damage(byte[] model, Random random)
    {
        var bytes = new List<byte>(model);
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int position = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[position] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[position] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[position] = (byte)(bytes[position] + 1);
                    break;
                case 3:
                    bytes.RemoveRange(position, Math.Min(random.Next(1, 9), bytes.Count - position));
                    break;
                case 4:
                    bytes.InsertRange(position, bytes.GetRange(position, Math.Min(random.Next(1, 40), bytes.Count - position)));
                    break;
                default:
                    bytes[position] = 0xFF;
                    break;
            }

            if (bytes.Count == 0)
            {
                break;
            }
        }

        return [.. bytes];
    }

    /// <summary>A network with most of what exporters write, and little else that a change could hit.</summary>
    private static byte[] Cnn()
    {
        var test = new PassTest();
        Value x = test.Input("x", "batch", 2, 8, 8);
        Value y = test.Node("Pad", "pad", [x, test.Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1)]);
        y = test.Node("Conv", "conv", [y, test.Random("w", 4, 2, 3, 3), test.Random("b", 4)], ("strides", new long[] { 2, 2 }),
            ("auto_pad", "NOTSET"));
        y = test.Node("BatchNormalization", "bn",
            [y, test.Random("s", 4), test.Random("t", 4), test.Random("m", 4), test.Constant("v", 1, 2, 3, 4)]);
        y = test.Node("Clip", "clip", [y, test.Constant("low", 0), test.Constant("high", 6)]);
        y = test.Node("MaxPool", "pool", [y], ("kernel_shape", new long[] { 2, 2 }), ("ceil_mode", 1L));
        Value q = test.Node("QuantizeLinear", "q", [y, test.Constant("qs", 0.1f), test.Constant("qz", Tensor.Of((byte[])[3], []))]);
        y = test.Node("DequantizeLinear", "dq", [q, test.Constant("ds", 0.1f), test.Constant("dz", Tensor.Of((byte[])[3], []))]);
        Value shape = test.Node("Shape", "shape", [y]);
        Value batch = test.Node("Gather", "gather", [shape, test.Integers("zero", 0)], ("axis", 0L));
        Value tail = test.Node("Slice", "slice", [shape, test.Integers("from", 1), test.Integers("to", 4)]);
        Value rest = test.Node("ReduceProd", "prod", [tail, test.Integers("axis", 0)], ("keepdims", 1L));
        y = test.Node("Reshape", "reshape", [y, test.Node("Concat", "concat", [batch, rest], ("axis", 0L))]);
        y = test.Node("Gemm", "fc", [y, test.Random("fw", y.KnownShape[1].Value, 5), test.Random("fb", 5)], ("alpha", 0.5f));
        test.Output(test.Node("Softmax", "y", [y], ("axis", 1L)));
        return OnnxExporter.Export(test.Graph);
    }

    private static void Import(ReadOnlySpan<byte> file)
    {
        Graph graph = OnnxImporter.Import(file.ToArray(), "model.onnx");
        PortablePasses.Run(graph, new PassContext(new InferenceContext("model.onnx", graph.Opset), [], CancellationToken.None));
        OnnxExporter.Export(graph);
    }
}
