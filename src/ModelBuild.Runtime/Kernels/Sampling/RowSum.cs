using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// A weighted sum of rows: the products are summed up in the order in which they come, each rounded by itself. A weight of zero counts
/// for nothing, so that what it belongs to may be infinite.
/// </summary>
/// <typeparam name="T">Type of the elements: float, or byte, whose codes count as the numbers that they are.</typeparam>
internal ref struct RowSum<T>(Span<float> row)
{
    private readonly Span<float> _row = row;
    private ReadOnlySpan<T> _first;
    private float _firstWeight;
    private bool _isWritten;

    /// <summary>Adds a row as wide as the sum.</summary>
    public void Add(float weight, ReadOnlySpan<T> row)
    {
        if (weight == 0)
        {
            return;
        }

        // Two rows, as in linear interpolation, are read and the sum written once; a sum of more is read again.
        if (_isWritten)
        {
            Apply(new AccumulateOperator(weight), (ReadOnlySpan<float>)_row, row);
        }
        else if (_firstWeight != 0)
        {
            Apply(new BlendOperator(_firstWeight, weight), _first, row);
            _isWritten = true;
        }
        else
        {
            _first = row;
            _firstWeight = weight;
        }
    }

    /// <summary>Writes what is not written yet.</summary>
    public readonly void Finish()
    {
        if (_isWritten)
        {
            return;
        }

        if (_firstWeight == 0)
        {
            _row.Clear();
        }
        else
        {
            Elementwise.Apply(new ProductOperator(_firstWeight), _first, _row);
        }
    }

    private readonly void Apply<TOperator, TLeft>(TOperator operation, ReadOnlySpan<TLeft> left, ReadOnlySpan<T> right)
        where TOperator : struct, IBinaryOperator => Elementwise.Apply(
        operation,
        new Operand<TLeft>(ref MemoryMarshal.GetReference(left), isContiguous: true),
        new Operand<T>(ref MemoryMarshal.GetReference(right), isContiguous: true),
        ref MemoryMarshal.GetReference(_row),
        (uint)_row.Length);

    private readonly struct ProductOperator(float weight) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => value * TLanes.Broadcast(weight);
    }

    private readonly struct BlendOperator(float first, float second) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            (left * TLanes.Broadcast(first)) + (right * TLanes.Broadcast(second));
    }

    private readonly struct AccumulateOperator(float weight) : IBinaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes left, TLanes right)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => left + (right * TLanes.Broadcast(weight));
    }
}
