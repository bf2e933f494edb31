using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Training.Networks;
using TorchSharp;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>
/// Resize: along each axis a product with the matrix of what every element of the result takes of every element of the input. The matrix
/// comes from the compiler, so that all modes of ONNX are those of the compiler.
/// </summary>
internal static class Resampling
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All => [("Resize", Resize)];

    private static Tensor Resize(NodeCall call)
    {
        if (ModelBuild.Compiler.Operators.Resize.Extrapolates(call.Node) || !call[0].is_floating_point())
        {
            return EvaluatedNode.Run(call)[0];
        }

        Node node = EvaluatedNode.WithShapes(call);
        Tensor x = call[0];
        foreach (ResizedAxis axis in ModelBuild.Compiler.Operators.Resize.Axes(node, InferenceContext.Evaluation))
        {
            x = x.movedim([axis.Axis], [-1]).matmul(TorchTensors.ToTorch(Matrix(call.Node, axis)).to(x.dtype).to(x.device))
                .movedim([-1], [axis.Axis]);
        }

        return x.alias();
    }

    /// <summary>[length, result]: the images of the rows of a unit matrix.</summary>
    private static CompilerTensor Matrix(Node node, ResizedAxis axis)
    {
        var graph = new Graph { Opset = OperatorRegistry.NewestOpset };
        float[] unit = new float[axis.Length * axis.Length];
        for (int i = 0; i < axis.Length; i++)
        {
            unit[(i * axis.Length) + i] = 1;
        }

        Value scales = graph.NewConstant("scales", CompilerTensor.Of([axis.Scale], 1));
        Value sizes = graph.NewConstant("sizes", CompilerTensor.Of([(long)axis.Result], 1));
        Value input = graph.NewConstant("unit", CompilerTensor.Of(unit, axis.Length, axis.Length));
        var attributes = new Dictionary<string, AttributeValue>(node.Attributes, StringComparer.Ordinal) { ["axes"] = (long[])[1] };
        attributes.Remove("keep_aspect_ratio_policy");
        bool isScaled = node.Input(2) is { } given && !given.KnownShape.Length.Equals(Plan.Dimension.Zero);
        Value output = graph.NewValue("output", DataType.Float32);
        Node resize = graph.Add(new Node(
            Domains.Onnx, "Resize", node.Name, isScaled ? [input, null, scales] : [input, null, null, sizes], [output], attributes));
        return EvaluatedNode.Run(resize, [.. resize.Inputs.Select(i => i?.Constant)])[0];
    }
}
