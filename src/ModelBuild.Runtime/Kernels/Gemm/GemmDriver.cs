using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The one driver of all heavy kernels: convolution, depthwise convolution and matrix product, bytes and floats. It cuts the output into
/// strips of pixels and panels of channels, and has a micro-kernel fill the accumulators and an epilogue turn them into output, or one
/// kernel do both while they are in registers.
/// A matrix product is an image of one row whose pixels are the rows of the left matrix.
/// </summary>
/// <remarks>
/// A strip's input and a panel's weights stay in the first-level cache while they are used; the strip is large enough that fetching
/// a panel again for the next strip does not count. Ranges of pixels and of panels are independent.
/// </remarks>
internal unsafe partial struct GemmDriver
{
    /// <summary>Pixels in a strip, a multiple of the rows of every micro-kernel.</summary>
    public const int StripPixels = 96;

    /// <summary>Most panels that a micro-kernel does at once.</summary>
    public const int MaximumPanels = 2;

    /// <summary>Bytes between the accumulators of two panels that are computed together.</summary>
    public const int AccumulatorsPanelStep = StripPixels * AccumulatorsPixelStep;

    /// <summary>Bytes between the accumulators of two pixels.</summary>
    public const int AccumulatorsPixelStep = WeightPacking.PanelWidth * sizeof(int);

    private const int Alignment = 64;

    /// <summary>First input element of the first output pixel.</summary>
    public byte* Input;

    /// <summary>Output pixels in a row.</summary>
    public int Width;

    /// <summary>Bytes of the input from one output pixel to the next.</summary>
    public nint PixelStep;

    /// <summary>Bytes of the input from one row of output pixels to the next.</summary>
    public nint RowStep;

    /// <summary>Output channels of a group.</summary>
    public int GroupChannels;

    /// <summary>Bytes of the input from one group's channels to the next's.</summary>
    public nint GroupStep;

    /// <summary>Bytes of the input from one panel's channels to the next's: zero unless depthwise.</summary>
    public nint PanelInputStep;

    /// <summary>Bytes of weights from one panel to the next.</summary>
    public nint PanelStep;

    /// <summary>The packed weights.</summary>
    public byte* Weights;

    /// <summary>Bytes of weights from one slice of taps to the next: those of a volume.</summary>
    public nint SliceStep;

    /// <summary>Per padded output channel, 4 bytes each.</summary>
    public byte* Bias;

    /// <summary>The receptive field; the rest is filled in per call.</summary>
    public MicroKernelArguments Arguments;

    /// <summary>The output and what belongs to it; the rest is filled in per call.</summary>
    public EpilogueArguments Epilogue;

    /// <summary>Output element of the image's first pixel.</summary>
    public nint OutputOffset;

    /// <summary>The epilogue.</summary>
    public delegate*<EpilogueArguments*, void> StoreStrip;

    /// <summary>The epilogue that adds floats to what is there: for all slices of a volume's taps but the first.</summary>
    public delegate*<EpilogueArguments*, void> AddStrip;

    /// <summary>Micro-kernels for tiles of 1, 2, … pixels against one panel.</summary>
    public delegate*<MicroKernelArguments*, void>[] Kernels;

    /// <summary>The same against two panels at once, or null.</summary>
    public delegate*<MicroKernelArguments*, void>[]? PairKernels;

    /// <summary>Machine code that takes the place of the kernels; null where there is none, or it cannot do this.</summary>
    public ProductCode? Products;

    /// <summary>What machine code makes of accumulators where it can, without an epilogue; null where there is one.</summary>
    public FinishingTarget? Finishing;

    /// <summary>Kernels that do the epilogue's work for whole panels of floats; null where there are none.</summary>
    public FinishingKernels? FinishingFloats;

    /// <summary>The rows of <see cref="FinishingTarget.FloatsOfRows"/>.</summary>
    public DequantizedRows Rows;

    /// <summary>Bytes from the first that a pixel reads to behind the last, through all groups, where windows are widened.</summary>
    private nint _reach;

    /// <summary>Has the kernels that take the place of machine code whose windows do not fit.</summary>
    private KernelTable _table;

    /// <summary>Panels in a group.</summary>
    public readonly int PanelsPerGroup => (GroupChannels + WeightPacking.PanelWidth - 1) / WeightPacking.PanelWidth;

