using System.Numerics.Tensors;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Attention, a block of queries of one head at a time.</summary>
internal unsafe struct AttentionWork : IParallelWork
{
    /// <summary>Products of all units that are worth more than one thread.</summary>
    private const long LeastProducts = 524_288;

    public KernelTable Kernels;
    public AttentionShape Shape;
    public float Scale;
    public float* Queries;
    public float* Keys;
    public float* Values;
    public float* Output;

    /// <summary>Null for none.</summary>
    public float* Mask;

    public int MaskOfSample;
    public int MaskOfHead;
    public int MaskOfQuery;

    /// <summary>Room for the scores of a block; null where each thread has its own.</summary>
    public float* Scores;

    private readonly int Blocks => (Shape.Queries + Attention.Block - 1) / Attention.Block;

    /// <summary>How many units there are.</summary>
    public readonly int Units => checked(Shape.Batch * Shape.Heads * Blocks);

    /// <summary>Whether attention takes so long that help is worth its while.</summary>
    public static bool IsWorthSharing(in AttentionShape shape) =>
        (long)shape.Batch * shape.Heads * shape.Queries * shape.Keys * (shape.Size + shape.ValueSize) >= LeastProducts;

    /// <inheritdoc/>
    public readonly void Run(int unit)
    {
        if (Scores is not null)
        {
            Run(unit, Scores);
            return;
        }

        fixed (byte* own = ThreadMemory.OfAtLeast(checked(Attention.Block * Shape.Keys * sizeof(float))))
        {
            Run(unit, (float*)own);
        }
    }

    private readonly void Run(int unit, float* scores)
    {
        int head = unit / Blocks;
        int first = unit % Blocks * Attention.Block;
        int count = int.Min(Attention.Block, Shape.Queries - first);
        (nint query, int queryStep) = Shape.Rows(head, Shape.Queries, Shape.Size, Shape.QueriesBeside);
        (nint value, int valueStep) = Shape.Rows(head, Shape.Keys, Shape.ValueSize, Shape.ValuesBeside);
        (nint result, int resultStep) = Shape.Rows(head, Shape.Queries, Shape.ValueSize, Shape.OutputBeside);
        nint key = (nint)head * Shape.Size * Shape.Keys;
        nint mask = ((nint)(head / Shape.Heads) * MaskOfSample) + ((nint)(head % Shape.Heads) * MaskOfHead);
        Gemm.Multiply(
            Kernels, new GemmShape(count, Shape.Size, Shape.Keys), Queries + query + ((nint)first * queryStep), queryStep, Keys + key,
            Shape.Keys, scores, Shape.Keys);
        for (int i = 0; i < count; i++)
        {
            float* hidden = Mask is null ? null : Mask + mask + ((nint)(first + i) * MaskOfQuery);
            Normalize(new Span<float>(scores + ((nint)i * Shape.Keys), Shape.Keys), Scale, hidden);
        }

        Gemm.Multiply(
            Kernels, new GemmShape(count, Shape.Keys, Shape.ValueSize), scores, Shape.Keys, Values + value, valueStep,
            Output + result + ((nint)first * resultStep), resultStep);
    }

    /// <summary>Multiplied and then added to, each rounded, as the operators by themselves do it.</summary>
    private static void Normalize(Span<float> scores, float scale, float* mask)
    {
        if (scale != 1)
        {
            TensorPrimitives.Multiply(scores, scale, scores);
        }

        if (mask is not null)
        {
            TensorPrimitives.Add(scores, new ReadOnlySpan<float>(mask, scores.Length), scores);
        }

        Softmax.Float32(1, scores.Length, 1, scores, scores);
    }
}
