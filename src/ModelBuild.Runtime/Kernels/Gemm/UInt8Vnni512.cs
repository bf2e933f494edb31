using System.Runtime.CompilerServices;
using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Bytes on AVX-512 with VNNI in 512 bits: <c>vpdpbusd</c> adds four exact products to each of sixteen int32 accumulators. .NET 10 does
/// not expose it, so the micro-kernel is machine code of our own: position-independent, without calls and without a stack.
/// </summary>
/// <remarks>
/// <para>
/// It does what <see cref="MicroKernels{TStep, TWeights, TInput}.Tiles{TRows}"/> does, two steps at a time and for one panel or two, and
/// goes on to the output where <see cref="FinishingVnni512"/> can. Only registers are used that neither Linux nor Windows has a function
/// keep: seven general ones, of the vectors 0 to 5 and 16 to 31, of the masks 1 and 2. What changes but once in a segment is kept in the
/// arguments. <c>UInt8Vnni512Tests</c> holds every form to the scalar kernels.
/// </para>
/// <para>
/// It is called without telling the garbage collector (<see cref="CallConvSuppressGCTransition"/>), which waits until it returns as it
/// waits for a loop: a strip of 96 pixels, tens of microseconds for the largest layers.
/// </para>
/// </remarks>
internal static unsafe class UInt8Vnni512
{
    /// <summary>Pixels of the largest tile.</summary>
    public const int MaximumRows = 8;
    private const int WeightBytes = WeightPacking.PanelWidth * sizeof(int);
    private const int AccumulatorBytes = WeightPacking.PanelWidth * sizeof(int);
    private const int FirstAccumulator = 16;
    private const int FirstInput = 4;

    private const Register Temporary = Register.Rax;
    private const Register Pixels = Register.Rcx;
    private const Register Weights = Register.Rdx;
    private const Register Arguments = Register.R8;
    private const Register Offset = Register.R9;
    private const Register Steps = Register.R10;
    private const Register PanelStep = Register.R11;

    /// <summary>Those of one panel, and behind them those of two.</summary>
    private static readonly MachineCodeKernels s_kernels = new(
        GemmDriver.MaximumPanels * MaximumRows,
        static (a, index, isWindows) => Write(a, (index % MaximumRows) + 1, (index / MaximumRows) + 1, isWindows));

    /// <summary>Tiles of 1 to 8 pixels × one panel.</summary>
    public static delegate*<MicroKernelArguments*, void>[] Single =>
    [
        &Run<Rows1>, &Run<Rows2>, &Run<Rows3>, &Run<Rows4>, &Run<Rows5>, &Run<Rows6>, &Run<Rows7>, &Run<Rows8>,
    ];

    /// <summary>Tiles of 1 to 8 pixels × two panels.</summary>
    public static delegate*<MicroKernelArguments*, void>[] Pair =>
    [
        &RunPair<Rows1>, &RunPair<Rows2>, &RunPair<Rows3>, &RunPair<Rows4>, &RunPair<Rows5>, &RunPair<Rows6>, &RunPair<Rows7>,
        &RunPair<Rows8>,
    ];

    private static void Run<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows => Call(s_kernels[TRows.Count - 1], arguments);

    private static void RunPair<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows => Call(s_kernels[MaximumRows + TRows.Count - 1], arguments);

    private static void Call(nint kernel, MicroKernelArguments* arguments) =>
        ((delegate* unmanaged[SuppressGCTransition]<MicroKernelArguments*, void>)kernel)(arguments);

