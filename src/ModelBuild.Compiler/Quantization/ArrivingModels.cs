using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Quantization;

/// <summary>Models that another tool, or an earlier compile, has quantized, where a mode is asked for that chooses codes itself.</summary>
internal static class ArrivingModels
{
    /// <summary>Whether a model brings codes of activations, not of weights alone.</summary>
    public static bool HasCodes(Graph graph) => graph.Nodes.Any(n =>
        n.Is("QuantizeLinear") || n.Is("MatMulInteger") || n.Is("ConvInteger")
        || (n.Is("DequantizeLinear") && !n.Required(0).IsConstant));

    /// <summary>Makes float constants of weights that are codes.</summary>
    public static void ExpandWeights(Graph graph, PassContext context)
    {
        Node[] nodes = [.. graph.Nodes.Where(Rewriting.IsDequantizeOfConstant)];
        foreach (Node node in nodes)
        {
            Value output = node.Output;
            Tensor? reals = NodeEvaluator.Evaluate(node, [.. node.Inputs.Select(i => i?.Constant)])?[0];
            if (reals is not null && !graph.IsOutput(output))
            {
                graph.Remove(node);
                output.Constant = reals;
            }
        }

        if (nodes.Length > 0)
        {
            graph.RemoveDead();
            PortablePasses.Run(graph, context);
        }
    }

    /// <summary>Says which settings do nothing, since the model is taken as it is.</summary>
    public static void ReportUnused(CompileOptions options, Graph graph, PassContext context)
    {
        bool isMode = options.Mode != ModelMode.Int8
            && !graph.Nodes.Any(n => n.Is("QuantizeLinear") && QuantizationInputs.IsWide(n.Output.Type));
        (string Name, bool IsSet)[] settings =
        [
            ($"Mode=\"{options.Mode.Word()}\"", isMode),
            ("Calibration", options.CalibrationFiles.Count > 0 && !options.Budget.NeedsSamples),
            ("CalibrationMethod", options.CalibrationMethod != CalibrationMethod.MinMax),
            ("Recover", options.Recovery is not (RecoveryMethods.All or RecoveryMethods.None)),
            ("KeepFloat", options.KeepFloat.Count > 0),
        ];
        Report(options, [.. settings.Where(s => s.IsSet).Select(s => s.Name)], context);
    }

    /// <summary>
    /// Says so where a mode that makes codes of weights finds none that are floats; integers of scales found at run time are what
    /// int8-dynamic makes.
    /// </summary>
    public static void ReportMode(CompileOptions options, Graph graph, PassContext context)
    {
        bool isOfWeights = options.Mode switch
        {
            ModelMode.Int8Weights or ModelMode.Int4Weights => true,
            ModelMode.Int8Dynamic => !graph.Nodes.Any(n => n.Is("MatMulInteger") || n.Is("ConvInteger")),
            _ => false,
        };
        if (isOfWeights && HasCodes(graph)
            && !graph.AllGraphs().SelectMany(g => g.Nodes).Any(n => PrunableWeights.Layouts(n).Any()))
        {
            bool hasMethods = options.Recovery is not (RecoveryMethods.All or RecoveryMethods.None);
            Report(options, [$"Mode=\"{options.Mode.Word()}\"", .. hasMethods ? (string[])["Recover"] : []], context);
        }
    }

    private static void Report(CompileOptions options, string[] unused, PassContext context)
    {
        if (unused.Length > 0)
        {
            context.Findings.Add(new Finding(
                DiagnosticCodes.ArrivesQuantized, FindingSeverity.Warning,
                $"Model '{Path.GetFileName(options.ModelPath)}' arrives quantized, and is computed with the codes and scales that it "
                    + $"brings: {string.Join(" and ", unused)} {(unused.Length == 1 ? "does" : "do")} nothing. "
                    + "Remove what does nothing, or start from the float model.",
                options.ModelPath));
        }
    }
}
