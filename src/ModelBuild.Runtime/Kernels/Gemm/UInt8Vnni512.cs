using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Bytes on AVX-512 with VNNI in 512 bits: <c>vpdpbusd</c> adds four exact products to each of sixteen int32 accumulators. .NET 10 does
/// not expose it, so the micro-kernel is machine code of our own, for one panel or two.
/// </summary>
/// <remarks>
/// Only vector registers are used that neither Linux nor Windows has a function keep: 0 to 5 and 16 to 31, and of the masks 1 and 2.
/// <c>UInt8Vnni512Tests</c> holds every form to the scalar kernels.
/// </remarks>
internal sealed unsafe class UInt8Vnni512(Assembler code, int rows, int panels, FinishingForm? finishing)
    : MicroKernelWriter(code, rows, finishing)
{
    /// <summary>Pixels of the largest tile.</summary>
    public const int MaximumRows = 8;

    private const int WeightBytes = WeightPacking.PanelWidth * sizeof(int);
    private const int FirstAccumulator = 16;
    private const int FirstInput = 4;
    private const Register Pixel = Register.Rax;
    private const Register PanelStep = Register.R11;

    /// <summary>A sum that every step adds to waits for itself: where registers are left, every second step has sums of its own.</summary>
    private readonly int _sets = 2 * rows * panels <= 16 ? 2 : 1;

    /// <inheritdoc/>
    protected override void LoadPixels(Address panelStep) => Code.Load(PanelStep, panelStep);

    /// <inheritdoc/>
    protected override void LoadSums()
    {
        for (int panel = 0; panel < panels; panel++)
        {
            Code.LoadVector(Sum(0, panel, 0), new Address(Temporary, panel * GemmDriver.AccumulatorsPixelStep));
            for (int row = 1; row < Rows; row++)
            {
                Code.MoveVector(Sum(row, panel, 0), Sum(0, panel, 0));
            }

            for (int row = 0; row < Rows && _sets == 2; row++)
            {
                Code.ClearVector(Sum(row, panel, 1));
            }
        }
    }

    /// <remarks>The weights of a step are loaded once for all pixels, the input of a pixel once for all panels.</remarks>
    /// <inheritdoc/>
    protected override void Step(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            for (int panel = 0; panel < panels; panel++)
            {
                Code.LoadVector((step * panels) + panel, new Address(Weights, step * WeightBytes, panel == 0 ? null : PanelStep));
            }
        }

        for (int row = 0; row < Rows; row++)
        {
            Code.Load(Pixel, new Address(Pixels, row * sizeof(byte*)));
            for (int step = 0; step < steps; step++)
            {
                Code.BroadcastInt32(FirstInput + step, new Address(Pixel, step * sizeof(int), Offset));
                for (int panel = 0; panel < panels; panel++)
                {
                    Code.DotProducts(Sum(row, panel, step % _sets), FirstInput + step, (step * panels) + panel);
                }
            }
        }

        Code.Add(Weights, steps * WeightBytes);
        Code.Add(Offset, steps * sizeof(int));
    }

    /// <inheritdoc/>
    protected override void JoinSums()
    {
        for (int sum = 0; sum < Rows * panels && _sets == 2; sum++)
        {
            Code.AddInt32(FirstAccumulator + sum, FirstAccumulator + (Rows * panels) + sum);
        }
    }

    /// <inheritdoc/>
    protected override void StoreSums()
    {
        for (int panel = 0; panel < panels; panel++)
        {
            for (int row = 0; row < Rows; row++)
            {
                int place = (panel * GemmDriver.AccumulatorsPanelStep) + (row * GemmDriver.AccumulatorsPixelStep);
                Code.StoreVector(new Address(Temporary, place), Sum(row, panel, 0));
            }
        }
    }

    /// <inheritdoc/>
    protected override void BeginFinishing(FinishingForm form, Address arguments) => FinishingVnni512.WriteMasks(Code, form, arguments);

    /// <inheritdoc/>
    protected override void Finish(
        FinishingForm form, Address arguments, (Register Output, Register Beside, Register Multipliers) registers)
    {
        if (form.Target == FinishingTarget.FloatsOfRows)
        {
            DequantizingVnni512.Write(Code, Rows, panels, form.IsPartial, FirstAccumulator, arguments, registers);
        }
        else
        {
            FinishingVnni512.Write(Code, Rows, panels, form, FirstAccumulator, arguments, registers);
        }
    }

    private int Sum(int row, int panel, int set) => FirstAccumulator + (((set * panels) + panel) * Rows) + row;
}
