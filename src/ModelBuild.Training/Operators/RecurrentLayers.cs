using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>
/// LSTM, GRU and the simple RNN, step by step: every activation, peepholes, both directions and sequences of different lengths, as ONNX
/// defines them. X [steps, batch, inputs].
/// </summary>
internal static class RecurrentLayers
{
    public static IEnumerable<(string Type, Translator Translate)> All => [("LSTM", Run), ("GRU", Run), ("RNN", Run)];

    private static Tensor[] Run(NodeCall call)
    {
        IReadOnlyList<RecurrentActivationName> names = RecurrentActivationName.Of(call.Node, InferenceContext.Evaluation);
        int directions = Recurrent.Directions(call.Node);
        int perDirection = names.Count / directions;
        var steps = new List<Tensor>();
        var states = new List<Tensor>();
        var cells = new List<Tensor>();
        for (int d = 0; d < directions; d++)
        {
            Func<Tensor, Tensor>[] activations = [.. names.Skip(d * perDirection).Take(perDirection).Select(Function)];
            (Tensor all, Tensor state, Tensor? cell) = RunDirection(call, d, activations);
            steps.Add(all);
            states.Add(state);
            if (cell is not null)
            {
                cells.Add(cell);
            }
        }

        Tensor[] outputs = [torch.stack(steps, 1), torch.stack(states, 0)];
        return cells.Count == 0 ? outputs : [.. outputs, torch.stack(cells, 0)];
    }

    private static (Tensor All, Tensor State, Tensor? Cell) RunDirection(NodeCall call, int direction, Func<Tensor, Tensor>[] activations)
    {
        Tensor x = call[0];
        (long steps, long batch) = (x.shape[0], x.shape[1]);
        long hidden = call[2].shape[2];
        Tensor recurrent = call[2].select(0, direction).t();
        Tensor? bias = call.Optional(3)?.select(0, direction);
        long gates = recurrent.shape[1];
        Tensor inputs = x.matmul(call[1].select(0, direction).t());
        inputs = bias is null ? inputs : inputs.Plus(bias.narrow(0, 0, gates));
        Tensor state = Start(5);
        Tensor? cell = call.Node.Type == "LSTM" ? Start(6) : null;
        Tensor? lengths = call.Optional(4)?.to(torch.ScalarType.Int64);
        bool isReverse = Recurrent.IsReverse(call.Node, direction);
        var cellOf = new CellStep(call, direction, activations, recurrent, bias?.narrow(0, gates, gates), hidden);
        var all = new Tensor[steps];
        for (long i = 0; i < steps; i++)
        {
            long t = isReverse ? steps - 1 - i : i;
            (Tensor next, Tensor? nextCell) = cellOf.Run(inputs.select(0, t), state, cell);
            if (lengths is not null)
            {
                // A sequence that is over keeps its state and puts out zeros.
                Tensor isInside = lengths.gt(Scalars.Of(t)).unsqueeze(1);
                all[t] = torch.where(isInside, next, torch.zeros_like(next));
                next = torch.where(isInside, next, state);
                nextCell = nextCell is null ? null : torch.where(isInside, nextCell, cell!);
            }
            else
            {
                all[t] = next;
            }

            (state, cell) = (next, nextCell);
        }

        Tensor sequence = steps == 0 ? torch.zeros([0, batch, hidden], x.dtype, x.device) : torch.stack(all, 0);
        return (sequence, state, cell);

        Tensor Start(int input) =>
            call.Optional(input)?.select(0, direction) ?? torch.zeros([batch, hidden], x.dtype, x.device);
    }

    private static Func<Tensor, Tensor> Function(RecurrentActivationName name)
    {
        Scalar alpha = Scalars.Of(name.Alpha ?? 0);
        float beta = name.Beta ?? 0;
        return name.Name switch
        {
            "Sigmoid" => x => x.sigmoid(),
            "Tanh" => x => x.tanh(),
            "Relu" => x => x.clamp_min(Scalars.Of(0)),
            "LeakyRelu" => x => torch.where(x.lt(Scalars.Of(0)), x * alpha, x),
            "ThresholdedRelu" => x => torch.where(x.ge(alpha), x, torch.zeros_like(x)),
            "Affine" => x => (x * alpha).Plus(beta),
            "ScaledTanh" => x => (x * Scalars.Of(beta)).tanh() * alpha,
            "HardSigmoid" => x => (x * alpha).Plus(beta).clamp(Scalars.Of(0), Scalars.Of(1)),
            "Elu" => x => x.clamp_min(Scalars.Of(0)).Plus(x.clamp_max(Scalars.Of(0)).expm1() * alpha),
            "Softsign" => x => x / x.abs().Plus(1),
            "Softplus" => x => x.clamp_min(Scalars.Of(0)).Plus(x.abs().neg().exp().log1p()),
            string other => throw new NotSupportedException($"The activation '{other}' is not known."),
        };
    }
}
