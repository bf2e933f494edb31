using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Outputs of an If that are a number in one branch and a vector of one number in the other, or a matrix of one: exporters do not care
/// which, since what such a number is multiplied with decides the shape. It is taken to have the larger number of dimensions, and is
/// refused where something reads it that would tell them apart.
/// <code>
///   If(c) { () ⇒ number } else { () ⇒ vector } ──► y        ⇒        If(c) { () ⇒ Reshape(number, [1]) } else { () ⇒ vector } ──► y
/// </code>
/// </summary>
internal sealed class NumbersOrVectors
{
    private static readonly HashSet<string> s_broadcasting = new(
        "Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Min Mul Or Pow Sub Where Xor".Split(' '), StringComparer.Ordinal);

    private readonly HashSet<Value> _values = [];

    /// <summary>Gives both branches of an If whose bodies are resolved outputs with as many dimensions, where that can be.</summary>
    /// <param name="resolve">Resolves a new node of a body.</param>
    public void Align(Node node, Action<Graph, Node> resolve)
    {
        Graph[] branches = [.. node.Bodies];
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            Value[] results = [.. branches.Select(b => b.Outputs[i])];
            if (node.Outputs[i] is not { } output || results.Any(r => r.Shape?.Length.Equals(Plan.Dimension.One) != true)
                || results[0].Type != results[1].Type || results[0].KnownShape.Rank == results[1].KnownShape.Rank)
            {
                continue;
            }

            int shorter = results[0].KnownShape.Rank < results[1].KnownShape.Rank ? 0 : 1;
            Graph branch = branches[shorter];
            int rank = results[1 - shorter].KnownShape.Rank;
            Value ones = branch.NewConstant(output.Name + "_ones", Tensor.Of(Enumerable.Repeat(1L, rank).ToArray(), rank));
            Value raised = branch.Add(
                Domains.Onnx, "Reshape", node.Name, [results[shorter], ones], output.Name + "_raised", default, null);
            branch.Outputs[i] = raised;
            resolve(branch, raised.Producer!);
            _values.Add(output);
        }
    }

    /// <summary>Checks that a node does not tell them apart; inputs have shapes.</summary>
    /// <exception cref="CompilationException">MODELB1004: it does.</exception>
    public void Check(Node node, InferenceContext context)
    {
        if (_values.Count == 0 || node.Inputs.FirstOrDefault(i => i is not null && _values.Contains(i)) is not { } value)
        {
            return;
        }

        if (node.Is("Identity"))
        {
            _values.Add(node.Output);
            return;
        }

        bool onlyType = node.Is("CastLike") && node.Input(0) != value;
        bool broadcasts = node.Domain == Domains.Onnx && s_broadcasting.Contains(node.Type)
            && node.Inputs.Any(i => i is { Shape: { } shape } && !_values.Contains(i) && shape.Rank >= value.KnownShape.Rank);
        if (!onlyType && !broadcasts)
        {
            throw Refusal(node, value, context);
        }
    }

    /// <summary>Checks that a resolved graph ends in none of them.</summary>
    /// <exception cref="CompilationException">MODELB1004: it does.</exception>
    public void CheckOutputs(Graph graph, InferenceContext context)
    {
        if (_values.Count > 0 && graph.Outputs.FirstOrDefault(_values.Contains) is { Producer: { } producer } output)
        {
            throw Refusal(producer, output, context);
        }
    }

    private static CompilationException Refusal(Node node, Value value, InferenceContext context) => context.Unsupported(
        node, $"{(node.Inputs.Contains(value) ? "reads" : "makes")} '{value.Name}', which has {value.KnownShape.Rank} dimensions or fewer, "
            + "as the run decides in an If. Branches with outputs of one type and number of dimensions are supported.");
}
