using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Training.Networks;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>
/// A node that the compiler itself computes, where LibTorch has no such operator: the result is the same, and has no gradient.
/// </summary>
internal static class EvaluatedNode
{
    /// <exception cref="CompilationException">
    /// MODELB4011: a gradient has to pass through it, or the compiler cannot compute it alone.
    /// </exception>
    public static Tensor[] Run(NodeCall call)
    {
        if (call.Inputs.Any(i => i is { requires_grad: true }) && call.Node.Outputs.Any(o => o is not null && o.Type.IsFloat()))
        {
            throw new CompilationException(DiagnosticCodes.NotTrainable,
                $"Node '{call.Node.Label}' ({call.Node.Type}) in this form has no gradient here, and weights in front of it are to be "
                    + "trained. Keep them as they are (TrainingOptions.Freeze), or train a model that ends before that node.");
        }

        CompilerTensor?[] inputs = [.. call.Inputs.Select(i => i is null ? null : TorchTensors.ToCompiler(i))];
        return [.. Run(WithShapes(call), inputs).Select(TorchTensors.ToTorch)];
    }

    /// <summary>Runs a node whose inputs have the shapes of tensors that are given.</summary>
    public static CompilerTensor[] Run(Node node, IReadOnlyList<CompilerTensor?> inputs)
    {
        InferenceContext.Evaluation.Infer(node);
        return NodeEvaluator.Evaluate(node, inputs) ?? throw new CompilationException(DiagnosticCodes.NotTrainable,
            $"Node '{node.Label}' ({node.Type}) cannot be computed while training. Cut the model before it, or compute it outside.");
    }

    /// <summary>The node alone, in a graph where its inputs have the numbers at hand for their dimensions.</summary>
    public static Node WithShapes(NodeCall call)
    {
        var graph = new Graph { Opset = OperatorRegistry.NewestOpset };
        Value?[] read = [.. call.Inputs.Select((tensor, i) =>
            tensor is null ? null : graph.NewConstant(call.Node.Required(i).Name, TorchTensors.ToCompiler(tensor)))];
        return graph.Add(new Node(
            call.Node.Domain, call.Node.Type, call.Node.Name, read,
            [.. call.Node.Outputs.Select(o => o is null ? null : graph.NewValue(o.Name, o.Type))], call.Node.Attributes));
    }
}
