using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization.Storage;

namespace ModelBuild.Compiler.Comparison;

/// <summary>Two models that take the same inputs, and what of them is compared.</summary>
internal static class ComparedModels
{
    /// <summary>
    /// The inputs that belong together: those of equal name where the left model has all of the right one's, or all in their order where
    /// there are as many. None otherwise.
    /// </summary>
    public static IReadOnlyList<(Value Left, Value Right)> Inputs(CompiledModel left, CompiledModel right)
    {
        List<Value> given = left.Portable.Inputs;
        List<Value> taken = right.Portable.Inputs;
        return taken.TrueForAll(t => given.Exists(g => g.Name == t.Name))
            ? [.. taken.Select(t => (given.Find(g => g.Name == t.Name)!, t))]
            : given.Count == taken.Count ? [.. given.Zip(taken)] : [];
    }

    /// <summary>The outputs that belong together: those of equal name, or all in their order where no names agree.</summary>
    public static IReadOnlyList<(string Left, string Right)> Outputs(CompiledModel left, CompiledModel right)
    {
        string[] first = [.. left.Compiled.Plan.Outputs.Select(o => o.Name)];
        string[] second = [.. right.Compiled.Plan.Outputs.Select(o => o.Name)];
        string[] common = [.. first.Intersect(second, StringComparer.Ordinal)];
        return common.Length > 0 || first.Length != second.Length
            ? [.. common.Select(name => (name, name))]
            : [.. first.Zip(second)];
    }

    /// <summary>Float tensors inside, by name, that both models have in the same shape; outputs are none of them.</summary>
    public static IReadOnlyList<string> Layers(CompiledModel left, CompiledModel right)
    {
        Dictionary<string, Value> other = Inner(right).ToDictionary(v => v.Name, StringComparer.Ordinal);
        return
        [
            .. Inner(left)
                .Where(v => other.TryGetValue(v.Name, out Value? twin) && twin.KnownShape.Equals(v.KnownShape))
                .Select(v => v.Name),
        ];
    }

    /// <summary>A plan of a model that gives tensors inside as outputs too.</summary>
    public static CompiledPlan WithOutputs(
        CompiledModel model, string path, IReadOnlyCollection<string> names, CancellationToken cancellation)
    {
        Graph graph = StoredWeights.Expand(model.Portable.Clone(), model.Stored);
        var wanted = new HashSet<string>(names, StringComparer.Ordinal);
        graph.ShowAsOutputs(v => wanted.Contains(v.Name));
        var context = new PassContext(
            new InferenceContext(path, graph.Opset) { Assumptions = graph.Assumptions }, [], cancellation);
        Plan.ExecutionPlan plan = model.Compiled.Plan;
        var header = new PlanHeader(plan.Class, plan.Source, plan.Mode, "layers", 0, [.. plan.Symbols]) { Ranges = graph.Ranges };
        return GraphPlanner.Plan(graph, header, context);
    }

    private static IEnumerable<Value> Inner(CompiledModel model)
    {
        Graph graph = model.Portable;
        var symbols = new HashSet<string>(
            graph.Inputs.SelectMany(i => i.KnownShape).SelectMany(d => d.Symbols), StringComparer.Ordinal);
        IEnumerable<Value> computed = graph.Nodes
            .Where(n => !n.Is("DequantizeLinear") && !model.Stored.Contains(n.Name)).SelectMany(n => n.Outputs).OfType<Value>();
        return computed.Where(v => v is { Type: DataType.Float32, Shape: { } shape } && !graph.IsOutput(v)
            && shape.SelectMany(d => d.Symbols).All(symbols.Contains));
    }
}
