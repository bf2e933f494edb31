using System.Numerics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Boxes with a score above a threshold by falling score, of equal ones the first first: a heap, since most often a few of thousands are
/// asked for.
/// </summary>
internal ref struct Candidates
{
    /// <summary>
    /// A number for each: rank in the upper half, place in the lower. Each is less than the two at twice its place and behind.
    /// </summary>
    private readonly Span<ulong> _heap;
    private int _count;

    /// <param name="scores">Of each box.</param>
    /// <param name="least">What a score must exceed.</param>
    /// <param name="takesAll">No score is too low.</param>
    /// <param name="memory">A number for each box.</param>
    public Candidates(ReadOnlySpan<float> scores, float least, bool takesAll, Span<ulong> memory)
    {
        _heap = memory;
        int i = 0;
        while (i < scores.Length)
        {
            // Most boxes are none of a class: whole vectors are left out at once.
            if (!takesAll && i <= scores.Length - Vector<float>.Count
                && !Vector.GreaterThanAny(new Vector<float>(scores[i..]), new Vector<float>(least)))
            {
                i += Vector<float>.Count;
                continue;
            }

            int end = Math.Min(i + Vector<float>.Count, scores.Length);
            for (; i < end; i++)
            {
                if (takesAll || scores[i] > least)
                {
                    memory[_count++] = Number(scores[i], i);
                }
            }
        }

        for (int root = (_count / 2) - 1; root >= 0; root--)
        {
            Sink(root);
        }
    }

    /// <summary>Takes the best that is left.</summary>
    /// <returns>Its place among the scores, or −1 where none is left.</returns>
    public int Next()
    {
        if (_count == 0)
        {
            return -1;
        }

        int index = (int)(uint)_heap[0];
        _heap[0] = _heap[--_count];
        Sink(0);
        return index;
    }

    /// <remarks>Bits of floats compare as the floats do once negative ones are turned around; here the largest comes first.</remarks>
    private static ulong Number(float score, int place)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score);
        uint rising = (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
        return ((ulong)~rising << 32) | (uint)place;
    }

    private readonly void Sink(int root)
    {
        ulong sinking = _heap[root];
        while ((2 * root) + 1 is var child && child < _count)
        {
            if (child + 1 < _count && _heap[child + 1] < _heap[child])
            {
                child++;
            }

            if (sinking <= _heap[child])
            {
                break;
            }

            _heap[root] = _heap[child];
            root = child;
        }

        _heap[root] = sinking;
    }
}
