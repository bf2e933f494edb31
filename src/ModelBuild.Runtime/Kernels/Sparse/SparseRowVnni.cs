using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// One row of a matrix by the blocks of 16 outputs, on AVX-512 with VNNI as machine code: four blocks to a register, each of whose inputs is
/// broadcast into the lanes of its block, and multiplied by <c>vpdpbusd</c>. What <see cref="SparseVectorKernels"/> says of values is so here.
/// </summary>
/// <remarks>
/// The machine code leaves a register of partial sums for each row of blocks; they are added here. What <see cref="UInt8Vnni512"/> says of
/// registers, calls and the garbage collector is so here too.
/// </remarks>
internal static unsafe class SparseRowVnni
{
    private const int Blocks = SparsePacking.MatrixBlocks;
    private const int Sums = 16;

    // A line of the cache.
    private const int Alignment = 64;

    private const Register Temporary = Register.Rax;
    private const Register Input = Register.Rcx;
    private const Register Values = Register.Rdx;
    private const Register Arguments = Register.R8;
    private const Register Indices = Register.R9;
    private const Register Count = Register.R10;
    private const Register Target = Register.R11;

    private static readonly nint[] s_kernels = Map();

    /// <summary>Blocks of one output.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Single(SparseArguments* arguments)
    {
        int* partial = stackalloc int[WeightPacking.PanelWidth * Blocks];
        Call(s_kernels[0], arguments, partial);
        for (int output = 0; output < WeightPacking.PanelWidth; output += Blocks)
        {
            int* sums = partial + (output * Blocks);
            Vector128<int> low = Ssse3.HorizontalAdd(Vector128.Load(sums), Vector128.Load(sums + Blocks));
            Vector128<int> high = Ssse3.HorizontalAdd(Vector128.Load(sums + (2 * Blocks)), Vector128.Load(sums + (3 * Blocks)));
            (Ssse3.HorizontalAdd(low, high) + Vector128.Load(arguments->Bias + output)).Store(arguments->Accumulators + output);
        }
    }

    /// <summary>Blocks of two outputs, whose sums take turns in the lanes.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pair(SparseArguments* arguments)
    {
        int* partial = stackalloc int[WeightPacking.PanelWidth * Blocks];
        Call(s_kernels[1], arguments, partial);
        for (int output = 0; output < WeightPacking.PanelWidth; output += Blocks)
        {
            int* sums = partial + (output * Blocks);
            Vector128<long> first = (Vector128.Load(sums) + Vector128.Load(sums + Blocks)).AsInt64();
            Vector128<long> second = (Vector128.Load(sums + (2 * Blocks)) + Vector128.Load(sums + (3 * Blocks))).AsInt64();
            Vector128<int> four = Sse2.UnpackLow(first, second).AsInt32() + Sse2.UnpackHigh(first, second).AsInt32();
            (four + Vector128.Load(arguments->Bias + output)).Store(arguments->Accumulators + output);
        }
    }

    private static void Call(nint kernel, SparseArguments* arguments, int* partial)
    {
        SparseArguments call = *arguments;
        call.Accumulators = partial;
        ((delegate* unmanaged[SuppressGCTransition]<SparseArguments*, void>)kernel)(&call);
    }

    private static nint[] Map()
    {
        var assembler = new Assembler();
        var kernels = new nint[SparsePacking.MaximumOutputs];
        for (int i = 0; i < kernels.Length; i++)
        {
            assembler.Align(Alignment);
            kernels[i] = assembler.Position;
            Write(assembler, i + 1, OperatingSystem.IsWindows());
        }

        byte* code = ExecutableMemory.Map(assembler.ToArray());
        for (int i = 0; i < kernels.Length; i++)
        {
            kernels[i] += (nint)code;
        }

        return code is null ? [] : kernels;
    }

    /// <summary>
    /// Writes the code that leaves <c>[row][block][output]</c> partial sums in place of accumulators, four blocks a row; no bias is added.
    /// </summary>
    /// <param name="a">Where to.</param>
    /// <param name="outputs">Outputs of a block, 1 or 2.</param>
    /// <param name="isWindows">Whether the argument comes as Windows hands it over.</param>
    public static void Write(Assembler a, int outputs, bool isWindows)
    {
        SparseArguments sample;
        byte* origin = (byte*)&sample;
        Width width = outputs == 1 ? Width.Bits128 : Width.Bits256;
        int bytes = Blocks * outputs * WeightPacking.QuadLength;

        a.Move(Arguments, isWindows ? Register.Rcx : Register.Rdi);
        a.Load(Input, Field(&sample.Input));
        a.Load(Indices, Field(&sample.Indices));
        a.Load(Values, Field(&sample.Values));
        a.Load(Target, Field(&sample.Accumulators));
        a.Load(Temporary, Field(&sample.Starts));
        a.Store(Field(&sample.Working.Starts), Temporary);
        a.LoadInt32(Temporary, Field(&sample.Rows));
        a.StoreInt32(Field(&sample.Working.Rows), Temporary);
        for (int block = 0; block < Blocks; block++)
        {
            a.MoveInt32(Temporary, ((1 << outputs) - 1) << (block * outputs));
            a.MoveMask(block + 1, Temporary);
        }

        int row = a.Position;
        a.ClearVector(Sums);
        a.Load(Temporary, Field(&sample.Working.Starts));
        a.LoadInt32(Count, new Address(Temporary, sizeof(int)));
        a.SubtractInt32(Count, new Address(Temporary));
        a.Add(Temporary, sizeof(int));
        a.Store(Field(&sample.Working.Starts), Temporary);
        a.TestInt32(Count);
        int noBlocks = a.Jump(Condition.Zero);

        int blocks = a.Position;
        for (int block = 0; block < Blocks; block++)
        {
            a.LoadUInt16(Temporary, new Address(Indices, block * sizeof(ushort)));
            a.BroadcastInt32(0, block + 1, block == 0, new Address(Input, 0, Temporary, WeightPacking.QuadLength), width);
        }

        a.DotProducts(Sums, 0, new Address(Values), width);
        a.Add(Indices, Blocks * sizeof(ushort));
        a.Add(Values, bytes);
        a.Add(Count, -Blocks);
        a.JumpBack(Condition.NotZero, blocks);

        a.Land(noBlocks);
        a.StoreVector(new Address(Target), Sums, width);
        a.Add(Target, bytes);
        a.DecrementInt32(Field(&sample.Working.Rows));
        a.JumpBack(Condition.NotZero, row);
        a.Leave();

        Address Field(void* field) => new(Arguments, (int)((byte*)field - origin));
    }
}
