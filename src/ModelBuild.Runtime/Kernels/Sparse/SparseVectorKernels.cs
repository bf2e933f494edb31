using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AdvSimdInstructions = System.Runtime.Intrinsics.Arm.AdvSimd;
using Avx2Instructions = System.Runtime.Intrinsics.X86.Avx2;
using Sse41Instructions = System.Runtime.Intrinsics.X86.Sse41;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// One row of a matrix by the blocks of 16 outputs. Blocks lie side by side in the lanes: their inputs are fetched one dword after the
/// other, their weights as they lie. Any values, sums modulo 2³²; a row has a multiple of <see cref="SparsePacking.MatrixBlocks"/> blocks.
/// Held to <see cref="Scalar{TOutputs}"/>, the definition, by the sparse cases of <c>TierTests</c>.
/// </summary>
internal static unsafe class SparseVectorKernels
{
    private const int QuadLength = WeightPacking.QuadLength;
    private const int Blocks = SparsePacking.MatrixBlocks;

    public static void Scalar<TOutputs>(SparseArguments* arguments)
        where TOutputs : struct, IRows
    {
        ushort* indices = arguments->Indices;
        sbyte* values = arguments->Values;
        for (int row = 0; row < arguments->Rows; row++)
        {
            int* sums = arguments->Accumulators + (row * TOutputs.Count);
            new Span<int>(arguments->Bias + (row * TOutputs.Count), TOutputs.Count).CopyTo(new Span<int>(sums, TOutputs.Count));
            for (int block = arguments->Starts[row + 1] - arguments->Starts[row]; block > 0; block--)
            {
                byte* input = arguments->Input + (*indices++ * QuadLength);
                for (int output = 0; output < TOutputs.Count; output++, values += QuadLength)
                {
                    sums[output] += (input[0] * values[0]) + (input[1] * values[1]) + (input[2] * values[2]) + (input[3] * values[3]);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sse41<TOutputs>(SparseArguments* arguments)
        where TOutputs : struct, IRows
    {
        ushort* indices = arguments->Indices;
        sbyte* values = arguments->Values;
        for (int row = 0; row < arguments->Rows; row++)
        {
            Vector128<int> sums = default;
            Vector128<int> others = default;
            for (int block = arguments->Starts[row + 1] - arguments->Starts[row]; block > 0; block -= Blocks, indices += Blocks)
            {
                Vector128<byte> input = Fetch(arguments->Input, indices);
                if (TOutputs.Count == 1)
                {
                    sums = Sse2.Add(sums, Products(input, values));
                    others = Sse2.Add(others, Products(Sse2.ShiftRightLogical128BitLane(input, 8), values + 8));
                }
                else
                {
                    // Each block's inputs twice: for its first output, and for its second.
                    Vector128<byte> first = Sse2.UnpackLow(input.AsInt32(), input.AsInt32()).AsByte();
                    Vector128<byte> second = Sse2.UnpackHigh(input.AsInt32(), input.AsInt32()).AsByte();
                    sums = Sse2.Add(sums, Products(first, values));
                    others = Sse2.Add(others, Products(Sse2.ShiftRightLogical128BitLane(first, 8), values + 8));
                    sums = Sse2.Add(sums, Products(second, values + 16));
                    others = Sse2.Add(others, Products(Sse2.ShiftRightLogical128BitLane(second, 8), values + 24));
                }

                values += Blocks * TOutputs.Count * QuadLength;
            }

            Store<TOutputs>(arguments, row, Sse2.Add(sums, others));
        }

        static Vector128<int> Products(Vector128<byte> input, sbyte* values) => Sse2.MultiplyAddAdjacent(
            Sse41Instructions.ConvertToVector128Int16(input), Sse41Instructions.ConvertToVector128Int16(values));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Avx2<TOutputs>(SparseArguments* arguments)
        where TOutputs : struct, IRows
    {
        ushort* indices = arguments->Indices;
        sbyte* values = arguments->Values;
        for (int row = 0; row < arguments->Rows; row++)
        {
            Vector256<int> sums = default;
            Vector256<int> others = default;
            for (int block = arguments->Starts[row + 1] - arguments->Starts[row]; block > 0; block -= Blocks, indices += Blocks)
            {
                Vector256<short> input = Avx2Instructions.ConvertToVector256Int16(Fetch(arguments->Input, indices));
                if (TOutputs.Count == 1)
                {
                    sums = Avx2Instructions.Add(
                        sums, Avx2Instructions.MultiplyAddAdjacent(input, Avx2Instructions.ConvertToVector256Int16(values)));
                }
                else
                {
                    Vector256<short> first = Avx2Instructions.Permute4x64(input.AsInt64(), 0b_01_01_00_00).AsInt16();
                    Vector256<short> second = Avx2Instructions.Permute4x64(input.AsInt64(), 0b_11_11_10_10).AsInt16();
                    sums = Avx2Instructions.Add(
                        sums, Avx2Instructions.MultiplyAddAdjacent(first, Avx2Instructions.ConvertToVector256Int16(values)));
                    others = Avx2Instructions.Add(
                        others, Avx2Instructions.MultiplyAddAdjacent(second, Avx2Instructions.ConvertToVector256Int16(values + 16)));
                }

                values += Blocks * TOutputs.Count * QuadLength;
            }

            sums = Avx2Instructions.Add(sums, others);
            Store<TOutputs>(arguments, row, Sse2.Add(sums.GetLower(), sums.GetUpper()));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AdvSimd<TOutputs>(SparseArguments* arguments)
        where TOutputs : struct, IRows
    {
        ushort* indices = arguments->Indices;
        sbyte* values = arguments->Values;
        for (int row = 0; row < arguments->Rows; row++)
        {
            Vector128<int> first = default;
            Vector128<int> second = default;
            for (int block = arguments->Starts[row + 1] - arguments->Starts[row]; block > 0; block -= Blocks, indices += Blocks)
            {
                Vector128<byte> input = Fetch(arguments->Input, indices);
                if (TOutputs.Count == 1)
                {
                    Add(input.GetLower(), values);
                    Add(input.GetUpper(), values + 8);
                }
                else
                {
                    Vector128<byte> low = AdvSimdInstructions.Arm64.ZipLow(input.AsInt32(), input.AsInt32()).AsByte();
                    Vector128<byte> high = AdvSimdInstructions.Arm64.ZipHigh(input.AsInt32(), input.AsInt32()).AsByte();
                    Add(low.GetLower(), values);
                    Add(low.GetUpper(), values + 8);
                    Add(high.GetLower(), values + 16);
                    Add(high.GetUpper(), values + 24);
                }

                values += Blocks * TOutputs.Count * QuadLength;
            }

            int* target = arguments->Accumulators + (row * TOutputs.Count);
            int* bias = arguments->Bias + (row * TOutputs.Count);
            if (TOutputs.Count == 1)
            {
                *target = *bias + Vector128.Sum(first) + Vector128.Sum(second);
            }
            else
            {
                target[0] = bias[0] + Vector128.Sum(first);
                target[1] = bias[1] + Vector128.Sum(second);
            }

            void Add(Vector64<byte> inputs, sbyte* weights)
            {
                Vector128<short> x = AdvSimdInstructions.ZeroExtendWideningLower(inputs).AsInt16();
                Vector128<short> w = AdvSimdInstructions.SignExtendWideningLower(Vector64.Load(weights));
                first = AdvSimdInstructions.MultiplyWideningLowerAndAdd(first, x.GetLower(), w.GetLower());
                second = AdvSimdInstructions.MultiplyWideningUpperAndAdd(second, x, w);
            }
        }
    }

    /// <summary>The inputs of four blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Fetch(byte* input, ushort* indices) => Vector128.Create(
        *(int*)(input + (indices[0] * QuadLength)), *(int*)(input + (indices[1] * QuadLength)),
        *(int*)(input + (indices[2] * QuadLength)), *(int*)(input + (indices[3] * QuadLength))).AsByte();

    /// <summary>Sums of all lanes, or of the first two and of the last two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TOutputs>(SparseArguments* arguments, int row, Vector128<int> sums)
        where TOutputs : struct, IRows
    {
        int* target = arguments->Accumulators + (row * TOutputs.Count);
        int* bias = arguments->Bias + (row * TOutputs.Count);
        Vector128<int> pairs = Sse2.Add(sums, Sse2.Shuffle(sums, 0b_10_11_00_01));
        if (TOutputs.Count == 1)
        {
            *target = *bias + pairs.ToScalar() + pairs.GetElement(2);
        }
        else
        {
            target[0] = bias[0] + pairs.ToScalar();
            target[1] = bias[1] + pairs.GetElement(2);
        }
    }
}
