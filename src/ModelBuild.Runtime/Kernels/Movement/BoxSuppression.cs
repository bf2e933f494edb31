using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Of boxes that overlap much, keeps the one with the best score (ONNX: NonMaxSuppression).</summary>
/// <remarks>All methods are thread-safe and allocate nothing. Inputs and outputs must not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class BoxSuppression
{
    /// <summary>
    /// Goes through the boxes of each class by falling score, of equal ones the first first, and keeps each that overlaps none that it has
    /// kept by more than <paramref name="overlap"/>, measured as intersection over union.
    /// </summary>
    /// <param name="batch">How many images there are.</param>
    /// <param name="classes">How many scores each box has.</param>
    /// <param name="boxCount">How many boxes an image has.</param>
    /// <param name="isCentered">Whether boxes are center x, center y, width, height; otherwise y, x of two opposite corners.</param>
    /// <param name="boxes"><c>[batch, boxCount, 4]</c>.</param>
    /// <param name="scores"><c>[batch, classes, boxCount]</c>.</param>
    /// <param name="output">
    /// Rows of image, class and box for as many as there can be: <c>[batch · classes · at most boxCount, 3]</c>.
    /// </param>
    /// <param name="count">One number: how many rows have been written.</param>
    /// <param name="scratch">At least 16 bytes for each box of an image, and 16 more.</param>
    /// <param name="most">One number: how many boxes of a class are kept at most; none where it is empty.</param>
    /// <param name="overlap">One number: how much is too much, from 0 to 1; 0 where it is empty.</param>
    /// <param name="threshold">One number: boxes with a score up to this are left out; none are where it is empty.</param>
    /// <exception cref="ArgumentException">A span has not the length that it needs.</exception>
    public static void Float32(
        int batch, int classes, int boxCount, bool isCentered, ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores, Span<long> output,
        Span<long> count, Span<byte> scratch, ReadOnlySpan<long> most = default, ReadOnlySpan<float> overlap = default,
        ReadOnlySpan<float> threshold = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(classes);
        ArgumentOutOfRangeException.ThrowIfNegative(boxCount);
        SpanGuard.Length(boxes.Length, Extent.Product(batch, boxCount, 4), nameof(boxes));
        SpanGuard.Length(scores.Length, Extent.Product(batch, classes, boxCount), nameof(scores));
        SpanGuard.Length(count.Length, 1, nameof(count));
        SpanGuard.AtLeast(scratch.Length, Extent.Product(boxCount, 16), nameof(scratch));
        long limit = most.IsEmpty ? 0 : long.Clamp(most[0], 0, boxCount);
        SpanGuard.AtLeast(output.Length, Extent.Product(batch, classes, limit, 3), nameof(output));

        Span<ulong> ranking = MemoryMarshal.Cast<byte, ulong>(scratch)[..boxCount];
        Span<int> kept = MemoryMarshal.Cast<byte, int>(scratch[(8 * boxCount)..])[..boxCount];
        float allowed = overlap.IsEmpty ? 0 : overlap[0];
        float least = threshold.IsEmpty ? float.NegativeInfinity : threshold[0];
        int rows = 0;
        for (int image = 0; image < batch; image++)
        {
            ReadOnlySpan<float> places = boxes.Slice(image * boxCount * 4, boxCount * 4);
            for (int c = 0; c < classes; c++)
            {
                Span<ulong> candidates =
                    Rank(scores.Slice(((image * classes) + c) * boxCount, boxCount), least, threshold.IsEmpty, ranking);
                int keptCount = 0;
                foreach (ulong candidate in candidates)
                {
                    if (keptCount == limit)
                    {
                        break;
                    }

                    int box = (int)(uint)candidate;
                    if (IsApart(places, box, kept[..keptCount], allowed, isCentered))
                    {
                        kept[keptCount++] = box;
                        output[3 * rows] = image;
                        output[(3 * rows) + 1] = c;
                        output[(3 * rows) + 2] = box;
                        rows++;
                    }
                }
            }
        }

        count[0] = rows;
    }

    /// <summary>
    /// The boxes with a score above the threshold, the best first: numbers that have the place of a box in their lower half.
    /// </summary>
    private static Span<ulong> Rank(ReadOnlySpan<float> scores, float least, bool takesAll, Span<ulong> ranking)
    {
        int count = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (takesAll || scores[i] > least)
            {
                // Bits of floats compare as the floats do once negative ones are turned around; here the largest comes first.
                uint bits = BitConverter.SingleToUInt32Bits(scores[i]);
                uint rising = (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
                ranking[count++] = ((ulong)~rising << 32) | (uint)i;
            }
        }

        Span<ulong> candidates = ranking[..count];
        candidates.Sort();
        return candidates;
    }

    private static bool IsApart(ReadOnlySpan<float> boxes, int box, ReadOnlySpan<int> kept, float allowed, bool isCentered)
    {
        foreach (int other in kept)
        {
            if (Overlap(boxes.Slice(4 * box, 4), boxes.Slice(4 * other, 4), isCentered) > allowed)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Intersection over union; 0 for boxes without an area.</summary>
    private static float Overlap(ReadOnlySpan<float> a, ReadOnlySpan<float> b, bool isCentered)
    {
        (float aTop, float aLeft, float aBottom, float aRight) = Corners(a, isCentered);
        (float bTop, float bLeft, float bBottom, float bRight) = Corners(b, isCentered);
        float height = float.Min(aBottom, bBottom) - float.Max(aTop, bTop);
        float width = float.Min(aRight, bRight) - float.Max(aLeft, bLeft);
        float areaA = (aBottom - aTop) * (aRight - aLeft);
        float areaB = (bBottom - bTop) * (bRight - bLeft);
        if (height <= 0 || width <= 0 || areaA <= 0 || areaB <= 0)
        {
            return 0;
        }

        float intersection = height * width;
        return intersection / (areaA + areaB - intersection);
    }

    private static (float Top, float Left, float Bottom, float Right) Corners(ReadOnlySpan<float> box, bool isCentered) => isCentered
        ? (box[1] - (box[3] / 2), box[0] - (box[2] / 2), box[1] + (box[3] / 2), box[0] + (box[2] / 2))
        : (float.Min(box[0], box[2]), float.Min(box[1], box[3]), float.Max(box[0], box[2]), float.Max(box[1], box[3]));
}
