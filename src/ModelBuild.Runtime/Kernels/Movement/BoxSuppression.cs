using System.ComponentModel;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Of boxes that overlap much, keeps the one with the best score (ONNX: NonMaxSuppression).</summary>
/// <remarks>All methods are thread-safe and allocate nothing. Inputs and outputs must not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class BoxSuppression
{
    /// <summary>For each box a number to rank it by, and four places and an area where it is kept.</summary>
    private const int ScratchBytes = sizeof(ulong) + (5 * sizeof(float));

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
    /// <param name="scratch">At least 28 bytes for each box of an image.</param>
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
        SpanGuard.AtLeast(scratch.Length, Extent.Product(boxCount, ScratchBytes), nameof(scratch));
        long limit = most.IsEmpty ? 0 : long.Clamp(most[0], 0, boxCount);
        SpanGuard.AtLeast(output.Length, Extent.Product(batch, classes, limit, 3), nameof(output));

        Span<ulong> ranking = MemoryMarshal.Cast<byte, ulong>(scratch)[..boxCount];
        var kept = new KeptBoxes(MemoryMarshal.Cast<byte, float>(scratch[(sizeof(ulong) * boxCount)..]), boxCount);
        float allowed = overlap.IsEmpty ? 0 : overlap[0];
        float least = threshold.IsEmpty ? float.NegativeInfinity : threshold[0];
        int rows = 0;
        for (int image = 0; image < batch; image++)
        {
            ReadOnlySpan<float> places = boxes.Slice(image * boxCount * 4, boxCount * 4);
            for (int c = 0; c < classes; c++)
            {
                var candidates = new Candidates(
                    scores.Slice(((image * classes) + c) * boxCount, boxCount), least, threshold.IsEmpty, ranking);
                kept.Count = 0;
                while (kept.Count < limit && candidates.Next() is int index and >= 0)
                {
                    var box = new Box(places.Slice(4 * index, 4), isCentered);
                    if (!kept.Overlap(box, allowed))
                    {
                        kept.Add(box);
                        output[3 * rows] = image;
                        output[(3 * rows) + 1] = c;
                        output[(3 * rows) + 2] = index;
                        rows++;
                    }
                }
            }
        }

        count[0] = rows;
    }

    /// <summary>The corners of a box, and its area.</summary>
    private readonly struct Box
    {
        public readonly float Top;
        public readonly float Left;
        public readonly float Bottom;
        public readonly float Right;
        public readonly float Area;

        public Box(ReadOnlySpan<float> numbers, bool isCentered)
            : this(
                isCentered ? numbers[1] - (numbers[3] / 2) : float.Min(numbers[0], numbers[2]),
                isCentered ? numbers[0] - (numbers[2] / 2) : float.Min(numbers[1], numbers[3]),
                isCentered ? numbers[1] + (numbers[3] / 2) : float.Max(numbers[0], numbers[2]),
                isCentered ? numbers[0] + (numbers[2] / 2) : float.Max(numbers[1], numbers[3]))
        {
        }

        public Box(float top, float left, float bottom, float right)
        {
            (Top, Left, Bottom, Right) = (top, left, bottom, right);
            Area = (bottom - top) * (right - left);
        }

        /// <summary>Intersection over union; 0 for boxes without an area.</summary>
        public float Overlap(Box other)
        {
            float height = float.Min(Bottom, other.Bottom) - float.Max(Top, other.Top);
            float width = float.Min(Right, other.Right) - float.Max(Left, other.Left);
            if (height <= 0 || width <= 0 || Area <= 0 || other.Area <= 0)
            {
                return 0;
            }

            float intersection = height * width;
            return intersection / (Area + other.Area - intersection);
        }
    }

    /// <summary>Boxes that are kept: each number of theirs is a row, so that several boxes are compared at once.</summary>
    private ref struct KeptBoxes(Span<float> memory, int capacity)
    {
        private readonly Span<float> _tops = memory[..capacity];
        private readonly Span<float> _lefts = memory.Slice(capacity, capacity);
        private readonly Span<float> _bottoms = memory.Slice(2 * capacity, capacity);
        private readonly Span<float> _rights = memory.Slice(3 * capacity, capacity);
        private readonly Span<float> _areas = memory.Slice(4 * capacity, capacity);

        /// <summary>How many there are.</summary>
        public int Count { get; set; }

        public void Add(Box box)
        {
            _tops[Count] = box.Top;
            _lefts[Count] = box.Left;
            _bottoms[Count] = box.Bottom;
            _rights[Count] = box.Right;
            _areas[Count] = box.Area;
            Count++;
        }

        /// <summary>Whether a box overlaps one of them by more than is allowed.</summary>
        public readonly bool Overlap(Box box, float allowed)
        {
            int i = 0;
            for (; i <= Count - Vector<float>.Count; i += Vector<float>.Count)
            {
                if (Vector.GreaterThanAny(Overlaps(box, i), new Vector<float>(allowed)))
                {
                    return true;
                }
            }

            for (; i < Count; i++)
            {
                if (box.Overlap(new Box(_tops[i], _lefts[i], _bottoms[i], _rights[i])) > allowed)
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>As <see cref="Box.Overlap"/>, with as many boxes as a register holds.</summary>
        private readonly Vector<float> Overlaps(Box box, int first)
        {
            Vector<float> height = Vector.Min(new Vector<float>(box.Bottom), new Vector<float>(_bottoms[first..]))
                - Vector.Max(new Vector<float>(box.Top), new Vector<float>(_tops[first..]));
            Vector<float> width = Vector.Min(new Vector<float>(box.Right), new Vector<float>(_rights[first..]))
                - Vector.Max(new Vector<float>(box.Left), new Vector<float>(_lefts[first..]));
            var area = new Vector<float>(box.Area);
            var areas = new Vector<float>(_areas[first..]);
            Vector<float> intersection = height * width;
            Vector<int> isNone = Vector.LessThanOrEqual(height, Vector<float>.Zero) | Vector.LessThanOrEqual(width, Vector<float>.Zero)
                | Vector.LessThanOrEqual(area, Vector<float>.Zero) | Vector.LessThanOrEqual(areas, Vector<float>.Zero);
            return Vector.ConditionalSelect(isNone, Vector<float>.Zero, intersection / (area + areas - intersection));
        }
    }
}
