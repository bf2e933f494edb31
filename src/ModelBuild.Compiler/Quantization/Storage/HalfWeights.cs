using ModelBuild.Compiler.Graphs;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>Weights as IEEE halves.</summary>
internal sealed class HalfWeights : BalancedRounding.IRoundedWeights
{
    private readonly Half[] _halves;

    private HalfWeights(Half[] halves) => _halves = halves;

    /// <inheritdoc/>
    public double this[int index] => (double)_halves[index];

    /// <summary>Rounds weights: to the nearest half, but so that the errors of a sum cancel (<see cref="BalancedRounding"/>).</summary>
    /// <param name="weights">float32.</param>
    public static HalfWeights Of(WeightOperand weights)
    {
        Tensor constant = weights.Value.Constant!;
        var halves = new Half[constant.Length];
        Conversion.Convert(constant.Span<float>(), halves);
        var rounded = new HalfWeights(halves);
        BalancedRounding.Balance(weights, rounded);
        return rounded;
    }

    /// <summary>The halves as a tensor of the weights' shape.</summary>
    public Tensor Halves(Tensor weights) => Tensor.Owning(DataType.Float16, _halves, [.. weights.Dimensions]);

    /// <inheritdoc/>
    public double Neighbour(int index, bool down) => (double)Next(index, down);

    /// <inheritdoc/>
    public void Turn(int index, bool down) => _halves[index] = Next(index, down);

    private Half Next(int index, bool down) => down ? Half.BitDecrement(_halves[index]) : Half.BitIncrement(_halves[index]);
}
