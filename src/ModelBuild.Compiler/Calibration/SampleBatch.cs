using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Calibration;

/// <summary>Some samples, and the same ones in one batch: calibration runs them one by one, applications need not.</summary>
/// <param name="Samples">One by one.</param>
/// <param name="Joined">All together.</param>
internal sealed record SampleBatch(
    IReadOnlyList<IReadOnlyDictionary<string, Tensor>> Samples, IReadOnlyDictionary<string, Tensor> Joined)
{
    private const int Count = 4;

    /// <returns>Null where the inputs have no batch in common, or there is only one sample.</returns>
    public static SampleBatch? Of(CalibrationData data, IReadOnlyList<Value> inputs)
    {
        if (inputs.Any(v => v.KnownShape.Rank == 0 || v.KnownShape[0].IsConstant || !v.KnownShape[0].Equals(inputs[0].KnownShape[0])))
        {
            return null;
        }

        IReadOnlyDictionary<string, Tensor>[] samples = [.. data.Samples().Take(Count)];
        bool isBatch = samples.Length > 1 && inputs.All(v => samples.All(s =>
            s[v.Name].Dimensions[0] == 1 && s[v.Name].Dimensions.SequenceEqual(samples[0][v.Name].Dimensions)));
        return isBatch ? new SampleBatch(samples, inputs.ToDictionary(v => v.Name, v => Join(v.Name), StringComparer.Ordinal)) : null;

        Tensor Join(string name)
        {
            Tensor first = samples[0][name];
            return new Tensor(
                first.Type, [samples.Length, .. first.Dimensions.Skip(1)], samples.SelectMany(s => s[name].Data.ToArray()).ToArray());
        }
    }
}
