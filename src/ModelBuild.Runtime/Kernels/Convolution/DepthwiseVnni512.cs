using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Depthwise convolution of bytes on AVX-512 with VNNI, as machine code: 64 channels of a pixel at a time, from the taps where they lie to
/// the bytes of the output. Four taps are interleaved channel by channel, so that <c>vpdpbusd</c> adds their exact products. What
/// <see cref="UInt8Vnni512"/> says of registers, calls and the garbage collector is so here too.
/// </summary>
/// <remarks>
/// Interleaving works within 128 bits: of each 16 channels, the first accumulator has channels 0 to 3, the second 4 to 7 and so on. Packing
/// to bytes works the same way, and restores their order.
/// </remarks>
internal static unsafe class DepthwiseVnni512
{
    /// <summary>Channels of a block.</summary>
    public const int Channels = 64;

    private const int VectorBytes = 64;
    private const int Accumulators = 4;
    private const int GroupTaps = 4;
    private const int MultipliersOffset = Accumulators * VectorBytes;
    private const int WeightsOffset = 2 * Accumulators * VectorBytes;

    private const int FirstSum = 16;
    private const int FirstInterleaved = 20;
    private const int FirstQuad = 24;
    private const int Minimum = 28;
    private const int Maximum = 29;
    private const int ZeroPoint = 30;

    private const Register Temporary = Register.Rax;
    private const Register Taps = Register.Rcx;
    private const Register Block = Register.Rdx;
    private const Register Arguments = Register.R8;
    private const Register Offset = Register.R9;
    private const Register Pixels = Register.R10;
    private const Register Output = Register.R11;

    /// <summary>Bytes of a block's bias, multipliers and weights.</summary>
    public static int BlockBytes(int taps) => WeightsOffset + ((taps + GroupTaps - 1) / GroupTaps * Accumulators * VectorBytes);

    /// <inheritdoc cref="DepthwiseCode.Prepare"/>
    public static void Prepare(sbyte* weights, nint tapStep, int taps, int* bias, float* multipliers, int channels, byte* block)
    {
        new Span<byte>(block, BlockBytes(taps)).Clear();
        for (int first = 0; first < channels; first += 16)
        {
            // The lane of the 16 channels.
            byte* lane = block + first;
            for (int i = 0; i < Accumulators; i++)
            {
                Vector128.LoadUnsafe(ref bias[first + (4 * i)]).StoreUnsafe(ref *(int*)(lane + (i * VectorBytes)));
                Vector128.LoadUnsafe(ref multipliers[first + (4 * i)])
                    .StoreUnsafe(ref *(float*)(lane + MultipliersOffset + (i * VectorBytes)));
            }

            byte* target = lane + WeightsOffset;
            for (int tap = 0; tap < taps; tap += GroupTaps, target += Accumulators * VectorBytes)
            {
                sbyte* w = weights + (tap * tapStep) + first;
                Vector128<byte> w0 = Vector128.LoadUnsafe(ref *(byte*)w);
                Vector128<byte> w1 = tap + 1 < taps ? Vector128.LoadUnsafe(ref *(byte*)(w + tapStep)) : default;
                Vector128<byte> w2 = tap + 2 < taps ? Vector128.LoadUnsafe(ref *(byte*)(w + (2 * tapStep))) : default;
                Vector128<byte> w3 = tap + 3 < taps ? Vector128.LoadUnsafe(ref *(byte*)(w + (3 * tapStep))) : default;
                StoreInterleaved(Low(w0, w1), Low(w2, w3), target);
                StoreInterleaved(High(w0, w1), High(w2, w3), target + (2 * VectorBytes));
            }
        }
    }

