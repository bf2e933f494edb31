using System.Numerics;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Folds a factor and a summand for each channel into the convolution or matrix product before: BatchNormalization, and Mul, Div, Add and
/// Sub with a constant that varies along the channels at most.
/// <code>
///   Conv (W, b) ──► BatchNormalization        ⇒        Conv (W·f, b·f + s)
///   Gemm (W, b) ──► Add c                     ⇒        Gemm (W, b + c)
/// </code>
/// Weights must be constant floats: those of a quantized model (DequantizeLinear of integers) stay as they are. Summands that are infinite
/// are a mask, and no bias.
/// </summary>
internal sealed class FoldAffine : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.ToArray())
        {
            while (IsFoldable(node) && graph.Follower(node.Output) is { } follower && Map(follower, node.Output) is var (factors, summands)
                && IsOrdinary(factors) && StaysWithin(node, factors, summands))
            {
                Apply(graph, node, factors, summands);
                graph.Absorb(node, follower);
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>What a node does to each channel (axis 1) of one of its inputs; null where it does something else.</summary>
    public static (double[] Factors, double[] Summands)? Map(Node node, Value input)
    {
        if (node.Domain != Domains.Onnx || input.Shape is not { Rank: >= 2 } shape || node.Outputs is not [{ } output]
            || !shape.Equals(output.Shape))
        {
            return null;
        }

        if (node.Type == "BatchNormalization")
        {
            return Enumerable.Range(1, 4).All(i => node.Required(i).IsConstant) ? BatchNormalization.Affine(node) : null;
        }

        if (node.Type is not ("Mul" or "Div" or "Add" or "Sub"))
        {
            return null;
        }

        bool isLeft = node.Required(0) == input;
        if (Rewriting.PerChannel(node.Required(isLeft ? 1 : 0), shape, 1) is not { } numbers)
        {
            return null;
        }

        double[] Fill(double number) => [.. Enumerable.Repeat(number, numbers.Length)];
        return (node.Type, isLeft) switch
        {
            ("Mul", _) => (numbers, Fill(0)),
            ("Div", true) => Array.TrueForAll(numbers, n => n != 0) ? (Array.ConvertAll(numbers, n => 1 / n), Fill(0)) : null,
            ("Add", _) => (Fill(1), numbers),
            ("Sub", true) => (Fill(1), Array.ConvertAll(numbers, n => -n)),
            ("Sub", false) => (Fill(-1), numbers),
            _ => null,
        };
    }

    /// <summary>
    /// True where multiplying by the factors early or late makes no difference: none is NaN or infinite, and they are not so large or small
    /// that a product in between could overflow or vanish. Single channels may be nearly dead.
    /// </summary>
    public static bool IsOrdinary(double[] factors)
    {
        const double Largest = 1e12;
        double magnitude = 0;
        foreach (double factor in factors)
        {
            if (!(Math.Abs(factor) <= Largest))
            {
                return false;
            }

            magnitude = Math.Max(magnitude, Math.Abs(factor));
        }

        return magnitude is 0 or >= 1 / Largest;
    }

    private static bool IsFoldable(Node node)
    {
        bool isProduct = node.Is("Conv")
            || (node.Is("Gemm") && node.Int("transB") != 0 && node.Float("alpha", 1) == 1 && node.Float("beta", 1) == 1);
        return isProduct && node.Required(1) is { IsConstant: true, Type: DataType.Float32 or DataType.Float64 }
            && (node.Input(2) is not { } bias
                || (bias.Constant is { Rank: 1 } constant && constant.Length == node.Required(1).Constant!.Dimensions[0]));
    }

    /// <summary>True where float32 holds what weights and bias become: nothing grows beyond it, and no channel vanishes.</summary>
    private static bool StaysWithin(Node node, double[] factors, double[] summands)
    {
        const double Smallest = 1e-30;
        Tensor weights = node.Required(1).Constant!;
        double[] bias = Bias(node, factors, summands);
        if (weights.Type != DataType.Float32)
        {
            return Array.TrueForAll(bias, double.IsFinite);
        }

        ReadOnlySpan<float> source = weights.Span<float>();
        int length = source.Length / factors.Length;
        for (int c = 0; c < factors.Length; c++)
        {
            double largest = length == 0 ? 0 : TensorPrimitives.MaxMagnitude(source.Slice(c * length, length));
            double scaled = Math.Abs(largest * factors[c]);
            bool vanishes = scaled < Smallest && scaled != 0 && Math.Abs(factors[c]) < 1;
            if (Math.Abs(bias[c]) > float.MaxValue || !double.IsFinite(bias[c]) || vanishes
                || (scaled > float.MaxValue && double.IsFinite(largest)))
            {
                return false;
            }
        }

        return true;
    }

    private static double[] Bias(Node node, double[] factors, double[] summands)
    {
        double[] bias = node.Input(2)?.Constant!.ToDoubles() ?? new double[factors.Length];
        return [.. bias.Select((b, c) => (b * factors[c]) + summands[c])];
    }

    /// <summary>Weights have the output channels on axis 0, in Conv as in a Gemm with transB.</summary>
    private static void Apply(Graph graph, Node node, double[] factors, double[] summands)
    {
        Tensor weights = node.Required(1).Constant!;
        double[] bias = Bias(node, factors, summands);
        if (factors.Any(f => f != 1))
        {
            Tensor scaled = weights.Type == DataType.Float32 ? Scale<float>(weights, factors) : Scale<double>(weights, factors);
            graph.SetConstant(node, 1, scaled, $"{node.Name}_weight");
        }

        graph.SetConstant(node, 2, Tensor.FromDoubles(weights.Type, bias, bias.Length), $"{node.Name}_bias");
    }

    private static Tensor Scale<T>(Tensor weights, double[] factors)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> source = weights.Span<T>();
        var scaled = new T[source.Length];
        int length = scaled.Length / factors.Length;
        for (int i = 0; i < scaled.Length; i++)
        {
            scaled[i] = T.CreateSaturating(double.CreateSaturating(source[i]) * factors[i / length]);
        }

        return Tensor.Owning(weights.Type, scaled, [.. weights.Dimensions]);
    }
}
