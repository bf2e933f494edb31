using System.Runtime.CompilerServices;
using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Sixteen pixels to a vector on AVX-512 with VNNI, as machine code: what <see cref="SparseMicroKernels{TLanes, TWeights, TInput}.Run"/>
/// does. What <see cref="UInt8Vnni512"/> says of registers, calls and the garbage collector is so here too.
/// </summary>
internal static unsafe class SparseVnni512
{
    /// <summary>Pixels of a vector.</summary>
    public const int Lanes = 16;

    private const int MaximumVectors = 8;
    private const int VectorBytes = Lanes * sizeof(int);
    private const int OutputStep = SparseConvolution.StripPixels * sizeof(int);
    private const int FirstSum = 16;
    private const int FirstWeights = 4;

    private const Register Temporary = Register.Rax;
    private const Register Input = Register.Rcx;
    private const Register Values = Register.Rdx;
    private const Register Arguments = Register.R8;
    private const Register Indices = Register.R9;
    private const Register Blocks = Register.R10;
    private const Register Offsets = Register.R11;

    /// <summary>Those of one output, and behind them those of two.</summary>
    private static readonly MachineCodeKernels s_kernels = new(
        SparsePacking.MaximumOutputs * MaximumVectors,
        static (a, index, isWindows) => Write(a, (index % MaximumVectors) + 1, (index / MaximumVectors) + 1, isWindows));

    /// <summary>1 to 8 vectors of pixels, blocks of one output.</summary>
    public static delegate*<SparseArguments*, void>[] Single =>
    [
        &Run<Rows1>, &Run<Rows2>, &Run<Rows3>, &Run<Rows4>, &Run<Rows5>, &Run<Rows6>, &Run<Rows7>, &Run<Rows8>,
    ];

    /// <summary>1 to 8 vectors of pixels, blocks of two outputs.</summary>
    public static delegate*<SparseArguments*, void>[] Pair =>
    [
        &RunPair<Rows1>, &RunPair<Rows2>, &RunPair<Rows3>, &RunPair<Rows4>, &RunPair<Rows5>, &RunPair<Rows6>, &RunPair<Rows7>,
        &RunPair<Rows8>,
    ];

    private static void Run<TVectors>(SparseArguments* arguments)
        where TVectors : struct, IRows => Call(s_kernels[TVectors.Count - 1], arguments);

    private static void RunPair<TVectors>(SparseArguments* arguments)
        where TVectors : struct, IRows => Call(s_kernels[MaximumVectors + TVectors.Count - 1], arguments);

    private static void Call(nint kernel, SparseArguments* arguments) =>
        ((delegate* unmanaged[SuppressGCTransition]<SparseArguments*, void>)kernel)(arguments);

    /// <summary>Writes a kernel.</summary>
    /// <param name="a">Where to.</param>
    /// <param name="vectors">Vectors of pixels, 1 to 8.</param>
    /// <param name="outputs">Outputs of a block, 1 or 2.</param>
    /// <param name="isWindows">Whether the argument comes as Windows hands it over.</param>
    public static void Write(Assembler a, int vectors, int outputs, bool isWindows)
    {
        SparseArguments sample;
        byte* origin = (byte*)&sample;

        a.Move(Arguments, isWindows ? Register.Rcx : Register.Rdi);
        a.Load(Input, Field(&sample.Input));
        a.Load(Offsets, Field(&sample.Offsets));
        a.Load(Indices, Field(&sample.Indices));
        a.Load(Values, Field(&sample.Values));
        Copy64(Field(&sample.Working.Starts), Field(&sample.Starts));
        Copy64(Field(&sample.Working.Bias), Field(&sample.Bias));
        Copy64(Field(&sample.Working.Accumulators), Field(&sample.Accumulators));
        a.LoadInt32(Temporary, Field(&sample.Rows));
        a.StoreInt32(Field(&sample.Working.Rows), Temporary);

        int row = a.Position;
        a.Load(Temporary, Field(&sample.Working.Bias));
        for (int output = 0; output < outputs; output++)
        {
            a.BroadcastInt32(Sum(output, 0), new Address(Temporary, output * sizeof(int)));
            for (int vector = 1; vector < vectors; vector++)
            {
                a.MoveVector(Sum(output, vector), Sum(output, 0));
            }
        }

        a.Add(Temporary, outputs * sizeof(int));
        a.Store(Field(&sample.Working.Bias), Temporary);

        a.Load(Temporary, Field(&sample.Working.Starts));
        a.LoadInt32(Blocks, new Address(Temporary, sizeof(int)));
        a.SubtractInt32(Blocks, new Address(Temporary));
        a.Add(Temporary, sizeof(int));
        a.Store(Field(&sample.Working.Starts), Temporary);
        a.TestInt32(Blocks);
        int noBlocks = a.Jump(Condition.Zero);

        int block = a.Position;
        a.LoadUInt16(Temporary, new Address(Indices));
        a.LoadInt32(Temporary, new Address(Offsets, 0, Temporary, sizeof(int)));
        for (int output = 0; output < outputs; output++)
        {
            a.BroadcastInt32(FirstWeights + output, new Address(Values, output * WeightPacking.QuadLength));
        }

        for (int vector = 0; vector < vectors; vector++)
        {
            int pixels = vector % FirstWeights;
            a.LoadVector(pixels, new Address(Input, vector * VectorBytes, Temporary));
            for (int output = 0; output < outputs; output++)
            {
                a.DotProducts(Sum(output, vector), pixels, FirstWeights + output);
            }
        }

        a.Add(Indices, sizeof(ushort));
        a.Add(Values, outputs * WeightPacking.QuadLength);
        a.Add(Blocks, -1);
        a.JumpBack(Condition.NotZero, block);

        a.Land(noBlocks);
        a.Load(Temporary, Field(&sample.Working.Accumulators));
        for (int output = 0; output < outputs; output++)
        {
            for (int vector = 0; vector < vectors; vector++)
            {
                a.StoreVector(new Address(Temporary, (output * OutputStep) + (vector * VectorBytes)), Sum(output, vector));
            }
        }

        a.Add(Temporary, outputs * OutputStep);
        a.Store(Field(&sample.Working.Accumulators), Temporary);
        a.DecrementInt32(Field(&sample.Working.Rows));
        a.JumpBack(Condition.NotZero, row);
        a.Leave();

        int Sum(int output, int vector) => FirstSum + (output * vectors) + vector;

        Address Field(void* field) => new(Arguments, (int)((byte*)field - origin));

        void Copy64(Address target, Address source)
        {
            a.Load(Temporary, source);
            a.Store(target, Temporary);
        }
    }
}
