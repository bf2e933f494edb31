using System.Collections.Concurrent;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Execution;

/// <summary>Computes one node for many inputs of one shape, on all cores: by the kernels, in a plan of nothing but this node.</summary>
internal sealed class NodeRunner
{
    private static readonly PlanHeader s_header =
        new(new PlanClass(
            "internal", string.Empty, "Node"), new PlanSource(string.Empty, string.Empty, 0, string.Empty), "fp32", "node", 0, []);

    private readonly CompiledPlan _plan;
    private readonly string?[] _inputs;
    private readonly string?[] _outputs;
    private readonly ConcurrentBag<Interpreter> _idle = [];

    private NodeRunner(CompiledPlan plan, string?[] inputs, string?[] outputs)
    {
        _plan = plan;
        _inputs = inputs;
        _outputs = outputs;
    }

    /// <param name="node">Of a portable graph.</param>
    /// <param name="constants">Inputs that are the same for all; null for those that are given to each run, and for those left out.</param>
    /// <param name="inputs">Tensors for the other inputs, of the types and shapes that all of them have.</param>
    /// <returns>Null where there is no plan of the node in this form.</returns>
    public static NodeRunner? Create(Node node, IReadOnlyList<Tensor?> constants, IReadOnlyList<Tensor?> inputs)
    {
        if (node.IsControlFlow || OperatorRegistry.Find(node) is null)
        {
            return null;
        }

        var graph = new Graph { Opset = OperatorRegistry.NewestOpset };
        Value?[] read = new Value?[constants.Count];
        for (int i = 0; i < read.Length; i++)
        {
            if (constants[i] is { } constant)
            {
                read[i] = graph.NewConstant("parameter", constant);
            }
            else if (inputs[i] is { } input)
            {
                read[i] = graph.NewValue("input", input.Type, input.Shape);
                graph.Inputs.Add(read[i]!);
            }
        }

        Value?[] written = [.. node.Outputs.Select(o => o is null ? null : graph.NewValue("output", o.Type))];
        Node copy = graph.Add(new Node(node.Domain, node.Type, node.Name, read, written, node.Attributes));
        var context = new PassContext(InferenceContext.Evaluation, [], CancellationToken.None) { IsPlain = true };
        string?[] names = [.. read.Select((v, i) => constants[i] is null ? v?.Name : null)];
        try
        {
            context.Inference.Infer(copy);
            foreach (Value output in written.OfType<Value>())
            {
                graph.Outputs.Add(output);
            }

            // Lowering may hand the name of an output to a copy of it.
            string?[] outputs = [.. written.Select(o => o?.Name)];
            LoweringPasses.Run(graph, context);
            return new NodeRunner(PlanBuilder.Build(graph, s_header), names, outputs);
        }
        catch (CompilationException)
        {
            return null;
        }
    }

    /// <summary>Runs the node. May be called on several threads.</summary>
    /// <param name="inputs">As many as the node has; those that are constant are not looked at.</param>
    /// <returns>As many as the node has; what it does not give has no type.</returns>
    /// <exception cref="UnsuitedDataException">An index among the inputs points outside a tensor.</exception>
    public Tensor[] Run(IReadOnlyList<Tensor?> inputs)
    {
        if (!_idle.TryTake(out Interpreter? interpreter))
        {
            interpreter = new Interpreter(_plan, ReproducibleKernels.Table);
        }

        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        for (int i = 0; i < _inputs.Length; i++)
        {
            if (_inputs[i] is { } name)
            {
                values.Add(name, inputs[i]!);
            }
        }

        Dictionary<string, Tensor> results = interpreter.Run(values);
        _idle.Add(interpreter);
        return [.. _outputs.Select(name => name is null ? new Tensor(DataType.Undefined, [], default) : results[name])];
    }
}
