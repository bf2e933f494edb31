namespace ModelBuild.Compiler.Operators;

/// <summary>Walks the taps of each window of a plane, for plain evaluation. A single spatial axis is a plane of height 1.</summary>
internal sealed class WindowLoop
{
    private readonly int _height;
    private readonly int _width;
    private readonly int _columns;
    private readonly (int Kernel, int Stride, int Dilation, int Begin, int End) _y;
    private readonly (int Kernel, int Stride, int Dilation, int Begin, int End) _x;

    /// <param name="dimensions">Of the input, [N, C, spatial…].</param>
    public WindowLoop(SpatialWindow window, IReadOnlyList<long> dimensions)
    {
        int last = window.Kernel.Length - 1;
        _x = Axis(last);
        _y = last == 1 ? Axis(0) : (1, 1, 1, 0, 0);
        _height = last == 1 ? (int)dimensions[2] : 1;
        _width = (int)dimensions[^1];
        _columns = (int)window.Output[last].Value;
        Windows = last == 1 ? _columns * (int)window.Output[0].Value : _columns;

        (int, int, int, int, int) Axis(int i) => (window.Kernel[i], window.Strides[i], window.Dilations[i], window.Begin[i], window.End[i]);
    }

    /// <summary>Number of windows.</summary>
    public int Windows { get; }

    /// <summary>Pixels of a plane of the input.</summary>
    public int Pixels => _height * _width;

    /// <summary>Taps of a window.</summary>
    public int Taps => _y.Kernel * _x.Kernel;

    /// <summary>The taps of a window that fall on the input, and the pixels they fall on.</summary>
    public IEnumerable<(int Tap, int Pixel)> Inside(int window) => Walk(window).Where(t => t.Pixel >= 0).Select(t => (t.Tap, t.Pixel));

    /// <summary>How many taps of a window fall on the input or its padding: a window rounded up can reach beyond both.</summary>
    public int CountPadded(int window) => Walk(window).Count();

    /// <summary>Pixel is −1 in the padding.</summary>
    private IEnumerable<(int Tap, int Pixel)> Walk(int window)
    {
        for (int tap = 0; tap < Taps; tap++)
        {
            int y = (window / _columns * _y.Stride) - _y.Begin + (tap / _x.Kernel * _y.Dilation);
            int x = (window % _columns * _x.Stride) - _x.Begin + (tap % _x.Kernel * _x.Dilation);
            if (y < _height + _y.End && x < _width + _x.End)
            {
                yield return (tap, y >= 0 && y < _height && x >= 0 && x < _width ? (y * _width) + x : -1);
            }
        }
    }
}
