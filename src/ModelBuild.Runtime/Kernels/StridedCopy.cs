using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Copies a box of elements between two tensors with strides of their own: what transposing, slicing and padding have in common. The
/// caller has made sure that both boxes lie inside their spans.
/// </summary>
internal ref struct StridedCopy
{
    /// <summary>The most dimensions a tensor may have here.</summary>
    public const int MaximumRank = 8;

    private Extents _lengths;
    private Extents _inputStrides;
    private Extents _outputStrides;
    private int _rank;

    /// <summary>Appends a dimension, from the outermost to the innermost; strides in elements, possibly negative or zero.</summary>
    public void Add(long length, long inputStride, long outputStride)
    {
        if (length == 1)
        {
            return;
        }

        // A dimension whose step equals a whole run of the next one is part of it.
        if (_rank > 0 && _inputStrides[_rank - 1] == inputStride * length && _outputStrides[_rank - 1] == outputStride * length)
        {
            _lengths[_rank - 1] *= length;
            _inputStrides[_rank - 1] = inputStride;
            _outputStrides[_rank - 1] = outputStride;
            return;
        }

        _lengths[_rank] = length;
        _inputStrides[_rank] = inputStride;
        _outputStrides[_rank] = outputStride;
        _rank++;
    }

    /// <summary>Copies the box whose first elements are given.</summary>
    public void Run<T>(ref T input, ref T output)
        where T : unmanaged
    {
        for (int i = 0; i < _rank; i++)
        {
            if (_lengths[i] == 0)
            {
                return;
            }
        }

        if (_rank == 0)
        {
            output = input;
            return;
        }

        Run(0, ref input, ref output);
    }

    private void Run<T>(int dimension, ref T input, ref T output)
        where T : unmanaged
    {
        nint length = (nint)_lengths[dimension];
        nint inputStride = (nint)_inputStrides[dimension];
        nint outputStride = (nint)_outputStrides[dimension];
        if (dimension < _rank - 1)
        {
            for (nint i = 0; i < length; i++)
            {
                Run(dimension + 1, ref Unsafe.Add(ref input, i * inputStride), ref Unsafe.Add(ref output, i * outputStride));
            }
        }
        else if (inputStride == 1 && outputStride == 1)
        {
            MemoryMarshal.CreateReadOnlySpan(ref input, (int)length).CopyTo(MemoryMarshal.CreateSpan(ref output, (int)length));
        }
        else
        {
            for (nint i = 0; i < length; i++)
            {
                Unsafe.Add(ref output, i * outputStride) = Unsafe.Add(ref input, i * inputStride);
            }
        }
    }

    [InlineArray(MaximumRank)]
    private struct Extents
    {
        private long _first;
    }
}