    /// <summary>Takes the kernels for bytes. Called when the epilogue is known.</summary>
    /// <param name="kernels">The kernels of the tier.</param>
    /// <param name="kind">What becomes of the accumulators.</param>
    public void UseBytes(KernelTable kernels, EpilogueKind kind)
    {
        Use(kernels.ProductsOfBytes, kernels, kind);
        _table = kernels;
        if (Products is null)
        {
            Kernels = kernels.UInt8;
        }
    }

    /// <summary>Takes the kernels for floats. Called when the epilogue is known.</summary>
    /// <param name="kernels">The kernels of the tier.</param>
    /// <param name="kind">What becomes of the accumulators.</param>
    /// <param name="isWhole">Whether one pass is all there is: accumulators become output while they are in registers.</param>
    public void UseFloats(KernelTable kernels, EpilogueKind kind, bool isWhole)
    {
        Use(kernels.ProductsOfFloats, kernels, kind);
        if (!isWhole)
        {
            Finishing = null;
        }

        if (Products is null)
        {
            Kernels = kernels.Float32;
            PairKernels = kernels.PairFloat32;
            FinishingFloats = isWhole ? kernels.FinishFloat32(kind) : null;
        }
    }

    /// <summary>Has one kernel go from bytes to floats, each row with codes of its own. Machine code only.</summary>
    /// <param name="products">The code.</param>
    /// <param name="rows">Rows and columns.</param>
    /// <param name="output">The output.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="minimum">Smallest output.</param>
    /// <param name="maximum">Largest output.</param>
    public void FinishRows(
        ProductCode products, in DequantizedRows rows, float* output, int columns, float minimum, float maximum)
    {
        Products = products;
        Finishing = FinishingTarget.FloatsOfRows;
        Rows = rows;
        Epilogue = new EpilogueArguments { Output = output, Channels = columns };
        Arguments.Finishing = new FinishingArguments
        {
            OutputStep = (nint)columns * sizeof(float), MinimumFloat = minimum, Maximum = maximum,
        };
    }

    private void Use(ProductCode? products, KernelTable kernels, EpilogueKind kind)
    {
        StoreStrip = kernels.Epilogue(kind);
        Products = products;
        Finishing = ProductCode.Target(kind);
        if (products is not null && Finishing is { } target)
        {
            Arguments.Finishing = products.Arguments(target, Epilogue);
        }
    }

