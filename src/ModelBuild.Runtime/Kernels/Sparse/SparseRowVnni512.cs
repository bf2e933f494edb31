using System.Runtime.CompilerServices;
using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// One row of a matrix on AVX-512 with VNNI, as machine code: what <see cref="SparseRowKernels{TLanes, TWeights, TInput}.Run"/> does,
/// sixteen lanes at a time, whose inputs <c>vpermi2d</c> takes out of two registers. What <see cref="UInt8Vnni512"/> says of registers,
/// calls and the garbage collector is so here too; a call is one row by the whole matrix.
/// </summary>
internal static unsafe class SparseRowVnni512
{
    private const int VectorBytes = SparseRowPacking.Lanes * sizeof(int);
    private const int FirstSum = 16;
    private const int Chosen = 0;
    private const int Window = 1;

    private const Register Temporary = Register.Rax;
    private const Register Input = Register.Rcx;
    private const Register Values = Register.Rdx;
    private const Register Arguments = Register.R8;
    private const Register Lanes = Register.R9;
    private const Register Steps = Register.R10;
    private const Register Windows = Register.R11;

    private static readonly MachineCodeKernels s_kernels =
        new(SparsePacking.MaximumOutputs, static (a, index, isWindows) => Write(a, index + 1, isWindows));

    /// <summary>Blocks of one output.</summary>
    public static void Single(SparseRowArguments* arguments) => Call(s_kernels[0], arguments);

    /// <summary>Blocks of two outputs.</summary>
    public static void Pair(SparseRowArguments* arguments) => Call(s_kernels[1], arguments);

    private static void Call(nint kernel, SparseRowArguments* arguments) =>
        ((delegate* unmanaged[SuppressGCTransition]<SparseRowArguments*, void>)kernel)(arguments);

    /// <summary>Writes a kernel.</summary>
    /// <param name="a">Where to.</param>
    /// <param name="outputs">Outputs of a block, 1 or 2.</param>
    /// <param name="isWindows">Whether the argument comes as Windows hands it over.</param>
    public static void Write(Assembler a, int outputs, bool isWindows)
    {
        SparseRowArguments sample;
        byte* origin = (byte*)&sample;

        a.Move(Arguments, isWindows ? Register.Rcx : Register.Rdi);
        a.Load(Input, Field(&sample.Input));
        a.Load(Windows, Field(&sample.Windows));
        a.Load(Lanes, Field(&sample.Lanes));
        a.Load(Values, Field(&sample.Values));
        Copy64(Field(&sample.Working.Starts), Field(&sample.Starts));
        Copy64(Field(&sample.Working.Sums), Field(&sample.Sums));
        a.LoadInt32(Temporary, Field(&sample.Panels));
        a.StoreInt32(Field(&sample.Working.Panels), Temporary);

        int panel = a.Position;
        for (int output = 0; output < outputs; output++)
        {
            a.ClearVector(FirstSum + output);
        }

        a.Load(Temporary, Field(&sample.Working.Starts));
        a.LoadInt32(Steps, new Address(Temporary, sizeof(int)));
        a.SubtractInt32(Steps, new Address(Temporary));
        a.Add(Temporary, sizeof(int));
        a.Store(Field(&sample.Working.Starts), Temporary);
        a.TestInt32(Steps);
        int noSteps = a.Jump(Condition.Zero);

        int step = a.Position;
        a.LoadUInt16(Temporary, new Address(Windows));
        a.ShiftLeft(Temporary, 6);
        a.WidenBytes(Chosen, new Address(Lanes));
        a.LoadVector(Window, new Address(Input, 0, Temporary));
        a.Choose(Chosen, Window, new Address(Input, VectorBytes, Temporary));
        for (int output = 0; output < outputs; output++)
        {
            a.DotProducts(FirstSum + output, Chosen, new Address(Values, output * VectorBytes));
        }

        a.Add(Windows, sizeof(ushort));
        a.Add(Lanes, SparseRowPacking.Lanes);
        a.Add(Values, outputs * VectorBytes);
        a.Add(Steps, -1);
        a.JumpBack(Condition.NotZero, step);

        a.Land(noSteps);
        a.Load(Temporary, Field(&sample.Working.Sums));
        for (int output = 0; output < outputs; output++)
        {
            a.StoreVector(new Address(Temporary, output * VectorBytes), FirstSum + output);
        }

        a.Add(Temporary, outputs * VectorBytes);
        a.Store(Field(&sample.Working.Sums), Temporary);
        a.DecrementInt32(Field(&sample.Working.Panels));
        a.JumpBack(Condition.NotZero, panel);
        a.Leave();

        Address Field(void* field) => new(Arguments, (int)((byte*)field - origin));

        void Copy64(Address target, Address source)
        {
            a.Load(Temporary, source);
            a.Store(target, Temporary);
        }
    }
}
