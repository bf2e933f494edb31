using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Copies a box of elements between two tensors with strides of their own: what transposing, joining, slicing and padding have in
/// common. The caller has made sure that both boxes lie inside their spans.
/// </summary>
internal struct StridedCopy
{
    /// <summary>The most dimensions a tensor may have, in all kernels.</summary>
    public const int MaximumRank = 8;

    private Dimensions _dimensions;
    private int _rank;
    private bool _isEmpty;

    /// <summary>The last two dimensions are a matrix that the copy transposes.</summary>
    private bool _transposes;

    /// <summary>Where the box begins in the input, in elements.</summary>
    public long InputOffset { get; set; }

    /// <summary>Where the box begins in the output, in elements.</summary>
    public long OutputOffset { get; set; }

    /// <summary>Appends a dimension, from the outermost to the innermost; strides in elements, possibly negative or zero.</summary>
    public void Add(long length, long inputStride, long outputStride)
    {
        _isEmpty |= length == 0;
        if (length == 1)
        {
            return;
        }

        // A dimension whose step equals a whole run of the next one is part of it.
        if (_rank > 0
            && _dimensions[_rank - 1].InputStride == inputStride * length
            && _dimensions[_rank - 1].OutputStride == outputStride * length)
        {
            _dimensions[_rank - 1] = new Dimension(_dimensions[_rank - 1].Length * length, inputStride, outputStride);
        }
        else
        {
            _dimensions[_rank++] = new Dimension(length, inputStride, outputStride);
        }
    }

    /// <summary>Copies the box. Only the size of the elements counts, so there is one copy of the code for each size.</summary>
    /// <exception cref="NotSupportedException">The elements have not 1, 2, 4 or 8 bytes.</exception>
    public void Run<T>(ReadOnlySpan<T> input, Span<T> output)
    {
        if (_isEmpty)
        {
            return;
        }

        FindTransposition();
        ref T from = ref Unsafe.Add(ref MemoryMarshal.GetReference(input), (nint)InputOffset);
        ref T to = ref Unsafe.Add(ref MemoryMarshal.GetReference(output), (nint)OutputOffset);
        switch (Unsafe.SizeOf<T>())
        {
            case sizeof(byte):
                Run(0, ref Unsafe.As<T, byte>(ref from), ref Unsafe.As<T, byte>(ref to));
                break;
            case sizeof(ushort):
                Run(0, ref Unsafe.As<T, ushort>(ref from), ref Unsafe.As<T, ushort>(ref to));
                break;
            case sizeof(uint):
                Run(0, ref Unsafe.As<T, uint>(ref from), ref Unsafe.As<T, uint>(ref to));
                break;
            case sizeof(ulong):
                Run(0, ref Unsafe.As<T, ulong>(ref from), ref Unsafe.As<T, ulong>(ref to));
                break;
            default:
                throw new NotSupportedException($"Elements of {Unsafe.SizeOf<T>()} bytes are not moved.");
        }
    }

    /// <summary>
    /// Where neighbours of the output are none of the input, the dimension along which the input has its neighbours moves next to the
    /// last one; the order of the loops does not matter otherwise.
    /// </summary>
    private void FindTransposition()
    {
        if (_rank < 2 || _dimensions[_rank - 1].InputStride == 1 || _dimensions[_rank - 1].OutputStride != 1)
        {
            return;
        }

        for (int i = 0; i < _rank - 1; i++)
        {
            if (_dimensions[i].InputStride == 1)
            {
                (_dimensions[i], _dimensions[_rank - 2]) = (_dimensions[_rank - 2], _dimensions[i]);
                _transposes = true;
                return;
            }
        }
    }

    private readonly void Run<TBits>(int index, ref TBits input, ref TBits output)
    {
        if (index == _rank)
        {
            output = input;
            return;
        }

        Dimension dimension = _dimensions[index];
        if (_transposes && index == _rank - 2)
        {
            Dimension last = _dimensions[index + 1];
            MatrixTransposition.Run(
                ref input, (nint)last.InputStride, ref output, (nint)dimension.OutputStride, (nint)last.Length, (nint)dimension.Length);
        }
        else if (index == _rank - 2 && _dimensions[_rank - 1] is { InputStride: 1, OutputStride: 1 })
        {
            nint size = Unsafe.SizeOf<TBits>();
            int length = (int)_dimensions[_rank - 1].Length;
            if (RowCopy.Suits((long)length * size))
            {
                RowCopy.Run(
                    ref Unsafe.As<TBits, byte>(ref input), (nint)dimension.InputStride * size, ref Unsafe.As<TBits, byte>(ref output),
                    (nint)dimension.OutputStride * size, (nint)dimension.Length, length * size);
                return;
            }

            for (nint i = 0; i < (nint)dimension.Length; i++)
            {
                ref TBits from = ref Unsafe.Add(ref input, i * (nint)dimension.InputStride);
                ref TBits to = ref Unsafe.Add(ref output, i * (nint)dimension.OutputStride);
                MemoryMarshal.CreateReadOnlySpan(ref from, length).CopyTo(MemoryMarshal.CreateSpan(ref to, length));
            }
        }
        else if (index < _rank - 1)
        {
            for (nint i = 0; i < (nint)dimension.Length; i++)
            {
                Run(
                    index + 1,
                    ref Unsafe.Add(ref input, i * (nint)dimension.InputStride),
                    ref Unsafe.Add(ref output, i * (nint)dimension.OutputStride));
            }
        }
        else if (dimension is { InputStride: 1, OutputStride: 1 })
        {
            int length = (int)dimension.Length;
            MemoryMarshal.CreateReadOnlySpan(ref input, length).CopyTo(MemoryMarshal.CreateSpan(ref output, length));
        }
        else if (dimension is { InputStride: 0, OutputStride: 1 })
        {
            MemoryMarshal.CreateSpan(ref output, (int)dimension.Length).Fill(input);
        }
        else
        {
            nint length = (nint)dimension.Length;
            nint inputStride = (nint)dimension.InputStride;
            nint outputStride = (nint)dimension.OutputStride;
            for (nint i = 0; i < length; i++)
            {
                Unsafe.Add(ref output, i * outputStride) = Unsafe.Add(ref input, i * inputStride);
            }
        }
    }

    private readonly record struct Dimension(long Length, long InputStride, long OutputStride);

    [InlineArray(MaximumRank)]
    private struct Dimensions
    {
        private Dimension _first;
    }
}
