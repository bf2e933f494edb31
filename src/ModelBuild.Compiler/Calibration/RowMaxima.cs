namespace ModelBuild.Compiler.Calibration;

/// <summary>
/// The largest elements of the rows that a Softmax reads. A row of which a mask has left nothing means nothing, and is told by its place:
/// as far down as the mask pushes, with no other row near it.
/// </summary>
internal sealed class RowMaxima
{
    /// <summary>No scores by themselves are that far down, as a power of two.</summary>
    private const int LeastMask = 8;

    /// <summary>Other rows are so many powers of two nearer to zero at least.</summary>
    private const int Gap = 5;

    private const int Bias = 127;

    private readonly float[] _negative = [.. Enumerable.Repeat(float.PositiveInfinity, 256)];
    private readonly bool[] _isThere = new bool[256];
    private float _positive = float.PositiveInfinity;

    /// <summary>The smallest that counts; null where there are no rows.</summary>
    public float? Smallest
    {
        get
        {
            if (!_isThere.Contains(true))
            {
                return null;
            }

            int end = _isThere.Length;
            for (int exponent = end - 1; exponent >= Bias + LeastMask; exponent--)
            {
                bool isAlone = _isThere.AsSpan(exponent - Gap, Gap).IndexOf(true) < 0;
                if (_negative[exponent] < 0 && isAlone && _isThere.AsSpan(0, exponent).Contains(true))
                {
                    end = exponent;
                    break;
                }
            }

            return MathF.Min(_negative.AsSpan(0, end).ToArray().Min(), _positive);
        }
    }

    public void Add(float largest)
    {
        int exponent = (BitConverter.SingleToInt32Bits(largest) >> 23) & 0xFF;
        _isThere[exponent] = true;
        if (largest < 0)
        {
            _negative[exponent] = MathF.Min(_negative[exponent], largest);
        }
        else
        {
            _positive = MathF.Min(_positive, largest);
        }
    }
}
