using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Where the pixels of a strip begin, in its input or in a window whose bytes were widened, and how many there are.</summary>
internal unsafe partial struct GemmDriver
{
    /// <summary>Strips that are smaller read weights too often.</summary>
    private const int FewestWidenedPixels = 6;

    /// <summary>How many pixels a strip has. Where no window fits, kernels that read bytes take the product.</summary>
    private int ChooseStrips(int pixels, int groups)
    {
        if (pixels == 0 || Products is not { IsWidened: true })
        {
            return StripPixels;
        }

        int widened = WidenedPixels(pixels, groups);
        if (widened >= int.Min(pixels, FewestWidenedPixels))
        {
            return widened;
        }

        Products = null;
        Kernels = _table.UInt8;
        return StripPixels;
    }

    /// <summary>The pixels of a strip whose window can be widened, or none.</summary>
    private int WidenedPixels(int all, int groups)
    {
        nint rows = (Arguments.Rows - 1) * Arguments.RowStep;
        nint segments = (Arguments.Segments - 1) * Arguments.SegmentStep;
        nint others = (groups - 1) * GroupStep;
        if (IsOdd(Arguments.RowStep, Arguments.Rows) || IsOdd(Arguments.SegmentStep, Arguments.Segments) || IsOdd(GroupStep, groups))
        {
            return 0;
        }

        _reach = rows + segments + ((nint)Arguments.Steps * WeightPacking.QuadLength) + others;
        int pixels = int.Min(all, StripPixels);
        while (pixels > 0 && _reach + Distance(pixels - 1) > WidenedWindow.MaximumBytes)
        {
            pixels /= 2;
        }

        return pixels;

        static bool IsOdd(nint step, int count) => count > 1 && (step & 1) != 0;
    }

    /// <summary>At most so many bytes lie between two pixels, of which one is so many behind the other.</summary>
    private readonly nint Distance(int pixels)
    {
        (nint rows, nint left) = Math.DivRem((nint)pixels, Width);
        nint inRow = (rows * RowStep) + (left * PixelStep);
        return left == 0 ? inRow : nint.Max(inRow, ((rows + 1) * RowStep) - ((Width - left) * PixelStep));
    }

    /// <summary>Where some pixels begin, in the input or in its window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Locate(byte** pixels, int first, int count)
    {
        if (Products is { IsWidened: true })
        {
            LocateWidened(pixels, first, count);
        }
        else
        {
            LocatePixels(pixels, first, count, shift: 0);
        }
    }

    /// <summary>Where some pixels begin.</summary>
    /// <param name="pixels">Gets the places.</param>
    /// <param name="first">The number of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="shift">Bytes from the input to what is read in its place.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void LocatePixels(byte** pixels, int first, int count, nint shift)
    {
        int x = first % Width;
        byte* row = Input + shift + (first / Width * RowStep);
        byte* pixel = row + (x * PixelStep);
        for (int i = 0; i < count; i++)
        {
            pixels[i] = pixel;
            pixel += PixelStep;
            if (++x == Width)
            {
                x = 0;
                row += RowStep;
                pixel = row;
            }
        }
    }

    /// <summary>Widens what some pixels read, and says where they begin then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void LocateWidened(byte** pixels, int first, int count)
    {
        byte* start = Pixel(first);
        bool hasOdd = ((PixelStep | RowStep) & 1) != 0;
        byte* even = WidenedWindow.Widen(start, (nint)(Pixel(first + count - 1) - start) + _reach, hasOdd);
        LocatePixels(pixels, first, count, (nint)(even - start));
        if (hasOdd)
        {
            WidenedWindow.MoveOdd(pixels, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Pixel(int number)
    {
        (int row, int x) = Math.DivRem(number, Width);
        return Input + (row * RowStep) + (x * PixelStep);
    }
}
