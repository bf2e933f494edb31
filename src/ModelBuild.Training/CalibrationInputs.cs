using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using TorchSharp;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;

namespace ModelBuild.Training;

/// <summary>Samples as calibration takes them: one by one.</summary>
internal static class CalibrationInputs
{
    /// <summary>So many of the samples, spread evenly over all.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, CompilerTensor>> Of(LoadedData samples, Graph graph, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            long at = (long)i * samples.Count / count;
            yield return graph.Inputs.ToDictionary(
                input => input.Name,
                input => TorchTensors.ToCompiler(FileSamples.IsStacked(input)
                    ? samples.Inputs[input.Name].narrow(0, at, 1) : samples.Inputs[input.Name].select(0, at)),
                StringComparer.Ordinal);
        }
    }
}
