using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using ModelBuild.Training.Operators;
using TorchSharp;
using TorchSharp.Modules;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>
/// Weights that the graph holds as codes and a DequantizeLinear: trained as floats that are rounded in every run, with scales that are
/// learnt as factors of those that the compiler has chosen.
/// </summary>
internal sealed class LearnedWeights : IDisposable
{
    /// <summary>A scale may become so much smaller: sums of products must not overflow.</summary>
    private const double Least = 0.25;

    private readonly Node _node;
    private readonly Value _codes;
    private readonly Value _scale;
    private readonly Value? _zero;
    private readonly double _low;
    private readonly double _high;
    private readonly bool _hasShortScales;
    private readonly bool _hasZeros;
    private readonly Tensor _scales;

    /// <param name="node">The DequantizeLinear.</param>
    /// <param name="master">The floats.</param>
    /// <param name="isArrived">Whether the codes are those of another tool, and not the compiler's.</param>
    /// <param name="device">Where it is computed with.</param>
    public LearnedWeights(Node node, TrainedTensor master, bool isArrived, torch.Device device)
    {
        _node = node;
        Master = master;
        (_codes, _scale, _zero) = (node.Required(0), node.Required(1), node.Input(2));

        // Symmetric codes leave out the lowest, as the compiler's do. Stored ones have a zero point, those of blocks 4 bits. Those of other
        // tools are what they have been: the lowest is one of them where it occurs.
        bool isStored = _codes.Type == DataType.UInt8;
        _hasShortScales = isStored && !isArrived;
        _hasZeros = isStored || isArrived;
        (_low, _high) = isArrived ? QuantizationPairs.Range(_codes.Type)
            : isStored ? (0, node.Int("block_size") > 0 ? 15 : byte.MaxValue) : (-sbyte.MaxValue, sbyte.MaxValue);
        if (isArrived && _low < 0 && !_codes.Constant!.ToInt64s().Contains((long)_low))
        {
            _low++;
        }

        _scales = TorchTensors.ToTorch(_scale.Constant!).to(device).DetachFromDisposeScope();
        Factors = new Parameter(torch.ones_like(_scales));
        Factors.DetachFromDisposeScope();
    }

    public TrainedTensor Master { get; }

    /// <summary>Of the scales.</summary>
    public Parameter Factors { get; }

    public Value ScaleValue => _scale;

    /// <summary>Computes codes and scales of a run.</summary>
    public void Derive(Dictionary<Value, Tensor> derived)
    {
        Tensor scales = Scales();
        derived[_scale] = scales;
        derived[_codes] = Codes(scales);
    }

    public void Bound()
    {
        using (torch.no_grad())
        {
            Factors.clamp_(Scalars.Of(Least), Scalars.Of(1 / Least));
        }
    }

    public void WriteBack()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using (torch.no_grad())
        {
            Master.ApplyMask();
            Tensor scales = Scales();
            Tensor codes = Codes(scales);
            _scale.Constant = TorchTensors.ToCompiler(scales);
            _codes.Constant = CompilerTensor.FromInt64s(
                _codes.Type, TorchTensors.ToCompiler(codes).ToInt64s(), [.. _codes.Constant!.Dimensions]);
        }
    }

    public void Dispose()
    {
        Factors.Dispose();
        _scales.Dispose();
        Master.Dispose();
    }

    /// <summary>
    /// Stored codes have scales of 8 significant bits, as the compiler's have: their multiples are exact, and it finds them again.
    /// </summary>
    private Tensor Scales()
    {
        Tensor scales = _scales * Factors;
        if (!_hasShortScales)
        {
            return scales;
        }

        Tensor plain = scales.detach();
        return scales.Plus(plain.to(torch.ScalarType.BFloat16).to(torch.ScalarType.Float32) - plain);
    }

    private Tensor Codes(Tensor scales)
    {
        long[] shape = Master.Parameter.shape;
        Tensor rounded = QuantizationPairs.Rounded(Master.Parameter / QuantizationPairs.Spread(_node, scales, shape));
        if (_zero?.Constant is { } zero && _hasZeros)
        {
            Tensor zeros = TorchTensors.ToTorch(zero).to(torch.ScalarType.Float32, scales.device);
            rounded = rounded.Plus(QuantizationPairs.Spread(_node, zeros, shape));
        }

        return rounded.clamp(Scalars.Of(_low), Scalars.Of(_high));
    }
}
