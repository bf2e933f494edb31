namespace ModelBuild.Compiler.Operators;

/// <summary>Walks the taps of each window of a volume, for plain evaluation. What has fewer axes is a volume of size 1 there.</summary>
internal sealed class WindowLoop
{
    private readonly AxisOfWindow _z;
    private readonly AxisOfWindow _y;
    private readonly AxisOfWindow _x;

    /// <param name="dimensions">Of the input, [N, C, spatial…].</param>
    public WindowLoop(SpatialWindow window, IReadOnlyList<long> dimensions)
    {
        int spatial = window.Kernel.Length;
        (_z, _y, _x) = (Axis(spatial - 3), Axis(spatial - 2), Axis(spatial - 1));

        AxisOfWindow Axis(int i) => i < 0
            ? new AxisOfWindow(1, 1, 1, 1, 1, 0, 0)
            : new AxisOfWindow(
                (int)dimensions[i + 2], (int)window.Output[i].Value, window.Kernel[i], window.Strides[i], window.Dilations[i],
                window.Begin[i], window.End[i]);
    }

    /// <summary>Number of windows.</summary>
    public int Windows => _z.Windows * _y.Windows * _x.Windows;

    /// <summary>Pixels of a volume of the input.</summary>
    public int Pixels => _z.Size * _y.Size * _x.Size;

    /// <summary>Taps of a window.</summary>
    public int Taps => _z.Kernel * _y.Kernel * _x.Kernel;

    /// <summary>The taps of a window that fall on the input, and the pixels they fall on.</summary>
    public IEnumerable<(int Tap, int Pixel)> Inside(int window) => Walk(window).Where(t => t.Pixel >= 0).Select(t => (t.Tap, t.Pixel));

    /// <summary>How many taps of a window fall on the input or its padding: a window rounded up can reach beyond both.</summary>
    public int CountPadded(int window) => Walk(window).Count();

    /// <summary>Pixel is −1 in the padding.</summary>
    private IEnumerable<(int Tap, int Pixel)> Walk(int window)
    {
        for (int tap = 0; tap < Taps; tap++)
        {
            int z = _z.Place(window / (_y.Windows * _x.Windows), tap / (_y.Kernel * _x.Kernel));
            int y = _y.Place(window / _x.Windows % _y.Windows, tap / _x.Kernel % _y.Kernel);
            int x = _x.Place(window % _x.Windows, tap % _x.Kernel);
            if (_z.IsPadded(z) && _y.IsPadded(y) && _x.IsPadded(x))
            {
                yield return (tap, _z.IsInside(z) && _y.IsInside(y) && _x.IsInside(x) ? (((z * _y.Size) + y) * _x.Size) + x : -1);
            }
        }
    }

    private readonly record struct AxisOfWindow(int Size, int Windows, int Kernel, int Stride, int Dilation, int Begin, int End)
    {
        public int Place(int window, int tap) => (window * Stride) - Begin + (tap * Dilation);

        public bool IsInside(int place) => place >= 0 && place < Size;

        public bool IsPadded(int place) => place < Size + End;
    }
}
