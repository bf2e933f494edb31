using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Machine code of our own for products: tiles of 1, 2, … pixels × one panel or two, whose sums are stored, or become output while
/// they are in registers. Each kernel is written when it is first called.
/// </summary>
internal sealed unsafe class ProductCode
{
    private const int NotFinished = 0;

    private readonly MachineCodeKernels _kernels;
    private readonly FinishingTarget[] _targets;
    private readonly bool _finishesPartialPanels;
    private readonly int* _order;

    private ProductCode(
        int maximumRows, int maximumPanels, bool isAvx2, FinishingTarget[] targets, ReadOnlySpan<int> order, WriterOf writer)
    {
        MaximumRows = maximumRows;
        MaximumPanels = maximumPanels;
        _targets = targets;
        _finishesPartialPanels = !isAvx2;

        // Constants of the program: nobody moves them.
        _order = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(order));
        _kernels = new MachineCodeKernels(
            (FinishingForm.Count + 1) * maximumPanels * maximumRows,
            (a, index, isWindows) =>
            {
                (int form, int tile) = Math.DivRem(index, maximumPanels * maximumRows);
                FinishingForm? finishing = form == NotFinished ? null : FinishingForm.Of(form - 1);
                writer(a, (tile % maximumRows) + 1, (tile / maximumRows) + 1, finishing).Write(isWindows);
            },
            isAvx2);
    }

    private delegate MicroKernelWriter WriterOf(Assembler assembler, int rows, int panels, FinishingForm? finishing);

    /// <summary>Bytes, by <see cref="UInt8Vnni512"/>.</summary>
    public static ProductCode Vnni512 => field ??= new(
        UInt8Vnni512.MaximumRows, GemmDriver.MaximumPanels, isAvx2: false,
        [FinishingTarget.Codes, FinishingTarget.CodesWithResidual, FinishingTarget.FloatsOfRows], FinishingVnni512.Order,
        static (a, rows, panels, finishing) => new UInt8Vnni512(a, rows, panels, finishing));

    /// <summary>Bytes, by <see cref="WidenedAvx2"/>.</summary>
    public static ProductCode Avx2 => field ??= new(
        Avx2Writer.MaximumRows, 1, isAvx2: true, [FinishingTarget.Codes, FinishingTarget.CodesWithResidual], FinishingAvx2.Order,
        static (a, rows, _, finishing) => new WidenedAvx2(a, rows, finishing))
    {
        IsWidened = true,
    };

    /// <summary>Floats, by <see cref="Float32Code"/>.</summary>
    public static ProductCode Float32 => field ??= new(
        Avx2Writer.MaximumRows, 1, isAvx2: true, [FinishingTarget.Floats, FinishingTarget.FloatsWithResidual], [],
        static (a, rows, _, finishing) => new Float32Code(a, rows, finishing));

    /// <summary>Pixels of the largest tile.</summary>
    public int MaximumRows { get; }

    /// <summary>Most panels that a kernel does at once.</summary>
    public int MaximumPanels { get; }

    /// <summary>Whether the kernels read <see cref="WidenedWindow"/>s.</summary>
    public bool IsWidened { get; private init; }

    /// <summary>What kernels make of sums in the place of an epilogue, or null where that is done outside.</summary>
    public static FinishingTarget? Target(EpilogueKind kind) => kind switch
    {
        EpilogueKind.ToUInt8 => FinishingTarget.Codes,
        EpilogueKind.AddToUInt8 => FinishingTarget.CodesWithResidual,
        EpilogueKind.Store => FinishingTarget.Floats,
        EpilogueKind.AddAndStore => FinishingTarget.FloatsWithResidual,
        _ => null,
    };

    /// <summary>Whether there are kernels that finish so.</summary>
    public bool Finishes(FinishingForm form)
    {
        // Of the framework's generic methods nothing is compiled ahead for a type of ours: eight of them would wait for the first call.
        foreach (FinishingTarget target in _targets)
        {
            if (target == form.Target)
            {
                return !form.IsPartial || _finishesPartialPanels;
            }
        }

        return false;
    }

    /// <summary>What is the same for a whole operator.</summary>
    public FinishingArguments Arguments(FinishingTarget target, in EpilogueArguments epilogue) => new()
    {
        OutputStep = (nint)epilogue.Channels * new FinishingForm(target, IsPartial: false).OutputBytes,
        MinimumFloat = epilogue.Minimum,
        Maximum = epilogue.Maximum,
        MinimumCodes = FinishingArguments.MinimumCodesOf(epilogue),
        ZeroPoints = epilogue.ZeroPoint * 0x10001,
        ResidualZeroPoint = epilogue.ResidualZeroPoint,
        ResidualMultiplier = epilogue.ResidualMultiplier,
        Order = _order,
    };

    /// <summary>Runs the kernel for tiles of so many pixels × panels.</summary>
    public void Run(int rows, int panels, FinishingForm? finishing, MicroKernelArguments* arguments)
    {
        int form = finishing is { } end ? end.Index + 1 : NotFinished;
        int index = (((form * MaximumPanels) + panels - 1) * MaximumRows) + rows - 1;
        ((delegate* unmanaged[SuppressGCTransition]<MicroKernelArguments*, void>)_kernels[index])(arguments);
    }
}
