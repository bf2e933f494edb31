using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// A model in float64 is computed in float64, but for operators whose kernels know float32 only: those are computed in float32, each for
/// itself, which a warning says (MODELB2010).
/// <code>
///   x (f64) ──► Conv ──► Add ──► y        ⇒        x ──► Cast f32 ──► Conv (f32) ──► Cast f64 ──► Add ──► y
/// </code>
/// BatchNormalization of constant parameters becomes the difference, product and sum that it is.
/// </summary>
internal sealed class Float32Islands : IPass
{
    private readonly SortedSet<string> _narrowed = new(StringComparer.Ordinal);

    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        if (!context.KeepsFloat64)
        {
            return false;
        }

        bool changed = false;
        int known = _narrowed.Count;
        foreach (Node node in graph.Nodes.ToArray())
        {
            if (IsFloat64(node.Input(0)) && node.Is("BatchNormalization") && node.Inputs.Skip(1).All(i => i is { IsConstant: true }))
            {
                TakeApart(graph, node, context);
                changed = true;
            }
            else if (node.Inputs.Concat(node.Outputs).Any(IsFloat64) && !RunsInFloat64(node))
            {
                Narrow(graph, node, context);
                _narrowed.Add(node.Type);
                changed = true;
            }
        }

        if (_narrowed.Count > known)
        {
            context.Findings.RemoveAll(f => f.Code == DiagnosticCodes.ComputedInFloat32);
            context.Findings.Add(new Finding(
                DiagnosticCodes.ComputedInFloat32, FindingSeverity.Warning,
                $"Model '{Path.GetFileName(context.Inference.File)}' is in float64, and {string.Join(", ", _narrowed)} "
                    + $"{(_narrowed.Count == 1 ? "is" : "are")} computed in float32, with seven digits. Export the model in float32 to be "
                    + "rid of the conversions, or run it elsewhere if it needs more digits there.",
                context.Inference.File));
        }

        return changed;
    }

    private static bool IsFloat64(Value? value) => value?.Type == DataType.Float64;

    /// <summary>Asks the catalogue of kernels; operators that lowering replaces by others that are in it are named here.</summary>
    private static bool RunsInFloat64(Node node) =>
        node.Type is "Gemm" or "Clip" or "GlobalAveragePool" or "Where" or "Flatten" or "Squeeze" or "Unsqueeze" or "Dropout"
        || node.Traits().Types.Contains(DataType.Float64) || OperatorRegistry.Find(node) is null
        || node.Inputs.All(i => i is null or { IsConstant: true });

    private static void Narrow(Graph graph, Node node, PassContext context)
    {
        foreach (Value input in node.Inputs.OfType<Value>().Where(IsFloat64).Distinct().ToArray())
        {
            node.ReplaceInput(input, graph.Append(
                context, "Cast", node.Name, [input], $"{input.Name}_float32", ("to", (long)DataType.Float32)));
        }

        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i] is { Type: DataType.Float64 } output)
            {
                Value narrow = graph.NewValue($"{output.Name}_float32", DataType.Float32, output.Shape);
                node.SetOutput(i, narrow);
                graph.Add(new Node(
                    Domains.Onnx, "Cast", node.Name, [narrow], [output],
                    new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["to"] = (long)DataType.Float64 }));
            }
        }

        context.Inference.Infer(node);
    }

    private static void TakeApart(Graph graph, Node node, PassContext context)
    {
        Value x = node.Required(0);
        (double[] factors, _) = BatchNormalization.Affine(node);
        long[] shape = [factors.Length, .. Enumerable.Repeat(1L, x.KnownShape.Rank - 2)];
        Value difference = graph.Append(context, "Sub", node.Name, [x, Constant("mean", node.Required(3).Constant!.ToDoubles())],
            $"{node.Output.Name}_difference");
        Value product = graph.Append(context, "Mul", node.Name, [difference, Constant("factor", factors)], $"{node.Output.Name}_product");
        graph.Replace(context, node, "Add", [product, Constant("summand", node.Required(2).Constant!.ToDoubles())]);

        Value Constant(string role, double[] numbers) =>
            graph.NewConstant($"{node.Output.Name}_{role}", Tensor.FromDoubles(DataType.Float64, numbers, shape));
    }
}
