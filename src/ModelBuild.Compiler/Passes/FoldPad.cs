using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Gives padding to the convolution or pooling after it: padding with zeros, and before MaxPool with what is below all numbers.
/// <code>
///   x ──► Pad 0 ──► Conv (pads p)        ⇒        x ──► Conv (pads p + q)
/// </code>
/// AveragePool takes it where it counts padding or has none of its own; MaxPool where its input has no negative elements, so that a
/// zero never wins over an element.
/// </summary>
internal sealed class FoldPad : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("Conv") || n.Is("AveragePool") || n.Is("MaxPool")).ToArray())
        {
            if (node.Required(0).Producer is { } pad && pad.Is("Pad") && node.Text("auto_pad", "NOTSET") is "NOTSET" or "VALID"
                && pad.Text("mode", "constant") == "constant" && pad.Input(2) is null or { IsConstant: true }
                && Takes(node, pad, pad.Input(2) is { Constant.Length: > 0 } value ? Rewriting.Scalar(value) : 0))
            {
                changed |= Fold(node, pad, context);
            }
        }

        return changed;
    }

    private static bool Fold(Node node, Node pad, PassContext context)
    {
        int rank = pad.Required(0).KnownShape.Rank;
        if (Pad.IsFromData(pad))
        {
            return false;
        }

        (long[] before, long[] after) = Pad.Amounts(pad, rank, context.Inference);
        if (before.Take(2).Concat(after.Take(2)).Any(p => p != 0) || before.Concat(after).Any(p => p < 0))
        {
            return false;
        }

        SpatialWindow window = node.Is("Conv") ? Conv.Window(node, context.Inference) : Pooling.Window(node, context.Inference);
        long[] begin = [.. window.Begin.Select((p, i) => p + before[i + 2])];
        long[] end = [.. window.End.Select((p, i) => p + after[i + 2])];
        long[] largest = [.. window.Kernel.Select((k, i) => (k - 1L) * window.Dilations[i])];
        if (!node.Is("Conv") && begin.Where((p, i) => p > largest[i]).Concat(end.Where((p, i) => p > largest[i])).Any())
        {
            // A pooling window must not lie in nothing but padding.
            return false;
        }

        node.Attributes.Remove("auto_pad");
        node.Attributes["pads"] = (long[])[.. begin, .. end];
        if (node.Is("AveragePool"))
        {
            node.Attributes["count_include_pad"] = 1L;
        }

        node.SetInput(0, pad.Required(0));
        node.Name = Rewriting.JoinNames(pad.Name, node.Name);
        context.Inference.Infer(node);
        return true;
    }

    private static bool Takes(Node node, Node pad, double? value) => node.Type switch
    {
        "MaxPool" => node.Int("ceil_mode") == 0 && node.Outputs.Count(o => o is not null) == 1
            && (value <= float.MinValue || (value == 0 && IsNotNegative(pad.Required(0)))),
        "AveragePool" when value == 0 =>
            node.Int("ceil_mode") == 0 && (node.Int("count_include_pad") != 0 || (node.Ints("pads") ?? []).All(p => p == 0)),
        _ => value == 0,
    };

    private static bool IsNotNegative(Value value) =>
        value.Producer is { } producer && producer.Domain == Domains.Onnx && producer.Type switch
    {
        "Relu" or "Sigmoid" or "HardSigmoid" or "Softmax" => true,
        "Clip" => Clip.Bounds(producer) is { Minimum: >= 0, Maximum: >= 0 },
        "MaxPool" => producer.Required(0).Producer is { } before && before.Is("Relu"),
        _ => false,
    };
}
