using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Depthwise convolution of bytes on AVX2, as machine code: 32 channels of a pixel at a time, from the taps where they lie to the bytes of
/// the output. Two taps are interleaved channel by channel, and their bytes with zeros, so that <c>vpmaddwd</c> adds exact products of
/// words.
/// </summary>
/// <remarks>
/// Interleaving works within 128 bits: of each 16 channels, the first accumulator has channels 0 to 3, the second 4 to 7 and so on. Packing
/// to bytes works the same way, and restores their order.
/// </remarks>
internal static unsafe class DepthwiseBlockAvx2
{
    /// <summary>Channels of a block.</summary>
    public const int Channels = 32;

    private const int VectorBytes = 32;
    private const int Accumulators = 4;
    private const int GroupTaps = 2;

    /// <summary>Channels that lie in 128 bits of an input, and of an accumulator.</summary>
    private const int LaneChannels = 16;
    private const int SumChannels = 4;
    private const int LaneBytes = 16;
    private const int MultipliersOffset = Accumulators * VectorBytes;
    private const int WeightsOffset = 2 * Accumulators * VectorBytes;
    private const int GroupBytes = Accumulators * VectorBytes;

    private const int Low = 4;
    private const int High = 5;
    private const int Zero = 6;
    private const int Words = 7;
    private const int Maximum = 4;
    private const int ZeroPoint = 5;
    private const int Minimum = 4;

    private const Register First = Register.Rax;
    private const Register Second = Register.R11;
    private const Register Taps = Register.Rcx;
    private const Register Block = Register.Rdx;
    private const Register Arguments = Register.R8;
    private const Register Offset = Register.R9;
    private const Register Pixels = Register.R10;

    /// <summary>Bytes of a block's bias, multipliers and weights.</summary>
    public static int BlockBytes(int taps) => WeightsOffset + ((taps + GroupTaps - 1) / GroupTaps * GroupBytes);

    /// <inheritdoc cref="DepthwiseCode.Prepare"/>
    public static void Prepare(sbyte* weights, nint tapStep, int taps, int* bias, float* multipliers, int channels, byte* block)
    {
        for (int first = 0; first < channels; first += LaneChannels)
        {
            // The lane of the 16 channels.
            byte* lane = block + (first / LaneChannels * LaneBytes);
            for (int sum = 0; sum < Accumulators; sum++)
            {
                Vector128.Load(bias + first + (sum * SumChannels)).Store((int*)(lane + (sum * VectorBytes)));
                Vector128.Load(multipliers + first + (sum * SumChannels)).Store((float*)(lane + MultipliersOffset + (sum * VectorBytes)));
            }

            byte* target = lane + WeightsOffset;
            for (int tap = 0; tap < taps; tap += GroupTaps, target += GroupBytes)
            {
                sbyte* w = weights + (tap * tapStep) + first;
                Vector128<sbyte> w0 = Vector128.Load(w);

                // A missing tap has weights of zero, whatever stands in for it.
                Vector128<sbyte> w1 = tap + 1 < taps ? Vector128.Load(w + tapStep) : default;
                StoreWords(Sse2.UnpackLow(w0, w1), target);
                StoreWords(Sse2.UnpackHigh(w0, w1), target + (2 * VectorBytes));
            }
        }
    }

    private static void StoreWords(Vector128<sbyte> pairs, byte* target)
    {
        (Vector128<short> low, Vector128<short> high) = Vector128.Widen(pairs);
        low.Store((short*)target);
        high.Store((short*)(target + VectorBytes));
    }

    /// <summary>Writes the kernel of a number of taps.</summary>
    /// <param name="a">Where to.</param>
    /// <param name="taps">1 to <see cref="DepthwiseCode.MaximumTaps"/>.</param>
    /// <param name="isWindows">Whether the argument comes as Windows hands it over.</param>
    public static void Write(Assembler a, int taps, bool isWindows)
    {
        DepthwiseStripArguments sample;
        byte* origin = (byte*)&sample;

        a.Move(Arguments, isWindows ? Register.Rcx : Register.Rdi);
        a.Load(Taps, Field(&sample.Taps));
        a.Load(Block, Field(&sample.Block));
        a.Load(Offset, Field(&sample.Offset));
        a.LoadInt32(Pixels, Field(&sample.Pixels));
        if (isWindows)
        {
            a.StoreBytes(Field(sample.Kept), Zero, LaneBytes, isMasked: false);
            a.StoreBytes(Field(sample.Kept + LaneBytes), Words, LaneBytes, isMasked: false);
        }

        a.ClearVector(Zero);

        int pixel = a.Position;
        for (int tap = 0; tap < taps; tap += GroupTaps)
        {
            AddGroup(tap, int.Min(GroupTaps, taps - tap));
        }

        a.BroadcastInt32(Maximum, Field(&sample.Maximum));
        for (int sum = 0; sum < Accumulators; sum++)
        {
            a.ConvertToFloat32(sum, sum);
            a.Multiply(sum, sum, new Address(Block, MultipliersOffset + (sum * VectorBytes)));
            a.Minimum(sum, Maximum, sum);
            a.ConvertToInt32(sum, sum);
        }

        a.BroadcastInt32(ZeroPoint, Field(&sample.ZeroPoints));
        for (int sum = 0; sum < Accumulators; sum += 2)
        {
            a.PackInt32(sum, sum, sum + 1);
            a.AddInt16(sum, ZeroPoint);
        }

        a.BroadcastInt32(Minimum, Field(&sample.MinimumCodes));
        a.PackInt16(0, 0, 2);
        a.MaximumBytes(0, Minimum);
        a.Load(First, Field(&sample.Output));
        a.StoreVector(new Address(First), 0);
        a.Add(First, Field(&sample.OutputStep));
        a.Store(Field(&sample.Output), First);
        a.Add(Taps, taps * sizeof(byte*));
        a.Add(Pixels, -1);
        a.JumpBack(Condition.NotZero, pixel);
        if (isWindows)
        {
            a.LoadBytes(Zero, Field(sample.Kept));
            a.LoadBytes(Words, Field(sample.Kept + LaneBytes));
        }

        a.Leave();

        void AddGroup(int first, int count)
        {
            a.Load(First, new Address(Taps, first * sizeof(byte*)));
            a.Load(Second, new Address(Taps, (first + count - 1) * sizeof(byte*)));
            int weights = WeightsOffset + (first / GroupTaps * GroupBytes);
            var other = new Address(Second, 0, Offset);
            a.LoadVector(Low, new Address(First, 0, Offset));
            a.InterleaveHighBytes(High, Low, other);
            a.InterleaveLowBytes(Low, Low, other);
            for (int sum = 0; sum < Accumulators; sum++)
            {
                int bytes = sum < 2 ? Low : High;
                if (sum % 2 == 0)
                {
                    a.InterleaveLowBytes(Words, bytes, Zero);
                }
                else
                {
                    a.InterleaveHighBytes(Words, bytes, Zero);
                }

                var pairs = new Address(Block, weights + (sum * VectorBytes));
                if (first > 0)
                {
                    a.PairProducts(Words, Words, pairs);
                    a.AddInt32(sum, Words);
                }
                else
                {
                    a.PairProducts(sum, Words, pairs);
                    a.AddInt32(sum, new Address(Block, sum * VectorBytes));
                }
            }
        }

        Address Field(void* field) => new(Arguments, (int)((byte*)field - origin));
    }
}
