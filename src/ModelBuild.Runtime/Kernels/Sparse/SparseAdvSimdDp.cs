using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Four pixels on Arm64 with dot product. <c>sdot</c> wants both operands signed, so it gets the input less 128, and the bias gets
/// 128 times the sum of each output's weights, as <see cref="UInt8AdvSimdDp"/> does. Any values; held to <see cref="SparseScalar"/> by the
/// sparse cases of <c>TierTests</c> and <c>Arm64Tests</c>.
/// </summary>
internal readonly unsafe struct SparseAdvSimdDp(Vector128<int> sums)
    : ISparseLanes<SparseAdvSimdDp, Vector128<sbyte>, Vector128<sbyte>>
{
    private readonly Vector128<int> _sums = sums;

    public static int Count => Vector128<int>.Count;

    /// <summary>For 1, 2, … vectors of pixels, blocks of one output.</summary>
    public static delegate*<SparseArguments*, void>[] Single =>
        [&Corrected<Rows1, Rows1>, &Corrected<Rows2, Rows1>, &Corrected<Rows3, Rows1>, &Corrected<Rows4, Rows1>];

    /// <summary>For 1, 2, … vectors of pixels, blocks of two outputs.</summary>
    public static delegate*<SparseArguments*, void>[] Pair =>
        [&Corrected<Rows1, Rows2>, &Corrected<Rows2, Rows2>, &Corrected<Rows3, Rows2>, &Corrected<Rows4, Rows2>];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAdvSimdDp Broadcast(int bias) => new(Vector128.Create(bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> LoadWeights(sbyte* weights) => AdvSimd.LoadAndReplicateToVector128((int*)weights).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> LoadInput(byte* input) =>
        AdvSimd.Xor(Vector128.Load((sbyte*)input), Vector128.Create(sbyte.MinValue));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> LoadOwnWeights(sbyte* weights) => Vector128.Load(weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> Gather(byte* input, byte* lanes)
    {
        return AdvSimd.Xor(
            Vector128.Create(At(lanes[0]), At(lanes[1]), At(lanes[2]), At(lanes[3])).AsSByte(), Vector128.Create(sbyte.MinValue));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        int At(int lane) => *(int*)(input + (lane * WeightPacking.QuadLength));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SparseAdvSimdDp MultiplyAdd(SparseAdvSimdDp sums, Vector128<sbyte> input, Vector128<sbyte> weights) =>
        new(Dp.DotProduct(sums._sums, input, weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(SparseAdvSimdDp sums, int* target) => sums._sums.Store(target);

    private static void Corrected<TVectors, TOutputs>(SparseArguments* arguments)
        where TVectors : struct, IRows
        where TOutputs : struct, IRows
    {
        const int Offset = 128;
        int* bias = stackalloc int[WeightPacking.PanelWidth];
        sbyte* values = arguments->Values;
        for (int row = 0; row < arguments->Rows; row++)
        {
            int blocks = arguments->Starts[row + 1] - arguments->Starts[row];
            int first = 0;
            int second = 0;
            for (int block = 0; block < blocks; block++, values += TOutputs.Count * WeightPacking.QuadLength)
            {
                first += values[0] + values[1] + values[2] + values[3];
                second += TOutputs.Count == 1 ? 0 : values[4] + values[5] + values[6] + values[7];
            }

            bias[row * TOutputs.Count] = arguments->Bias[row * TOutputs.Count] + (Offset * first);
            if (TOutputs.Count > 1)
            {
                bias[(row * TOutputs.Count) + 1] = arguments->Bias[(row * TOutputs.Count) + 1] + (Offset * second);
            }
        }

        SparseArguments corrected = *arguments;
        corrected.Bias = bias;
        SparseMicroKernels<SparseAdvSimdDp, Vector128<sbyte>, Vector128<sbyte>>.Run<TVectors, TOutputs>(&corrected);
    }
}
