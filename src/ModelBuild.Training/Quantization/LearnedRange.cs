using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Operators;
using TorchSharp;
using TorchSharp.Modules;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>
/// The range of an activation, or of several that share codes. Its two ends are learnt as factors of what calibration found; 0 lies in it
/// and has a code of its own, so that padding stays exact.
/// </summary>
internal sealed class LearnedRange : IDisposable
{
    /// <summary>A range may become so much narrower.</summary>
    private const double Least = 1e-2;

    private readonly double _low;
    private readonly double _high;
    private readonly double _first;
    private readonly double _steps;
    private readonly DataType _type;
    private readonly List<(Value Scale, Value? Zero)> _values = [];

    /// <param name="name">Of what is learnt, for checkpoints.</param>
    /// <param name="scale">From calibration.</param>
    /// <param name="zeroPoint">From calibration.</param>
    /// <param name="type">Of the codes.</param>
    /// <param name="isLearned">False for a range that stays as it is.</param>
    /// <param name="device">Where it is computed with.</param>
    public LearnedRange(string name, float scale, long zeroPoint, DataType type, bool isLearned, torch.Device device)
    {
        (double first, double last) = QuantizationPairs.Range(type);
        _type = type;
        _first = first;
        _steps = last - first;
        _low = (first - zeroPoint) * scale;
        _high = (last - zeroPoint) * scale;
        Name = name;
        (Scale, ZeroPoint) = (scale, zeroPoint);
        IsLearned = isLearned && type is DataType.UInt8 or DataType.Int8;
        Factors = new Parameter(torch.ones(2, torch.ScalarType.Float32, device), IsLearned);
        Factors.DetachFromDisposeScope();
    }

    public string Name { get; }

    public float Scale { get; }

    public long ZeroPoint { get; }

    public bool IsLearned { get; }

    /// <summary>Of the lower and the upper end.</summary>
    public Parameter Factors { get; }

    /// <summary>Adds constants that hold scale and zero point.</summary>
    public void Add(Value scale, Value? zero)
    {
        if (!_values.Exists(v => v.Scale == scale && v.Zero == zero))
        {
            _values.Add((scale, zero));
        }
    }

    /// <summary>Computes scale and zero point of a run.</summary>
    public void Derive(Dictionary<Value, Tensor> derived)
    {
        if (!IsLearned)
        {
            return;
        }

        Tensor low = Factors[0] * Scalars.Of(_low);
        Tensor high = Factors[1] * Scalars.Of(_high);
        Tensor scale = (high - low) / Scalars.Of(_steps);
        Tensor zero = QuantizationPairs.Rounded(low.neg() / scale).Plus(_first)
            .clamp(Scalars.Of(_first), Scalars.Of(_first + _steps));
        foreach ((Value scaleValue, Value? zeroValue) in _values)
        {
            derived[scaleValue] = scale;
            if (zeroValue is not null)
            {
                derived[zeroValue] = zero;
            }
        }
    }

    /// <summary>Keeps the ends apart after a step.</summary>
    public void Bound()
    {
        using (torch.no_grad())
        {
            Factors.clamp_(Scalars.Of(Least), Scalars.Of(1 / Least));
        }
    }

    /// <summary>Gives the constants what was learnt.</summary>
    public void WriteBack()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var derived = new Dictionary<Value, Tensor>();
        Derive(derived);
        foreach ((Value value, Tensor tensor) in derived)
        {
            bool isZero = _values.Exists(v => v.Zero == value);
            float number = tensor.detach().item<float>();
            value.Constant = isZero
                ? Compiler.Graphs.Tensor.FromInt64s(_type, [(long)number], [.. value.Constant!.Dimensions])
                : Compiler.Graphs.Tensor.Of([number], [.. value.Constant!.Dimensions]);
        }
    }

    public void Dispose() => Factors.Dispose();
}
