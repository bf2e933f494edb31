using ModelBuild.Compiler.Graphs;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>One step of one direction of a recurrent layer, with the equations of ONNX.</summary>
/// <param name="call">The node.</param>
/// <param name="direction">0, or 1 for the second.</param>
/// <param name="activations">Of this direction.</param>
/// <param name="recurrent">[hidden, gates].</param>
/// <param name="bias">Of the recurrent product, [gates]; null where there is none.</param>
/// <param name="hidden">Elements of the state.</param>
internal sealed class CellStep(
    NodeCall call, int direction, Func<Tensor, Tensor>[] activations, Tensor recurrent, Tensor? bias, long hidden)
{
    private readonly float _clip = call.Node.Float("clip", float.PositiveInfinity);
    private readonly Tensor? _peepholes = call.Node.Type == "LSTM" ? call.Optional(7)?.select(0, direction) : null;

    /// <param name="input">Product with the input and its bias, [batch, gates].</param>
    /// <param name="state">[batch, hidden].</param>
    /// <param name="cell">[batch, hidden]; null but for LSTM.</param>
    public (Tensor State, Tensor? Cell) Run(Tensor input, Tensor state, Tensor? cell) => call.Node.Type switch
    {
        "LSTM" => Lstm(input, state, cell!),
        "GRU" => (Gru(input, state), null),
        _ => (activations[0](Clipped(input.Plus(Product(state)))), null),
    };

    private Tensor Product(Tensor state) => bias is null ? state.matmul(recurrent) : state.matmul(recurrent).Plus(bias);

    private Tensor Clipped(Tensor x) => float.IsPositiveInfinity(_clip) ? x : x.clamp(Scalars.Of(-_clip), Scalars.Of(_clip));

    private Tensor Gate(Tensor all, int index) => all.narrow(1, index * hidden, hidden);

    private Tensor Peephole(Tensor gate, int index, Tensor cell) =>
        _peepholes is null ? gate : gate.Plus(_peepholes.narrow(0, index * hidden, hidden) * cell);

    /// <summary>Gates in ONNX's order: input, output, forget, cell; peepholes: input, output, forget.</summary>
    private (Tensor State, Tensor Cell) Lstm(Tensor input, Tensor state, Tensor cell)
    {
        Tensor gates = input.Plus(Product(state));
        Tensor i = activations[0](Clipped(Peephole(Gate(gates, 0), 0, cell)));
        Tensor f = call.Node.Int("input_forget") != 0 ? i.neg().Plus(1) : activations[0](Clipped(Peephole(Gate(gates, 2), 2, cell)));
        Tensor c = activations[1](Clipped(Gate(gates, 3)));
        Tensor next = (f * cell).Plus(i * c);
        Tensor o = activations[0](Clipped(Peephole(Gate(gates, 1), 1, next)));
        return (o * activations[2](next), next);
    }

    /// <summary>Gates in ONNX's order: update, reset, hidden.</summary>
    private Tensor Gru(Tensor input, Tensor state)
    {
        bool isResetAfter = call.Node.Int("linear_before_reset") != 0;
        Tensor product = Product(state);
        Tensor z = activations[0](Clipped(Gate(input, 0).Plus(Gate(product, 0))));
        Tensor r = activations[0](Clipped(Gate(input, 1).Plus(Gate(product, 1))));
        Tensor from = isResetAfter ? r * Gate(product, 2) : ResetBefore(r * state);
        Tensor h = activations[1](Clipped(Gate(input, 2).Plus(from)));
        return (z.neg().Plus(1) * h).Plus(z * state);
    }

    private Tensor ResetBefore(Tensor state)
    {
        Tensor product = state.matmul(Gate(recurrent, 2));
        return bias is null ? product : product.Plus(bias.narrow(0, 2 * hidden, hidden));
    }
}
