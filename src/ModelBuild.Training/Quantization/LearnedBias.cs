using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using ModelBuild.Training.Operators;
using TorchSharp;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>A bias in units of input scale × weight scale, in int32, as integer products add it: trained as floats.</summary>
/// <param name="Node">The DequantizeLinear.</param>
/// <param name="Master">The floats.</param>
/// <param name="InputScale">Holds the scale of what the weights multiply.</param>
/// <param name="WeightScale">Holds the scales of the weights.</param>
internal sealed record LearnedBias(Node Node, TrainedTensor Master, Value InputScale, Value WeightScale) : IDisposable
{
    /// <summary>Computes codes and units of a run, from scales that were computed before.</summary>
    public void Derive(Dictionary<Value, Tensor> derived)
    {
        Tensor units = Units(derived);
        derived[Node.Required(1)] = units;
        derived[Node.Required(0)] = QuantizationPairs.Rounded(Master.Parameter / units);
    }

    /// <summary>Sets the constants, when those of the scales are set.</summary>
    public void WriteBack()
    {
        float input = InputScale.Constant!.ToFloats()[0];
        float[] units = Array.ConvertAll(WeightScale.Constant!.ToFloats(), s => input * s);
        double[] bias = TorchTensors.ToCompiler(Master.Parameter).ToDoubles();
        CompilerTensor constant = Node.Required(0).Constant!;
        long[] codes = new long[constant.Length];
        for (int c = 0; c < codes.Length; c++)
        {
            double scaled = Math.Round(bias[bias.Length == 1 ? 0 : c] / units[units.Length == 1 ? 0 : c], MidpointRounding.ToEven);
            codes[c] = (long)Math.Clamp(scaled, int.MinValue, int.MaxValue);
        }

        Node.Required(1).Constant = CompilerTensor.Of(units, [.. Node.Required(1).Constant!.Dimensions]);
        Node.Required(0).Constant = CompilerTensor.FromInt64s(DataType.Int32, codes, [.. constant.Dimensions]);
    }

    public void Dispose() => Master.Dispose();

    private Tensor Units(Dictionary<Value, Tensor> derived) =>
        Scale(InputScale, derived).detach() * Scale(WeightScale, derived).detach();

    private Tensor Scale(Value value, Dictionary<Value, Tensor> derived) => derived.TryGetValue(value, out Tensor? scale) ? scale
        : TorchTensors.ToTorch(value.Constant!).to(Master.Parameter.device).reshape(value.Constant!.Length == 1 ? [] : [-1]);
}
