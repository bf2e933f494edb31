namespace ModelBuild.Runtime.Kernels;

/// <summary>A product that several threads share: strips of pixels, and where there are few of them, panels too.</summary>
internal struct GemmWork : IParallelWork
{
    /// <summary>
    /// The least a unit has, in steps of a micro-kernel for one pixel and panel: two to four microseconds on the fastest processors.
    /// Whoever is done first waits for half of one on average.
    /// </summary>
    private const long UnitSteps = 8_192;

    /// <summary>Fewer units are not worth a second thread.</summary>
    private const int LeastUnits = 4;

    /// <summary>
    /// What a pixel of a panel costs besides: its epilogue, and its part of setting up a tile. Measured with an epilogue: where kernels
    /// finish by themselves it is less, and a few small products are cut that need not be.
    /// </summary>
    private const long EpilogueSteps = 8;

    /// <summary>Units for each thread, so that one that was interrupted does not keep all others waiting.</summary>
    private const int UnitsPerThread = 16;

    private GemmDriver _driver;
    private int _pixels;
    private int _strips;
    private int _stripParts;
    private int _panels;
    private int _panelParts;

    /// <summary>How many units there are.</summary>
    public readonly int Units => _stripParts * _panelParts;

    /// <summary>Cuts a product if that is worth it.</summary>
    public static bool TryCut(in GemmDriver driver, int pixels, int strips, int panels, int threads, out GemmWork work)
    {
        ref readonly MicroKernelArguments arguments = ref driver.Arguments;
        long steps = ((long)arguments.Rows * arguments.Segments * long.Max(arguments.Steps, 1)) + EpilogueSteps;
        int wanted = (int)long.Min(steps * pixels * panels / UnitSteps, (long)threads * UnitsPerThread);
        if (wanted < LeastUnits)
        {
            work = default;
            return false;
        }

        int stripParts = int.Min(strips, wanted);
        work = new GemmWork
        {
            _driver = driver,
            _pixels = pixels,
            _strips = strips,
            _stripParts = stripParts,
            _panels = panels,
            _panelParts = int.Min((wanted + stripParts - 1) / stripParts, (panels + 1) / 2),
        };
        return work.Units > 1;
    }

    /// <inheritdoc/>
    public readonly void Run(int unit)
    {
        // Neighbouring units have the same pixels, which whoever has a share of them had in the operator before.
        int part = unit / _panelParts;
        int block = unit % _panelParts;
        int firstStrip = Parts.First(_strips, part, _stripParts);
        int endStrip = Parts.First(_strips, part + 1, _stripParts);
        GemmDriver driver = _driver;
        driver.RunStrips(_pixels, _strips, firstStrip, endStrip, FirstPanel(block), FirstPanel(block + 1));
    }

    /// <summary>
    /// The first panel of a block. Two panels that are computed together stay together, or sums would have another order.
    /// </summary>
    private readonly int FirstPanel(int block)
    {
        int panel = Parts.First(_panels, block, _panelParts);
        return int.Min(panel + (panel % _driver.PanelsPerGroup % 2), _panels);
    }
}
