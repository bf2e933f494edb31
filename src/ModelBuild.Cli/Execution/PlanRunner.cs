using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Cli.Execution;

/// <summary>
/// Runs a plan as the generated class does: the same kernels, and a large batch in the same slices, so that results are the same to the
/// last bit and
/// working memory stays bounded.
/// </summary>
internal sealed class PlanRunner(CompiledPlan compiled)
{
    private readonly ExecutionPlan _plan = compiled.Plan;
    private readonly Interpreter _interpreter = new(compiled);

    /// <param name="inputs">By name, checked.</param>
    /// <param name="symbols">What the plan's symbols are.</param>
    /// <param name="cancellation">Looked at between slices.</param>
    /// <returns>The outputs in the model's order.</returns>
    /// <exception cref="UnsuitedDataException">An index that comes from the inputs points outside a tensor.</exception>
    public Tensor[] Run(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyDictionary<string, long> symbols, CancellationToken cancellation)
    {
        if (symbols.Any(s => s.Value == 0 && EmptiesOutputs(_plan, s.Key)))
        {
            return
            [
                .. _plan.Outputs.Select(port => _plan.Tensors[port.Tensor])
                    .Select(output => new Tensor(output.Type.ToDataType(), Dimensions(output, symbols), Array.Empty<byte>())),
            ];
        }

        long batch = _plan.Slice is { } slice ? symbols[slice.Symbol] : 1;
        long most = SamplesAtOnce(symbols);
        return batch > most
            ? RunSlices(_plan.Slice!.Symbol, batch, most, inputs, symbols, cancellation)
            : InOrder(_interpreter.Run(inputs));
    }

    /// <summary>
    /// Whether nothing is left of any output where a symbol is 0, as the generator asks before a class takes an empty batch.
    /// </summary>
    public static bool EmptiesOutputs(ExecutionPlan plan, string symbol)
    {
        var none = new Dictionary<string, long> { [symbol] = 0 };
        PlanTensor[] outputs = [.. plan.Outputs.Select(o => plan.Tensors[o.Tensor])];
        return outputs.SelectMany(o => o.Shape).SelectMany(d => d.Symbols).All(plan.Symbols.Contains)
            && Array.TrueForAll(outputs, o => o.Length.Substitute(none).Equals(Dimension.Zero));
    }

    /// <summary>As the generated class computes it.</summary>
    private long SamplesAtOnce(IReadOnlyDictionary<string, long> symbols)
    {
        if (_plan.Slice is not { } slice)
        {
            return long.MaxValue;
        }

        long sample = _plan.Arena.Evaluate(With(symbols, slice.Symbol, 1));
        return Math.Clamp(slice.Bytes / Math.Max(sample, 1), 1, int.MaxValue / 2);
    }

    private Tensor[] RunSlices(
        string symbol, long batch, long most, IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyDictionary<string, long> symbols,
        CancellationToken cancellation)
    {
        PlanTensor[] outputs = [.. _plan.Outputs.Select(port => _plan.Tensors[port.Tensor])];
        byte[][] whole = [.. outputs.Select(output => new byte[output.Length.Evaluate(symbols) * output.Type.Size()])];
        for (long start = 0; start < batch; start += most)
        {
            cancellation.ThrowIfCancellationRequested();
            Dictionary<string, long> part = With(symbols, symbol, Math.Min(most, batch - start));
            Tensor[] results = InOrder(_interpreter.Run(
                _plan.Inputs.ToDictionary(port => port.Name, port => Samples(port, inputs[port.Name], symbol, start, part))));
            for (int i = 0; i < results.Length; i++)
            {
                int sample = whole[i].Length / checked((int)batch);
                results[i].Data.Span.CopyTo(whole[i].AsSpan(checked((int)start * sample)));
            }
        }

        return [.. outputs.Select((output, i) => new Tensor(output.Type.ToDataType(), Dimensions(output, symbols), whole[i]))];
    }

    /// <summary>The samples of a slice; all of an input that does not depend on the sample.</summary>
    private Tensor Samples(PlanPort port, Tensor input, string symbol, long start, Dictionary<string, long> part)
    {
        PlanTensor tensor = _plan.Tensors[port.Tensor];
        if (tensor.Length.DivideExactly(Dimension.Symbol(symbol)) is not { } sample)
        {
            return input;
        }

        long bytes = sample.Evaluate(part) * tensor.Type.Size();
        return new Tensor(
            input.Type, Dimensions(tensor, part), input.Data.Slice(checked((int)(start * bytes)), checked((int)(part[symbol] * bytes))));
    }

    private Tensor[] InOrder(Dictionary<string, Tensor> outputs) => [.. _plan.Outputs.Select(port => outputs[port.Name])];

    private static long[] Dimensions(PlanTensor tensor, IReadOnlyDictionary<string, long> symbols) =>
        [.. tensor.Shape.Select(d => d.Evaluate(symbols))];

    private static Dictionary<string, long> With(IReadOnlyDictionary<string, long> symbols, string symbol, long value) =>
        new(symbols, StringComparer.Ordinal) { [symbol] = value };
}
