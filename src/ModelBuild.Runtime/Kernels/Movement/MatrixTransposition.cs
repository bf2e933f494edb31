using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Transposes a matrix of any elements: rows of the input become columns of the output.</summary>
internal static class MatrixTransposition
{
    /// <summary>How many rows are read side by side: as many elements are written next to each other.</summary>
    private const int TileRows = 4;

    /// <summary>How many rows of the output are in work at once, so that their cache lines stay until they are full.</summary>
    private const int TileColumns = 128;

    /// <param name="input">The first element of <paramref name="rows"/> rows of <paramref name="columns"/> neighbouring elements.</param>
    /// <param name="inputStride">From one row of the input to the next.</param>
    /// <param name="output">The first element of <paramref name="columns"/> rows of <paramref name="rows"/> neighbouring elements.</param>
    /// <param name="outputStride">From one row of the output to the next.</param>
    /// <param name="rows">Rows of the input.</param>
    /// <param name="columns">Columns of the input.</param>
    public static void Run<T>(ref T input, nint inputStride, ref T output, nint outputStride, nint rows, nint columns)
        where T : unmanaged
    {
        for (nint column = 0; column < columns; column += TileColumns)
        {
            nint count = nint.Min(TileColumns, columns - column);
            for (nint row = 0; row < rows; row += TileRows)
            {
                ref T x = ref Unsafe.Add(ref input, (row * inputStride) + column);
                ref T y = ref Unsafe.Add(ref output, (column * outputStride) + row);
                switch (rows - row)
                {
                    case 1:
                        Interleave1(ref x, ref y, outputStride, count);
                        break;
                    case 2:
                        Interleave2(ref x, inputStride, ref y, outputStride, count);
                        break;
                    case 3:
                        Interleave3(ref x, inputStride, ref y, outputStride, count);
                        break;
                    default:
                        Interleave4(ref x, inputStride, ref y, outputStride, count);
                        break;
                }
            }
        }
    }

    private static void Interleave1<T>(ref T x0, ref T y, nint stride, nint count)
    {
        for (nint i = 0; i < count; i++)
        {
            ref T target = ref Unsafe.Add(ref y, i * stride);
            target = Unsafe.Add(ref x0, i);
        }
    }

    private static void Interleave2<T>(ref T x0, nint inputStride, ref T y, nint stride, nint count)
    {
        ref T x1 = ref Unsafe.Add(ref x0, inputStride);
        for (nint i = 0; i < count; i++)
        {
            ref T target = ref Unsafe.Add(ref y, i * stride);
            target = Unsafe.Add(ref x0, i);
            Unsafe.Add(ref target, 1) = Unsafe.Add(ref x1, i);
        }
    }

    private static void Interleave3<T>(ref T x0, nint inputStride, ref T y, nint stride, nint count)
    {
        ref T x1 = ref Unsafe.Add(ref x0, inputStride);
        ref T x2 = ref Unsafe.Add(ref x1, inputStride);
        for (nint i = 0; i < count; i++)
        {
            ref T target = ref Unsafe.Add(ref y, i * stride);
            target = Unsafe.Add(ref x0, i);
            Unsafe.Add(ref target, 1) = Unsafe.Add(ref x1, i);
            Unsafe.Add(ref target, 2) = Unsafe.Add(ref x2, i);
        }
    }

    private static void Interleave4<T>(ref T x0, nint inputStride, ref T y, nint stride, nint count)
    {
        ref T x1 = ref Unsafe.Add(ref x0, inputStride);
        ref T x2 = ref Unsafe.Add(ref x1, inputStride);
        ref T x3 = ref Unsafe.Add(ref x2, inputStride);
        for (nint i = 0; i < count; i++)
        {
            ref T target = ref Unsafe.Add(ref y, i * stride);
            target = Unsafe.Add(ref x0, i);
            Unsafe.Add(ref target, 1) = Unsafe.Add(ref x1, i);
            Unsafe.Add(ref target, 2) = Unsafe.Add(ref x2, i);
            Unsafe.Add(ref target, 3) = Unsafe.Add(ref x3, i);
        }
    }
}
