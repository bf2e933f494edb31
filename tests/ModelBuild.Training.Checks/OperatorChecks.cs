using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Training.Networks;
using ModelBuild.Training.Operators;
using TorchSharp;

namespace ModelBuild.Training.Checks;

/// <summary>Operators one by one, on ONNX's own test vectors.</summary>
internal static class OperatorChecks
{
    /// <summary>What vectors ask of LibTorch, and float32 may lose on the way.</summary>
    private const float Tolerance = 1e-4f;

    [Check]
    public static void Operators_OnOnnxVectors_EqualWhatTheySay()
    {
        var wrong = new List<string>();
        int count = 0;
        foreach ((string name, Dictionary<string, byte[]> files) in NodeVectors.Cases.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            foreach (string set in NodeVectors.Sets(name))
            {
                using DisposeScope scope = torch.NewDisposeScope();
                try
                {
                    Graph graph = OnnxImporter.Import(files["model.onnx"], name + ".onnx");
                    if (graph.PortsInBFloat16.Count > 0 || graph.Values().Any(v => TorchTensors.TypeOf(v.Type) is null)
                        || graph.AllGraphs().SelectMany(g => g.Nodes).Any(n => Translators.Find(n) is null))
                    {
                        continue;
                    }

                    string[] names = [.. graph.Inputs.Select(i => i.Name)];
                    using var network = new Network(graph);
                    Dictionary<Value, torch.Tensor> results = network.Run(
                        Enumerable.Range(0, names.Length).ToDictionary(
                            i => names[i], i => TorchTensors.ToTorch(Read($"{set}/input_{i}.pb"))),
                        isTraining: false);
                    count++;
                    for (int i = 0; i < graph.Outputs.Count; i++)
                    {
                        Tensor expected = Read($"{set}/output_{i}.pb");
                        Tensor actual = TorchTensors.ToCompiler(results[graph.Outputs[i]]);
                        if (!Agree(expected, actual))
                        {
                            wrong.Add($"{name}: output {i} is {Start(actual)}, expected {Start(expected)}");
                        }
                    }
                }
                catch (CompilationException e) when (e.Findings.All(f => f.Code.StartsWith("MODELB1", StringComparison.Ordinal)
                    || f.Code.StartsWith("MODELB0", StringComparison.Ordinal)))
                {
                    // What import refuses is not for training either; its own tests look after that.
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    wrong.Add($"{name}: {e.GetType().Name} {e.Message.Split('\n')[0]}");
                }

                Tensor Read(string file) => BackendFiles.ReadTensor(files[file]);
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count}\n" + string.Join('\n', wrong));
        Assert.True(count > 300, $"only {count} vectors ran");
    }

    /// <summary>Operators that have no gradient here, and why that is so.</summary>
    [Check]
    public static void Operators_OfTheCompiler_AreTranslatedButForThese()
    {
        string[] missing =
        [
            .. OperatorRegistry.All.Where(o => o.Operator is not Composite and not SequenceOperator)
                .Select(o => o.Type).Distinct(StringComparer.Ordinal).Except(Translators.Names, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(
            [
                // Bits and integers have no gradient; the compiler computes them.
                "BitCast", "BitShift", "ConvInteger", "MatMulInteger", "NonMaxSuppression", "Unique",

                // These have one, and no network that is trained here has asked for it.
                "Col2Im", "Det", "GridSample", "LinearAttention", "MaxRoiPool", "MaxUnpool", "RoiAlign", "Scan", "Upsample",
            ],
            missing.OrderBy(m => m is "Col2Im" or "Det" or "GridSample" or "LinearAttention" or "MaxRoiPool" or "MaxUnpool" or "RoiAlign"
                or "Scan" or "Upsample").ThenBy(m => m, StringComparer.Ordinal));
    }

    private static string Start(Tensor tensor) => $"{tensor.Type}{tensor.Shape} "
        + string.Join(", ", tensor.Type == DataType.Bool ? tensor.ToInt64s().Take(8).Select(v => v.ToString())
            : tensor.ToDoubles().Take(8).Select(v => v.ToString("G5")));

    private static bool Agree(Tensor expected, Tensor actual)
    {
        if (!expected.Dimensions.SequenceEqual(actual.Dimensions) || expected.Type != actual.Type)
        {
            return false;
        }

        return expected.ToDoubles().Zip(actual.ToDoubles()).All(p =>
            p.First == p.Second || (double.IsNaN(p.First) && double.IsNaN(p.Second))
            || Math.Abs(p.First - p.Second) <= Tolerance * Math.Max(1, Math.Abs(p.First)));
    }
}