    /// <summary>Writes the kernel of a tile.</summary>
    /// <param name="a">Where to.</param>
    /// <param name="rows">Pixels, 1 to 8.</param>
    /// <param name="panels">Panels, 1 or 2.</param>
    /// <param name="isWindows">Whether the argument comes as Windows hands it over.</param>
    /// <param name="finishing">What becomes of the sums; null where they are stored as they are.</param>
    public static void Write(Assembler a, int rows, int panels, bool isWindows, FinishingForm? finishing = null)
    {
        MicroKernelArguments sample;
        byte* origin = (byte*)&sample;
        Address accumulators = Field(&sample.Working.Accumulators);
        Address output = Field(&sample.Working.Output);
        Address beside = Field(&sample.Working.Beside);
        Address arguments = Field(&sample.Finishing);

        // A sum that every step adds to waits for itself: where registers are left, every second step has sums of its own.
        int sets = 2 * rows * panels <= 16 ? 2 : 1;

        a.Move(Arguments, isWindows ? Register.Rcx : Register.Rdi);
        a.Load(Pixels, Field(&sample.Pixels));
        a.Load(PanelStep, Field(&sample.PanelStep));
        Copy32(Field(&sample.Working.Tiles), Field(&sample.Tiles));
        if (finishing is { } form)
        {
            Copy64(output, Field(&sample.Finishing.Output));
            if (form.HasBeside)
            {
                Copy64(beside, Field(&sample.Finishing.Beside));
            }

            FinishingVnni512.WriteMasks(a, form, arguments);
        }
        else
        {
            Copy64(accumulators, Field(&sample.Accumulators));
        }

        int tile = a.Position;
        a.Load(Temporary, Field(&sample.Bias));
        for (int panel = 0; panel < panels; panel++)
        {
            a.LoadVector(Sum(0, panel, 0), new Address(Temporary, panel * AccumulatorBytes));
            for (int row = 1; row < rows; row++)
            {
                a.MoveVector(Sum(row, panel, 0), Sum(0, panel, 0));
            }

            for (int row = 0; row < rows && sets == 2; row++)
            {
                a.ClearVector(Sum(row, panel, 1));
            }
        }

        a.Load(Weights, Field(&sample.Weights));
        Copy64(Field(&sample.Working.RowOffset), Field(&sample.InputOffset));
        a.LoadInt32(Temporary, Field(&sample.Rows));
        a.StoreInt32(Field(&sample.Working.Rows), Temporary);
        a.TestInt32(Temporary);
        int noRows = a.Jump(Condition.Zero);

        int rowOfTaps = a.Position;
        a.Load(Offset, Field(&sample.Working.RowOffset));
        Copy32(Field(&sample.Working.Segments), Field(&sample.Segments));

        int segment = a.Position;
        a.Store(Field(&sample.Working.SegmentOffset), Offset);
        a.LoadInt32(Steps, Field(&sample.Steps));
        a.Add(Steps, -2);
        int lessThanTwo = a.Jump(Condition.Less);

        int twoSteps = a.Position;
        Step(2);
        a.Add(Steps, -2);
        a.JumpBack(Condition.NotLess, twoSteps);

        a.Land(lessThanTwo);
        a.Add(Steps, 2);
        int noneLeft = a.Jump(Condition.Zero);
        Step(1);

        a.Land(noneLeft);
        a.Load(Offset, Field(&sample.Working.SegmentOffset));
        a.Add(Offset, Field(&sample.SegmentStep));
        a.DecrementInt32(Field(&sample.Working.Segments));
        a.JumpBack(Condition.NotZero, segment);

        a.Load(Temporary, Field(&sample.Working.RowOffset));
        a.Add(Temporary, Field(&sample.RowStep));
        a.Store(Field(&sample.Working.RowOffset), Temporary);
        a.DecrementInt32(Field(&sample.Working.Rows));
        a.JumpBack(Condition.NotZero, rowOfTaps);

        a.Land(noRows);
        if (sets == 2)
        {
            for (int sum = 0; sum < rows * panels; sum++)
            {
                a.AddInt32(FirstAccumulator + sum, FirstAccumulator + (rows * panels) + sum);
            }
        }

        if (finishing is not null)
        {
            Finish(finishing.Value);
        }
        else
        {
            StoreAccumulators();
        }

        a.Add(Pixels, rows * sizeof(byte*));
        a.DecrementInt32(Field(&sample.Working.Tiles));
        a.JumpBack(Condition.NotZero, tile);
        a.Leave();

        // The weights of a step are loaded once for all pixels, the input of a pixel once for all panels.
        void Step(int steps)
        {
            for (int step = 0; step < steps; step++)
            {
                for (int panel = 0; panel < panels; panel++)
                {
                    a.LoadVector((step * panels) + panel, new Address(Weights, step * WeightBytes, panel == 0 ? null : PanelStep));
                }
            }

            for (int row = 0; row < rows; row++)
            {
                a.Load(Temporary, new Address(Pixels, row * sizeof(byte*)));
                for (int step = 0; step < steps; step++)
                {
                    a.BroadcastInt32(FirstInput + step, new Address(Temporary, step * sizeof(int), Offset));
                    for (int panel = 0; panel < panels; panel++)
                    {
                        a.DotProducts(Sum(row, panel, step % sets), FirstInput + step, (step * panels) + panel);
                    }
                }
            }

            a.Add(Weights, steps * WeightBytes);
            a.Add(Offset, steps * sizeof(int));
        }

        void StoreAccumulators()
        {
            a.Load(Temporary, accumulators);
            for (int panel = 0; panel < panels; panel++)
            {
                for (int row = 0; row < rows; row++)
                {
                    int place = (panel * GemmDriver.AccumulatorsPanelStep) + (row * AccumulatorBytes);
                    a.StoreVector(new Address(Temporary, place), Sum(row, panel, 0));
                }
            }

            a.Add(Temporary, rows * AccumulatorBytes);
            a.Store(accumulators, Temporary);
        }

        // Between tiles, the registers for weights and offsets are free.
        void Finish(FinishingForm form)
        {
            a.Load(Temporary, output);
            if (form.HasBeside)
            {
                a.Load(Offset, beside);
            }

            if (form.Target == FinishingTarget.FloatsOfRows)
            {
                DequantizingVnni512.Write(
                    a, rows, panels, form.IsPartial, FirstAccumulator, arguments, (Temporary, Offset, Weights));
            }
            else
            {
                FinishingVnni512.Write(a, rows, panels, form, FirstAccumulator, arguments, (Temporary, Offset, Weights));
            }

            a.Store(output, Temporary);
            if (form.HasBeside)
            {
                a.Store(beside, Offset);
            }
        }

        int Sum(int row, int panel, int set) => FirstAccumulator + (((set * panels) + panel) * rows) + row;

        Address Field(void* field) => new(Arguments, (int)((byte*)field - origin));

        void Copy32(Address target, Address source)
        {
            a.LoadInt32(Temporary, source);
            a.StoreInt32(target, Temporary);
        }

        void Copy64(Address target, Address source)
        {
            a.Load(Temporary, source);
            a.Store(target, Temporary);
        }
    }
}