    /// <summary>
    /// Computes all images of a convolution, one after the other, each padded into the scratch memory if need be. A slice of a volume is
    /// a sum of convolutions of images: one for each slice of taps that lies inside the input.
    /// </summary>
    /// <param name="shape">The convolution.</param>
    /// <param name="input">The images.</param>
    /// <param name="padding">The element that stands for zero.</param>
    /// <param name="scratch">Room for the copy.</param>
    /// <param name="threads">How many threads may work on it.</param>
    public void RunImages<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, T padding, Span<byte> scratch, int threads)
    {
        CheckImages(shape, input, scratch.Length);
        bool copy = shape.IsCopied(Unsafe.SizeOf<T>());
        nint channelsStep = (nint)shape.InputChannels * Unsafe.SizeOf<T>();
        nint pitch = (copy ? shape.PaddedWidth : shape.InputWidth) * channelsStep;
        Width = shape.OutputWidth;
        PixelStep = shape.StrideX * channelsStep;
        RowStep = shape.StrideY * pitch;
        Arguments.RowStep = shape.DilationY * pitch;
        Arguments.SegmentStep = shape.DilationX * channelsStep;

        int panels = shape.OutputChannels / GroupChannels * PanelsPerGroup;
        int sliceLength = (int)shape.InputSliceLength;
        Span<byte> zeros = scratch[..shape.ZeroBytes];
        zeros.Clear();
        Span<byte> copies = scratch[shape.ZeroBytes..];
        Span<T> padded = MemoryMarshal.CreateSpan(
            ref Unsafe.As<byte, T>(ref MemoryMarshal.GetReference(copies)), copies.Length / Unsafe.SizeOf<T>());
        GemmDriver first = this;
        fixed (byte* noBias = zeros)
        {
            for (int slice = 0; slice < shape.Batch * shape.OutputDepth; slice++)
            {
                long start = ((long)(slice % shape.OutputDepth) * shape.StrideZ) - shape.PadFront;
                (nuint position, nuint inside) = PoolingLoop.Clip(start, shape.KernelDepth, shape.DilationZ, shape.InputDepth);
                OutputOffset = (nint)(slice * shape.OutputSliceLength);

                // Where all taps lie in the padding there is one pass that multiplies nothing.
                int taps = (int)inside;
                int tap = taps == 0 ? 0 : (int)(((long)position - start) / shape.DilationZ);
                int source = (slice / shape.OutputDepth * shape.InputDepth) + (int)position;
                int passes = int.Max(taps, 1);
                for (int pass = 0; pass < passes; pass++, tap++, source += shape.DilationZ)
                {
                    Arguments.Rows = taps == 0 ? 0 : shape.KernelHeight;
                    Weights = first.Weights + (tap * SliceStep);
                    Epilogue = first.Epilogue;
                    Bias = pass == 0 ? first.Bias : noBias;
                    StoreStrip = pass == 0 ? first.StoreStrip : AddStrip;
                    if (pass > 0)
                    {
                        Epilogue.Residual = Epilogue.Output;
                    }

                    if (pass < passes - 1)
                    {
                        (Epilogue.Minimum, Epilogue.Maximum) = (float.NegativeInfinity, float.PositiveInfinity);
                    }

                    ReadOnlySpan<T> image = input.Slice(source * sliceLength, sliceLength);
                    if (copy)
                    {
                        ImagePadding.Pad(shape, image, padding, padded, threads);
                        image = padded;
                    }

                    fixed (byte* pixels = &Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(image)))
                    {
                        Input = pixels;
                        Run(shape.OutputHeight * shape.OutputWidth, panels, threads);
                    }
                }
            }
        }
    }

    /// <summary>Checks the lengths that every convolution of images needs, whether it uses the scratch memory or not.</summary>
    public static void CheckImages<T>(in ConvolutionShape shape, ReadOnlySpan<T> input, int scratchLength)
    {
        SpanGuard.Length(input.Length, shape.InputLength, nameof(input));
        SpanGuard.AtLeast(scratchLength, shape.ScratchBytes(Unsafe.SizeOf<T>()), "scratch");
    }

    /// <summary>Computes all output pixels of the image, of all panels of all groups.</summary>
    /// <param name="pixels">How many pixels there are.</param>
    /// <param name="panels">How many panels there are.</param>
    /// <param name="threads">How many threads may work on it. Outputs do not depend on it: the tiles are the same.</param>
    public void Run(int pixels, int panels, int threads)
    {
        int stripPixels = ChooseStrips(pixels, panels / PanelsPerGroup);
        int strips = (pixels + stripPixels - 1) / stripPixels;
        if (threads > 1 && GemmWork.TryCut(this, pixels, strips, panels, threads, out GemmWork work))
        {
            Workers.Run(work, work.Units, threads);
        }
        else
        {
            RunStrips(pixels, strips, 0, strips, 0, panels);
        }
    }

    /// <summary>
    /// Computes the strips <c>[firstStrip, endStrip)</c> of so many into which the image is cut, of the panels
    /// <c>[firstPanel, endPanel)</c>, counted through all groups.
    /// </summary>
    public void RunStrips(int allPixels, int strips, int firstStrip, int endStrip, int firstPanel, int endPanel)
    {
        if (KernelTable.IsStarting)
        {
            RunAtStart(allPixels, strips, firstStrip, endStrip, firstPanel, endPanel);
        }
        else
        {
            RunOptimized(allPixels, strips, firstStrip, endStrip, firstPanel, endPanel);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunOptimized(int allPixels, int strips, int firstStrip, int endStrip, int firstPanel, int endPanel)
    {
        byte** pixels = stackalloc byte*[StripPixels];
        byte* memory = stackalloc byte[(MaximumPanels * AccumulatorsPanelStep) + Alignment];
        RunStrips(allPixels, strips, firstStrip, endStrip, firstPanel, endPanel, pixels, memory);
    }

    /// <summary>The same, where precompiled code is used.</summary>
    [SkipLocalsInit]
    private void RunAtStart(int allPixels, int strips, int firstStrip, int endStrip, int firstPanel, int endPanel)
    {
        byte** pixels = stackalloc byte*[StripPixels];
        byte* memory = stackalloc byte[(MaximumPanels * AccumulatorsPanelStep) + Alignment];
        RunStrips(allPixels, strips, firstStrip, endStrip, firstPanel, endPanel, pixels, memory);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RunStrips(
        int allPixels, int strips, int firstStrip, int endStrip, int firstPanel, int endPanel, byte** pixels, byte* memory)
    {
        byte* accumulators = (byte*)(((nint)memory + Alignment - 1) & -Alignment);

        int panelsPerGroup = PanelsPerGroup;
        int maximumPanels = Products?.MaximumPanels ?? (PairKernels is null ? 1 : MaximumPanels);
        for (int strip = firstStrip; strip < endStrip; strip++)
        {
            // Strips of nearly equal size, rather than full ones and a small remainder.
            int start = Parts.First(allPixels, strip, strips);
            int count = Parts.First(allPixels, strip + 1, strips) - start;
            Locate(pixels, start, count);
            for (int panel = firstPanel; panel < endPanel;)
            {
                int group = panel / panelsPerGroup;
                int inGroup = panel - (group * panelsPerGroup);
                int together = maximumPanels > 1 && inGroup + 1 < panelsPerGroup && panel + 1 < endPanel ? 2 : 1;

                Arguments.InputOffset = (group * GroupStep) + (inGroup * PanelInputStep);
                Arguments.Weights = Weights + (panel * PanelStep);
                Arguments.Bias = Bias + ((nint)panel * AccumulatorsPixelStep);
                int firstChannel = inGroup * WeightPacking.PanelWidth;
                int lanes = int.Min(together * WeightPacking.PanelWidth, GroupChannels - firstChannel);
                nint element = OutputOffset + ((nint)start * Epilogue.Channels) + (group * GroupChannels) + firstChannel;
                if (Products is not null)
                {
                    if (MultiplyByCode(pixels, start, count, panel, together, lanes, element, accumulators))
                    {
                        panel += together;
                        continue;
                    }
                }
                else if (FinishingFloats is { } floats && lanes == together * WeightPacking.PanelWidth)
                {
                    MultiplyFloats(together == 2 ? floats.Pair! : floats.Single, pixels, count, element);
                    panel += together;
                    continue;
                }
                else
                {
                    Multiply(together == 2 ? PairKernels! : Kernels, pixels, count, accumulators);
                }

                for (int i = 0; i < together; i++, panel++)
                {
                    int before = i * WeightPacking.PanelWidth;
                    Epilogue.Accumulators = accumulators + (i * AccumulatorsPanelStep);
                    Epilogue.Pixels = count;
                    Epilogue.FirstElement = element + before;
                    Epilogue.FirstLane = panel * WeightPacking.PanelWidth;
                    Epilogue.Lanes = Math.Min(WeightPacking.PanelWidth, lanes - before);
                    fixed (EpilogueArguments* epilogue = &Epilogue)
                    {
                        StoreStrip(epilogue);
                    }
                }
            }
        }
    }

    /// <summary>Cuts a strip into tiles of nearly equal size: a lone last pixel would waste most of a kernel.</summary>
    /// <returns>The pixels of a tile, and how many tiles have one more, and how many have not.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int Rows, int Larger, int Smaller) Cut(int count, int maximumRows)
    {
        int tiles = (count + maximumRows - 1) / maximumRows;
        int rows = count / tiles;
        int larger = count - (rows * tiles);
        return (rows, larger, tiles - larger);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Multiply(delegate*<MicroKernelArguments*, void>[] kernels, byte** pixels, int count, byte* accumulators)
    {
        (int rows, int larger, int smaller) = Cut(count, kernels.Length);
        Arguments.PanelStep = PanelStep;
        Arguments.Pixels = pixels;
        Arguments.Accumulators = accumulators;
        fixed (MicroKernelArguments* arguments = &Arguments)
        {
            if (larger > 0)
            {
                arguments->Tiles = larger;
                kernels[rows](arguments);
                arguments->Pixels += larger * (rows + 1);
                arguments->Accumulators += larger * (rows + 1) * AccumulatorsPixelStep;
            }

            arguments->Tiles = smaller;
            kernels[rows - 1](arguments);
        }
    }

    /// <summary>The same for floats that go to the output at once.</summary>
    private void MultiplyFloats(delegate*<MicroKernelArguments*, void>[] kernels, byte** pixels, int count, nint element)
    {
        (int rows, int larger, int smaller) = Cut(count, kernels.Length);
        Arguments.PanelStep = PanelStep;
        Arguments.Pixels = pixels;
        ref FinishingArguments finishing = ref Arguments.Finishing;
        finishing.Output = (byte*)((float*)Epilogue.Output + element);
        finishing.Beside = (byte*)((float*)Epilogue.Residual + element);
        finishing.OutputStep = (nint)Epilogue.Channels * sizeof(float);
        finishing.MinimumFloat = Epilogue.Minimum;
        finishing.Maximum = Epilogue.Maximum;
        fixed (MicroKernelArguments* arguments = &Arguments)
        {
            if (larger > 0)
            {
                nint done = larger * (rows + 1);
                arguments->Tiles = larger;
                kernels[rows](arguments);
                Advance(arguments, done, arguments->Finishing.OutputStep);
            }

            arguments->Tiles = smaller;
            kernels[rows - 1](arguments);
        }
    }

    /// <summary>Goes on behind some pixels, in the input, in the output and in what lies beside it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Advance(MicroKernelArguments* arguments, nint pixels, nint besideStep)
    {
        arguments->Pixels += pixels;
        arguments->Finishing.Output += pixels * arguments->Finishing.OutputStep;
        arguments->Finishing.Beside += pixels * besideStep;
    }

    /// <summary>The same in machine code, whose results go to the output at once where there is code for that.</summary>
    /// <param name="pixels">Of the strip.</param>
    /// <param name="first">The number of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="panel">The first panel, counted through all groups.</param>
    /// <param name="panels">How many: 1 or 2.</param>
    /// <param name="lanes">Their channels that exist.</param>
    /// <param name="element">Output element of the strip's first pixel and the panel's first channel.</param>
    /// <param name="accumulators">Where they go otherwise.</param>
    /// <returns>Whether the output is there.</returns>
    private bool MultiplyByCode(
        byte** pixels, int first, int count, int panel, int panels, int lanes, nint element, byte* accumulators)
    {
        ProductCode products = Products!;
        (int rows, int larger, int smaller) = Cut(count, products.MaximumRows);
        int missing = (panels * WeightPacking.PanelWidth) - lanes;
        FinishingForm? form = Finishing is { } target ? new FinishingForm(target, missing > 0) : null;
        if (form is { } known && !products.Finishes(known))
        {
            form = null;
        }

        bool hasRows = form?.Target == FinishingTarget.FloatsOfRows;
        nint outputBytes = form?.OutputBytes ?? 0;
        nint besideStep = hasRows ? sizeof(RowParameters) : Arguments.Finishing.OutputStep;
        int firstLane = panel * WeightPacking.PanelWidth;
        Arguments.PanelStep = PanelStep;
        Arguments.Pixels = pixels;
        Arguments.Accumulators = accumulators;
        ref FinishingArguments finishing = ref Arguments.Finishing;
        finishing.Channels = (1UL << lanes) - 1;
        finishing.LastChannels = (1UL << (WeightPacking.PanelWidth - missing)) - 1;
        if (hasRows)
        {
            finishing.WeightSums = Rows.WeightSums + firstLane;
            finishing.Multipliers = Rows.Scales + firstLane;
            finishing.Bias = Rows.Bias + firstLane;
            finishing.Beside = (byte*)(Rows.Parameters + first);
        }
        else
        {
            finishing.Multipliers = Epilogue.Multipliers + firstLane;
            finishing.Beside = (byte*)Epilogue.Residual + (element * outputBytes);
        }

        finishing.Output = (byte*)Epilogue.Output + (element * outputBytes);

        fixed (MicroKernelArguments* arguments = &Arguments)
        {
            if (larger > 0)
            {
                nint done = larger * (rows + 1);
                arguments->Tiles = larger;
                products.Run(rows + 1, panels, form, arguments);
                arguments->Accumulators += done * AccumulatorsPixelStep;
                Advance(arguments, done, besideStep);
            }

            arguments->Tiles = smaller;
            products.Run(rows, panels, form, arguments);
        }

        return form is not null;
    }
}