    private static void StoreInterleaved(Vector128<byte> first, Vector128<byte> second, byte* target)
    {
        Vector128<ushort> low = Sse2.UnpackLow(first.AsUInt16(), second.AsUInt16());
        Vector128<ushort> high = Sse2.UnpackHigh(first.AsUInt16(), second.AsUInt16());
        low.AsByte().StoreUnsafe(ref *target);
        high.AsByte().StoreUnsafe(ref target[VectorBytes]);
    }

    private static Vector128<byte> Low(Vector128<byte> first, Vector128<byte> second) =>
        Sse2.UnpackLow(first, second);

    private static Vector128<byte> High(Vector128<byte> first, Vector128<byte> second) =>
        Sse2.UnpackHigh(first, second);

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
        a.Load(Output, Field(&sample.Output));
        a.LoadInt32(Pixels, Field(&sample.Pixels));
        a.LoadMask(1, Field(&sample.Mask));
        a.BroadcastInt32(Minimum, Field(&sample.Minimum));
        a.BroadcastInt32(Maximum, Field(&sample.Maximum));
        a.BroadcastInt32(ZeroPoint, Field(&sample.ZeroPoints));

        int pixel = a.Position;
        for (int i = 0; i < Accumulators; i++)
        {
            a.LoadVector(FirstSum + i, new Address(Block, i * VectorBytes));
        }

        for (int tap = 0; tap < taps; tap += GroupTaps)
        {
            AddGroup(tap, int.Min(GroupTaps, taps - tap));
        }

        for (int i = 0; i < Accumulators; i++)
        {
            int sum = FirstSum + i;
            a.ConvertToFloat32(sum, sum);
            a.Multiply(sum, sum, new Address(Block, MultipliersOffset + (i * VectorBytes)));
            a.Maximum(sum, sum, Minimum);
            a.Minimum(sum, sum, Maximum);
            a.ConvertToInt32(sum, sum);
        }

        for (int i = 0; i < Accumulators; i += 2)
        {
            a.PackInt32(FirstSum + i, FirstSum + i, FirstSum + i + 1);
            a.AddInt16(FirstSum + i, ZeroPoint);
        }

        a.PackInt16(FirstSum, FirstSum, FirstSum + 2);
        a.StoreVector(new Address(Output), FirstSum);
        a.Add(Output, Field(&sample.OutputStep));
        a.Add(Taps, taps * sizeof(byte*));
        a.Add(Pixels, -1);
        a.JumpBack(Condition.NotZero, pixel);
        a.Leave();

        void AddGroup(int first, int count)
        {
            for (int i = 0; i < count; i++)
            {
                a.Load(Temporary, new Address(Taps, (first + i) * sizeof(byte*)));
                a.LoadMasked(i, new Address(Temporary, 0, Offset));
            }

            // Missing taps have weights of zero: whatever stands in for them.
            int second = count > 1 ? 1 : 0;
            int low = FirstInterleaved;
            int high = FirstInterleaved + 1;
            a.InterleaveLowBytes(low, 0, second);
            a.InterleaveHighBytes(high, 0, second);
            (int otherLow, int otherHigh) = (low, high);
            if (count > 2)
            {
                (otherLow, otherHigh) = (FirstInterleaved + 2, FirstInterleaved + 3);
                a.InterleaveLowBytes(otherLow, 2, count - 1);
                a.InterleaveHighBytes(otherHigh, 2, count - 1);
            }

            a.InterleaveLowWords(FirstQuad, low, otherLow);
            a.InterleaveHighWords(FirstQuad + 1, low, otherLow);
            a.InterleaveLowWords(FirstQuad + 2, high, otherHigh);
            a.InterleaveHighWords(FirstQuad + 3, high, otherHigh);
            int weights = WeightsOffset + (first / GroupTaps * Accumulators * VectorBytes);
            for (int i = 0; i < Accumulators; i++)
            {
                a.DotProducts(FirstSum + i, FirstQuad + i, new Address(Block, weights + (i * VectorBytes)));
            }
        }

        Address Field(void* field) => new(Arguments, (int)((byte*)field - origin));
    }
}
