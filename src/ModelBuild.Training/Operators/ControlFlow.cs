using ModelBuild.Compiler.Graphs;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>
/// If and Loop: their bodies run as graphs of their own. Import has closed them: what they read from around them are the node's last
/// inputs.
/// </summary>
internal static class ControlFlow
{
    public static IEnumerable<(string Type, Translator Translate)> All => [("If", If), ("Loop", Loop)];

    private static Tensor[] If(NodeCall call)
    {
        string branch = IsTrue(call[0]) ? "then_branch" : "else_branch";
        return call.RunBody!(call.Node.Attributes[branch].Graph, [.. call.Inputs.Skip(1)]);
    }

    /// <summary>The body takes iteration, condition and carried values, and gives the condition, these, and what is collected.</summary>
    private static Tensor[] Loop(NodeCall call)
    {
        Graph body = call.Node.Attributes["body"].Graph;
        int carried = body.Inputs.Count - body.Captures - 2;
        Tensor?[] state = [.. call.Inputs.Skip(2).Take(carried)];
        Tensor?[] captures = [.. call.Inputs.TakeLast(body.Captures)];
        var collected = Enumerable.Range(0, body.Outputs.Count - 1 - carried).Select(_ => new List<Tensor>()).ToArray();
        long most = call.Numbers(0) is [long trips] ? trips : long.MaxValue;
        bool goesOn = call.Optional(1) is not { } condition || IsTrue(condition);
        for (long i = 0; i < most && goesOn; i++)
        {
            Tensor[] results = call.RunBody!(
                body, [torch.tensor(i, torch.ScalarType.Int64), torch.tensor(true), .. state, .. captures]);
            goesOn = IsTrue(results[0]);
            state = [.. results.Skip(1).Take(carried)];
            for (int k = 0; k < collected.Length; k++)
            {
                collected[k].Add(results[1 + carried + k]);
            }
        }

        return
        [
            .. state.Select(s => s!),
            .. collected.Select((list, k) => list.Count > 0 ? torch.stack(list, 0) : Nothing(body.Outputs[1 + carried + k])),
        ];
    }

    /// <summary>What a loop without iterations has collected.</summary>
    private static Tensor Nothing(Value value) => torch.zeros(
        [0, .. value.KnownShape.Select(d => d.IsConstant ? d.Value : 0)],
        Networks.TorchTensors.TypeOf(value.Type) ?? torch.ScalarType.Float32);

    private static bool IsTrue(Tensor tensor) => tensor.detach().to(torch.ScalarType.Bool).reshape(1).item<bool>();
}
