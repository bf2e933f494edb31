using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Floats on AVX2 with FMA, in machine code of our own: what the just-in-time compiler makes of <see cref="Float32Avx2"/> has half as many
/// instructions again, which counts where a core is shared, and code that is compiled ahead of time has no AVX2 at all.
/// </summary>
/// <remarks>
/// Products of an output are added in the same order as there: of a tile of one pixel in four sums that take turns.
/// <c>Float32CodeTests</c> holds every form to the scalar kernels.
/// </remarks>
internal sealed class Float32Code(Assembler code, int rows, FinishingForm? finishing) : Avx2Writer(code, rows, finishing)
{
    private const int Input = 2;
    private const int Lowest = 0;
    private const int Maximum = 1;

    /// <summary>One sum would wait for itself at every step.</summary>
    private readonly int _sets = rows == 1 ? 4 : 1;

    /// <inheritdoc/>
    protected override int StepsAtOnce => 4;

    /// <inheritdoc/>
    protected override void LoadSums()
    {
        base.LoadSums();
        for (int set = 1; set < _sets; set++)
        {
            for (int part = 0; part < Parts; part++)
            {
                Code.ClearVector(Sum(set, part));
            }
        }
    }

    /// <inheritdoc/>
    protected override void Step(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            for (int part = 0; part < Parts; part++)
            {
                Code.LoadVector(part, new Address(Weights, (step * WeightBytes) + (part * VectorBytes)));
            }

            for (int row = 0; row < Rows; row++)
            {
                Code.BroadcastInt32(Input, new Address(Place(row), step * sizeof(float), Offset));
                for (int part = 0; part < Parts; part++)
                {
                    // Where sums take turns there is one row.
                    Code.AddProducts(Sum(row + (step % _sets), part), Input, part);
                }
            }
        }

        Code.Add(Weights, steps * WeightBytes);
        Code.Add(Offset, steps * sizeof(float));
    }

    /// <inheritdoc/>
    protected override void JoinSums()
    {
        for (int part = 0; part < Parts && _sets > 1; part++)
        {
            Code.AddFloat32(Sum(0, part), Sum(1, part));
            Code.AddFloat32(Sum(2, part), Sum(3, part));
            Code.AddFloat32(Sum(0, part), Sum(2, part));
        }
    }

    /// <inheritdoc/>
    protected override unsafe void Finish(
        FinishingForm form, Address arguments, (Register Output, Register Beside, Register Multipliers) registers)
    {
        FinishingArguments sample;
        byte* origin = (byte*)&sample;
        Code.BroadcastInt32(Lowest, Field(&sample.MinimumFloat));
        Code.BroadcastInt32(Maximum, Field(&sample.Maximum));
        for (int row = 0; row < Rows; row++)
        {
            for (int part = 0; part < Parts; part++)
            {
                int value = Sum(row, part);
                if (form.HasBeside)
                {
                    Code.AddFloat32(value, new Address(registers.Beside, part * VectorBytes));
                }

                // NaN stays: both return the second where one is.
                Code.Maximum(value, Lowest, value);
                Code.Minimum(value, Maximum, value);
                Code.StoreVector(new Address(registers.Output, part * VectorBytes), value);
            }

            Code.Add(registers.Output, Field(&sample.OutputStep));
            if (form.HasBeside)
            {
                Code.Add(registers.Beside, Field(&sample.OutputStep));
            }
        }

        Address Field(void* field) => arguments.Plus((int)((byte*)field - origin));
    }
}
