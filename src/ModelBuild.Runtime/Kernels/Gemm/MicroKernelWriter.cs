using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Writes a micro-kernel as machine code of our own: position-independent, without calls and without a stack. It does what
/// <see cref="MicroKernels{TStep, TWeights, TInput}.Tiles{TRows}"/> does, several steps at a time; what a step is, and what becomes of
/// the accumulators, is a matter of the instructions it is written for.
/// </summary>
/// <remarks>
/// What changes but once in a segment is kept in the arguments, and so are registers that a function has to give back. A kernel is called
/// without telling the garbage collector (<c>SuppressGCTransition</c>), which waits until it returns as it waits for a loop: a strip of 96
/// pixels, tens of microseconds for the largest layers.
/// </remarks>
/// <param name="code">Where to.</param>
/// <param name="rows">Pixels of a tile.</param>
/// <param name="finishing">What becomes of the accumulators; null where they are stored as they are.</param>
internal abstract unsafe class MicroKernelWriter(Assembler code, int rows, FinishingForm? finishing)
{
    protected const Register Pixels = Register.Rcx;
    protected const Register Weights = Register.Rdx;
    protected const Register Offset = Register.R9;

    /// <summary>Counts steps while they are made.</summary>
    protected const Register Temporary = Register.R10;

    private const Register Arguments = Register.R8;
    private const Register Steps = Temporary;

    /// <summary>Where to.</summary>
    protected Assembler Code { get; } = code;

    /// <summary>Pixels of a tile.</summary>
    protected int Rows { get; } = rows;

    /// <summary>Writes the kernel.</summary>
    /// <param name="isWindows">Whether the argument comes, and registers are kept, as on Windows.</param>
    public void Write(bool isWindows)
    {
        MicroKernelArguments sample;
        byte* origin = (byte*)&sample;
        Address accumulators = Field(&sample.Working.Accumulators);
        Address output = Field(&sample.Working.Output);
        Address beside = Field(&sample.Working.Beside);
        Address arguments = Field(&sample.Finishing);

        Code.Move(Arguments, isWindows ? Register.Rcx : Register.Rdi);
        Keep(Field(sample.Kept), isWindows);
        Copy64(Field(&sample.Working.Pixels), Field(&sample.Pixels));
        Copy32(Field(&sample.Working.Tiles), Field(&sample.Tiles));
        if (finishing is { } form)
        {
            Copy64(output, Field(&sample.Finishing.Output));
            if (form.HasBeside)
            {
                Copy64(beside, Field(&sample.Finishing.Beside));
            }

            BeginFinishing(form, arguments);
        }
        else
        {
            Copy64(accumulators, Field(&sample.Accumulators));
        }

        int tile = Code.Position;
        Code.Load(Temporary, Field(&sample.Bias));
        LoadSums();
        Code.Load(Pixels, Field(&sample.Working.Pixels));
        LoadPixels(Field(&sample.PanelStep));

        Code.Load(Weights, Field(&sample.Weights));
        Copy64(Field(&sample.Working.RowOffset), Field(&sample.InputOffset));
        Code.LoadInt32(Temporary, Field(&sample.Rows));
        Code.StoreInt32(Field(&sample.Working.Rows), Temporary);
        Code.TestInt32(Temporary);
        int noRows = Code.Jump(Condition.Zero);

        int rowOfTaps = Code.Position;
        Code.Load(Offset, Field(&sample.Working.RowOffset));
        Copy32(Field(&sample.Working.Segments), Field(&sample.Segments));

        int segment = Code.Position;
        Code.Store(Field(&sample.Working.SegmentOffset), Offset);
        Code.LoadInt32(Steps, Field(&sample.Steps));
        Code.Add(Steps, -StepsAtOnce);
        int tooFew = Code.Jump(Condition.Less);

        int several = Code.Position;
        Step(StepsAtOnce);
        Code.Add(Steps, -StepsAtOnce);
        Code.JumpBack(Condition.NotLess, several);

        Code.Land(tooFew);
        Code.Add(Steps, StepsAtOnce);
        int noneLeft = Code.Jump(Condition.Zero);
        int single = Code.Position;
        Step(1);
        if (StepsAtOnce > 2)
        {
            Code.Add(Steps, -1);
            Code.JumpBack(Condition.NotZero, single);
        }

        Code.Land(noneLeft);
        Code.Load(Offset, Field(&sample.Working.SegmentOffset));
        Code.Add(Offset, Field(&sample.SegmentStep));
        Code.DecrementInt32(Field(&sample.Working.Segments));
        Code.JumpBack(Condition.NotZero, segment);

        Code.Load(Temporary, Field(&sample.Working.RowOffset));
        Code.Add(Temporary, Field(&sample.RowStep));
        Code.Store(Field(&sample.Working.RowOffset), Temporary);
        Code.DecrementInt32(Field(&sample.Working.Rows));
        Code.JumpBack(Condition.NotZero, rowOfTaps);

        Code.Land(noRows);
        JoinSums();

        // Between tiles, the registers for weights and offsets are free.
        if (finishing is { } end)
        {
            Code.Load(Temporary, output);
            if (end.HasBeside)
            {
                Code.Load(Offset, beside);
            }

            Finish(end, arguments, (Temporary, Offset, Weights));
            Code.Store(output, Temporary);
            if (end.HasBeside)
            {
                Code.Store(beside, Offset);
            }
        }
        else
        {
            Code.Load(Temporary, accumulators);
            StoreSums();
            Code.Add(Temporary, Rows * GemmDriver.AccumulatorsPixelStep);
            Code.Store(accumulators, Temporary);
        }

        Code.Load(Temporary, Field(&sample.Working.Pixels));
        Code.Add(Temporary, Rows * sizeof(byte*));
        Code.Store(Field(&sample.Working.Pixels), Temporary);
        Code.DecrementInt32(Field(&sample.Working.Tiles));
        Code.JumpBack(Condition.NotZero, tile);
        Restore(Field(sample.Kept), isWindows);
        Code.Leave();

        Address Field(void* field) => new(Arguments, (int)((byte*)field - origin));

        void Copy32(Address target, Address source)
        {
            Code.LoadInt32(Temporary, source);
            Code.StoreInt32(target, Temporary);
        }

        void Copy64(Address target, Address source)
        {
            Code.Load(Temporary, source);
            Code.Store(target, Temporary);
        }
    }

