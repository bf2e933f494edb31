namespace ModelBuild.Runtime.Kernels;

/// <summary>One pixel, in plain code: the definition of sparse kernels.</summary>
internal readonly unsafe struct SparseScalar(int sum) : ISparseLanes<SparseScalar, int, int>
{
    private readonly int _sum = sum;

    public static int Count => 1;

    public static SparseScalar Broadcast(int bias) => new(bias);

    public static int LoadWeights(sbyte* weights) => *(int*)weights;

    public static int LoadInput(byte* input) => *(int*)input;

    public static int LoadOwnWeights(sbyte* weights) => *(int*)weights;

    public static int Gather(byte* input, byte* lanes) => *(int*)(input + (*lanes * WeightPacking.QuadLength));

    public static SparseScalar MultiplyAdd(SparseScalar sums, int input, int weights)
    {
        int sum = sums._sum;
        for (int i = 0; i < WeightPacking.QuadLength; i++)
        {
            sum += (byte)(input >> (8 * i)) * (sbyte)(weights >> (8 * i));
        }

        return new(sum);
    }

    public static void Store(SparseScalar sums, int* target) => *target = sums._sum;
}
