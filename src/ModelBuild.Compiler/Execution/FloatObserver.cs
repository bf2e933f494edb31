using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Execution;

/// <summary>Looks at a float32 tensor, by its name.</summary>
internal delegate void FloatObserver(string name, ReadOnlySpan<float> values);

/// <summary>Runs in which all float32 tensors are looked at, the inputs too.</summary>
internal static class FloatObservation
{
    /// <summary>Runs a model once.</summary>
    /// <returns>The outputs, by name in the model.</returns>
    /// <inheritdoc cref="Interpreter.Run"/>
    public static Dictionary<string, Tensor> Observe(
        this Interpreter interpreter, IReadOnlyDictionary<string, Tensor> sample, FloatObserver observer)
    {
        observer.Show(sample);
        return interpreter.Run(sample, (tensor, data) =>
        {
            if (tensor.Type == PlanType.F32)
            {
                observer(tensor.Name, MemoryMarshal.Cast<byte, float>(data));
            }
        });
    }

    /// <summary>Shows those of some tensors that are float32.</summary>
    public static void Show(this FloatObserver observer, IReadOnlyDictionary<string, Tensor> tensors)
    {
        foreach ((string name, Tensor tensor) in tensors.Where(t => t.Value.Type == DataType.Float32))
        {
            observer(name, tensor.Span<float>());
        }
    }
}
