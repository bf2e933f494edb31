using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Lowering;

/// <summary>Why an operator of a lowered graph runs in float inside an integer model.</summary>
internal static class FloatReason
{
    /// <summary>The first thing that is in its way, for people.</summary>
    public static string Of(Node node)
    {
        if (node.Is(Domains.Internal, InternalOperators.Attention))
        {
            return "attention as one step in float never has its scores in memory, and loses nothing";
        }

        bool isConvolution = node.Is(Domains.Internal, InternalOperators.Convolution);
        if (isConvolution && node.Required(1).KnownShape.Rank > Images)
        {
            return "volumes are convolved in float";
        }

        if (Recurrent.IsLayer(node))
        {
            return "codes of its states would cost accuracy, or are not worth finding for so few, or its weights are computed";
        }

        if (!HasIntegerForm(node))
        {
            return node.Inputs.Count(i => i is { IsConstant: false }) > 1 && node.Traits().IsTabular
                ? $"there is no integer kernel for {node.Type} of two computed tensors"
                : $"there is no integer kernel for {node.Type}";
        }

        if (IsPartOfNormalization(node))
        {
            return "it belongs to a normalization, which divides by deviations: codes of small ones would be nothing";
        }

        if (node.Is("MatMul") && node.Required(0).IsConstant)
        {
            return "its weights are on the left, and integers have a kernel for those on the right alone";
        }

        if (node.Is("MatMul") && node.Required(1).IsConstant)
        {
            return "its weights are not one matrix";
        }

        if (FirstWithoutCodes(node) is { } operand)
        {
            return $"there are no codes of '{Source(operand).Name}', which it reads";
        }

        if (isConvolution || node.Is(Domains.Internal, InternalOperators.Gemm))
        {
            return "its weights have no symmetric 8-bit codes with a scale for each output, or its sums do not fit into 32 bits";
        }

        if (node.Is("MatMul"))
        {
            return node.Required(0).KnownShape[^1] is { IsConstant: true, Value: > QuantizedMatrixProduct.MaximumInner }
                ? $"sums of more than {QuantizedMatrixProduct.MaximumInner} products do not fit into 32 bits"
                : "one of its operands has a scale for each channel";
        }

        if (node.Outputs.OfType<Value>().FirstOrDefault(IsWithoutCodes) is { } output)
        {
            return output.OutputCount > 0
                ? $"'{output.Name}', which it makes, is an output of the model"
                : $"there are no codes of '{output.Name}', which it makes";
        }

        if (node.Outputs.OfType<Value>().FirstOrDefault(IsReadInFloat) is { } read)
        {
            return $"'{read.Name}', which it makes, is read in float too";
        }

        return "its codes have a scale for each channel, or values that the kernel has no codes for";
    }

    /// <summary>Whether integers have a kernel for what a node does, if all that it reads and makes has codes.</summary>
    private static bool HasIntegerForm(Node node)
    {
        OperatorTraits traits = node.Traits();
        return node.Domain == Domains.Internal || traits.IsSelection || traits.IsView
            || node.Type is "MatMul" or "Add" or "Sub" or "Mul" or "Min" or "Max" or "Where" or "Concat" or "Softmax" or "ReduceMean"
                or "ReduceSum"
            || (node.Is("PRelu") && node.Required(1).IsConstant)
            || (traits.IsTabular && node.Inputs.Count(i => i is { Constant: null or { Length: > 1 } }) == 1);
    }

    private const int Images = 4;

    /// <summary>How many operators a normalization may have one behind the other.</summary>
    private const int LongestNormalization = 10;

    /// <summary>The end of a normalization, or what only goes into one: its means and deviations.</summary>
    private static bool IsPartOfNormalization(Node node, int length = LongestNormalization) =>
        node.Outputs is [{ } output] && (QuantizationPoints.IsComputedInFloat(output)
            || (length > 0 && !IsProduct(node) && output.OutputCount == 0 && output.Consumers.Any()
                && output.Consumers.All(c => IsPartOfNormalization(c, length - 1))));

    private static bool IsProduct(Node node) => node.Is(Domains.Internal, InternalOperators.Convolution)
        || node.Is(Domains.Internal, InternalOperators.Gemm) || node.Is("MatMul");

    private static Value? FirstWithoutCodes(Node node) => node.Inputs.OfType<Value>().FirstOrDefault(
        i => !i.IsConstant && i.Type == DataType.Float32 && QuantizedValues.QuantizedOf(Source(i)) is null);

    private static bool IsWithoutCodes(Value value) => value.Type == DataType.Float32
        && !(value.OutputCount == 0 && value.Consumers.Any(
            c => c.Is("QuantizeLinear") || (c.Traits().IsView && !IsWithoutCodes(c.Output))));

    private static bool IsReadInFloat(Value value) => value.Type == DataType.Float32 && value.Consumers.Any(
        c => !c.Is("QuantizeLinear") && !(c.Traits().IsView && !IsReadInFloat(c.Output)));

    /// <summary>What a value is under another shape, or in another order.</summary>
    private static Value Source(Value value) =>
        value.Producer is { } node && (node.Traits().IsView || node.Is("Transpose")) ? Source(node.Required(0)) : value;
}