    /// <summary>How many steps are made before the next are counted.</summary>
    protected virtual int StepsAtOnce => 2;

    /// <summary>Loads what a tile needs of its pixels, whose places are at <see cref="Pixels"/>, into registers.</summary>
    /// <param name="panelStep">Where <see cref="MicroKernelArguments.PanelStep"/> is.</param>
    protected abstract void LoadPixels(Address panelStep);

    /// <summary>Sets the accumulators of all pixels to the bias, which is at <see cref="Temporary"/>.</summary>
    protected abstract void LoadSums();

    /// <summary>
    /// Adds the products of one step or of <see cref="StepsAtOnce"/>: the inputs are at <see cref="Offset"/> behind the pixels, the weights
    /// at <see cref="Weights"/>; both become those behind.
    /// </summary>
    protected abstract void Step(int steps);

    /// <summary>Adds accumulators that took turns.</summary>
    protected virtual void JoinSums()
    {
    }

    /// <summary>Stores the accumulators at <see cref="Temporary"/>.</summary>
    protected abstract void StoreSums();

    /// <summary>Loads what stays in registers for the end of every tile.</summary>
    /// <param name="form">The end.</param>
    /// <param name="arguments">Where <see cref="FinishingArguments"/> are.</param>
    protected virtual void BeginFinishing(FinishingForm form, Address arguments)
    {
    }

    /// <summary>Makes output of the accumulators.</summary>
    /// <param name="form">The end.</param>
    /// <param name="arguments">Where <see cref="FinishingArguments"/> are.</param>
    /// <param name="registers">
    /// The first pixel of the output and of what lies beside it, which become the pixel behind the last; and one to use.
    /// </param>
    protected abstract void Finish(
        FinishingForm form, Address arguments, (Register Output, Register Beside, Register Multipliers) registers);

    /// <summary>Stores those of the used registers that a function has to give back.</summary>
    protected virtual void Keep(Address place, bool isWindows)
    {
    }

    /// <summary>Loads them again.</summary>
    protected virtual void Restore(Address place, bool isWindows)
    {
    }
}
