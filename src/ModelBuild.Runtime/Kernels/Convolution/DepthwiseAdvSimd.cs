using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Depthwise bytes on Arm64: one tap at a time, widened to 16 bits; <c>smlal</c> adds its exact product.</summary>
internal readonly unsafe struct DepthwiseAdvSimd(DepthwiseAdvSimd.Pixel first, DepthwiseAdvSimd.Pixel second)
    : IDepthwiseStep<DepthwiseAdvSimd, DepthwiseAdvSimd.Channels>
{
    private readonly Pixel _first = first;
    private readonly Pixel _second = second;

    public static int Taps => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DepthwiseAdvSimd Load(int* first, int* second) => new(Pixel.Load(first), Pixel.Load(second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrepareWeights(sbyte* weights, nint tapStep, int taps, byte* prepared)
    {
        Vector128<sbyte> channels = Vector128.LoadUnsafe(ref *weights);
        AdvSimd.SignExtendWideningLower(channels.GetLower()).StoreUnsafe(ref *(short*)prepared);
        AdvSimd.SignExtendWideningUpper(channels).StoreUnsafe(ref ((short*)prepared)[8]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Channels LoadWeights(byte* prepared) =>
        new(Vector128.LoadUnsafe(ref *(short*)prepared), Vector128.LoadUnsafe(ref ((short*)prepared)[8]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DepthwiseAdvSimd MultiplyAdd(DepthwiseAdvSimd accumulators, byte* first, byte* second, nint* offsets, Channels weights)
        => new(
            accumulators._first.MultiplyAdd(first + offsets[0], weights),
            accumulators._second.MultiplyAdd(second + offsets[0], weights));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(DepthwiseAdvSimd accumulators, int* first, int* second)
    {
        accumulators._second.Store(second);
        accumulators._first.Store(first);
    }

    /// <summary>16 accumulators.</summary>
    internal readonly struct Pixel(Vector128<int> c0, Vector128<int> c4, Vector128<int> c8, Vector128<int> c12)
    {
        private readonly Vector128<int> _c0 = c0;
        private readonly Vector128<int> _c4 = c4;
        private readonly Vector128<int> _c8 = c8;
        private readonly Vector128<int> _c12 = c12;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Pixel Load(int* source)
            => new(
                Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
                Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Pixel MultiplyAdd(byte* input, Channels weights)
        {
            Vector128<byte> bytes = Vector128.LoadUnsafe(ref *input);
            Vector128<short> low = AdvSimd.ZeroExtendWideningLower(bytes.GetLower()).AsInt16();
            Vector128<short> high = AdvSimd.ZeroExtendWideningUpper(bytes).AsInt16();
            return new(
                AdvSimd.MultiplyWideningLowerAndAdd(_c0, low.GetLower(), weights.Low.GetLower()),
                AdvSimd.MultiplyWideningUpperAndAdd(_c4, low, weights.Low),
                AdvSimd.MultiplyWideningLowerAndAdd(_c8, high.GetLower(), weights.High.GetLower()),
                AdvSimd.MultiplyWideningUpperAndAdd(_c12, high, weights.High));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(int* target)
        {
            _c0.StoreUnsafe(ref *target);
            _c4.StoreUnsafe(ref target[4]);
            _c8.StoreUnsafe(ref target[8]);
            _c12.StoreUnsafe(ref target[12]);
        }
    }

    /// <summary>16 weights as 16-bit numbers.</summary>
    internal readonly struct Channels(Vector128<short> low, Vector128<short> high)
    {
        public readonly Vector128<short> Low = low;
        public readonly Vector128<short> High = high;
    }
}
