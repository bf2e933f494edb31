using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization;

/// <summary>What rounding takes of weights, of all of them or of those of each column of the model's inputs.</summary>
/// <param name="Signal">The sums of the squares.</param>
/// <param name="Loss">Those of the errors.</param>
internal readonly record struct ColumnLoss(double[] Signal, double[] Loss)
{
    /// <summary>A column this far below the largest is dead, whatever its input may be.</summary>
    public const double Dead = 1e-12;

    /// <summary>
    /// The axis of weights along which the columns of a product with the model's inputs lie; negative where there is no such product:
    /// behind an operator with weights columns are alike.
    /// </summary>
    /// <param name="weights">float32.</param>
    /// <param name="computed">What products have a part in.</param>
    public static int Axis(Value weights, HashSet<Value> computed)
    {
        foreach (Node reader in weights.Consumers)
        {
            int other = reader.Input(1) == weights ? 0 : reader.Input(0) == weights ? 1 : -1;
            if (other >= 0 && reader.Input(other) is { } input && !computed.Contains(input)
                && Axis(reader, other, weights.Constant!) is { } axis)
            {
                return axis;
            }
        }

        return -1;
    }

    /// <summary>Measures.</summary>
    /// <param name="weights">float32.</param>
    /// <param name="rounded">What becomes of an element.</param>
    /// <param name="axis">Of the columns; negative for all as one.</param>
    public static ColumnLoss Of(Tensor weights, Func<int, double> rounded, int axis)
    {
        ReadOnlySpan<float> values = weights.Span<float>();
        int columns = axis < 0 ? 1 : (int)weights.Dimensions[axis];
        long inner = weights.Shape.Product(axis + 1, weights.Rank).Value;
        var result = new ColumnLoss(new double[columns], new double[columns]);
        for (int i = 0; i < values.Length; i++)
        {
            int column = axis < 0 ? 0 : (int)(i / inner % columns);
            double error = values[i] - rounded(i);
            result.Signal[column] += (double)values[i] * values[i];
            result.Loss[column] += error * error;
        }

        return result;
    }

    private static int? Axis(Node reader, int input, Tensor weights) => (reader.Type, input) switch
    {
        _ when Recurrent.IsLayer(reader) => input == 0 ? 2 : null,

        // Each output of a depthwise convolution has a channel of its own.
        ("Conv", 0) => weights.Dimensions[1] == 1 ? 0 : 1,
        ("Gemm", 0) => reader.Int("transB") != 0 ? 1 : 0,
        ("Gemm", 1) => reader.Int("transA") != 0 ? 0 : 1,
        ("MatMul", 0) => weights.Rank - 2,
        ("MatMul", 1) => weights.Rank - 1,
        _ => null,
    };
}
