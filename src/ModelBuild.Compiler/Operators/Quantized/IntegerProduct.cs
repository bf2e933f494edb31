using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// What MatMulInteger and ConvInteger share. Their results are exact in int32, and so is all that they are taken apart into:
/// <code>
///   Σ (x − z)·w   with constant w      =  Σ x·w − z·Σ w      one product of bytes, the second sum computed at build
///   Σ (x − z)·(w − v)   with computed w                     float products of integers, so few at a time that each sum stays below 2²⁴
/// </code>
/// Only the first form is left after import: codes of 8 bits by constant int8 weights.
/// </summary>
internal static class IntegerProduct
{
    /// <summary>So many products of uint8 and int8 stay within int32.</summary>
    public const long DepthLimit = 1 << 16;

    /// <summary>So many products of two numbers of ±255 stay within what float32 counts exactly.</summary>
    public const long ExactDepth = (1 << 24) / (255 * 255);

    public static void Check(Node node, InferenceContext context)
    {
        for (int i = 0; i < 2; i++)
        {
            context.RequireType(node, i, node.Required(i).Type is DataType.UInt8 or DataType.Int8);
            if (node.Input(2 + i) is { } zero && zero.Type != node.Required(i).Type)
            {
                throw context.Malformed(node, $"has a zero point of type {zero.Type} for codes of type {node.Required(i).Type}.");
            }
        }
    }

    /// <summary>
    /// Constant weights without their zero points, as one int8 tensor, or as two to be added where the differences take nine bits.
    /// </summary>
    /// <param name="zeroPoint">A value for each index along <paramref name="axis"/>, one for all, or null.</param>
    public static IReadOnlyList<Tensor> Weights(Tensor weights, Tensor? zeroPoint, int axis)
    {
        long[] codes = weights.ToInt64s();
        long[] zeros = zeroPoint?.ToInt64s() ?? [0];
        long inner = weights.Shape.Product(axis + 1, weights.Rank).Value;
        var first = new sbyte[codes.Length];
        var second = new sbyte[codes.Length];
        bool isWide = false;
        for (int i = 0; i < codes.Length; i++)
        {
            long difference = codes[i] - zeros[zeros.Length == 1 ? 0 : i / inner % zeros.Length];
            first[i] = (sbyte)Math.Clamp(difference, sbyte.MinValue, sbyte.MaxValue);
            second[i] = (sbyte)(difference - first[i]);
            isWide |= second[i] != 0;
        }

        long[] dimensions = [.. weights.Dimensions];
        Tensor narrow = Tensor.Owning(DataType.Int8, first, dimensions);
        return isWide ? [narrow, Tensor.Owning(DataType.Int8, second, dimensions)] : [narrow];
    }

    /// <summary>Codes minus zero point as float32, in which both and the difference are exact.</summary>
    public static Value Difference(Expansion e, Value codes, Value? zeroPoint)
    {
        Value reals = e.Cast(codes, DataType.Float32);
        return zeroPoint is null ? reals : e.Subtract(reals, e.Cast(zeroPoint, DataType.Float32));
    }

    /// <summary>The sum of products over parts of the depth.</summary>
    /// <param name="depth">How many elements there are to share out.</param>
    /// <param name="limit">How many of them one product may take.</param>
    /// <param name="multiply">Makes the product of the elements from the first number up to, not including, the second.</param>
    public static Value Sum(Expansion e, long depth, long limit, Func<long, long, Value> multiply)
    {
        if (depth > DepthLimit)
        {
            throw e.Context.Unsupported(e.Node, $"adds {depth} products of integers that only the run knows, which is not supported.");
        }

        Value? sum = null;
        for (long start = 0; start < depth || sum is null; start += limit)
        {
            Value part = e.Cast(multiply(start, Math.Min(start + limit, depth)), DataType.Int32);
            sum = sum is null ? part : e.Add(sum, part);
        }

        return sum;
    }

    /// <summary>Part of a value along an axis, the value itself where that is all.</summary>
    public static Value Part(Expansion e, Value value, int axis, long start, long end) =>
        value.KnownShape[axis].Equals((Dimension)(end - start)) ? value
            : e.Apply("Slice", [value, e.Integers(start), e.Integers(end), e.Integers(axis)]);

    /// <summary>Whether an absent zero point, or one that is 0, leaves the codes as they are.</summary>
    public static bool IsZero(Value? zeroPoint) => zeroPoint is null || (zeroPoint.Constant?.ToInt64s().All(z => z == 0) ?? false);

    /// <summary>A constant scalar that the product itself may take.</summary>
    public static bool IsConstantScalar(Value? zeroPoint) => zeroPoint is { IsConstant: true, Constant.Length: 1 };
}
