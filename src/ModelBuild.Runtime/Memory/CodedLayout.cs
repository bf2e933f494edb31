using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime;

/// <summary>
/// How codes stand for float32 constants in the order in which kernels read them: panels of <see cref="Rows"/> rows of <see cref="Width"/>
/// lanes. Each lane has a scale and a zero point for every <see cref="BlockRows"/> rows.
/// <code>
///   scales        upper halves of float32   [panel][block][lane]
///   zero points   bytes                     [panel][block][lane]
///   codes                                   [panel][block][row][lane], 8 bits each; or 4, where of each 32 of a block the first 16 are the
///                                           low halves of 16 bytes and the others the high ones; or 16 bits
///                                           with a sign, and no zero points
/// </code>
/// </summary>
/// <remarks>
/// A scale has 8 significant bits and a code's distance from its zero point has at most 16, so that (code − zero point) · scale is exact
/// in float32: whoever computes it gets the same bits.
/// </remarks>
/// <param name="Length">Elements: a multiple of those of a panel.</param>
/// <param name="Width">1, or a multiple of 16; with 16 bits any.</param>
/// <param name="Rows">Of a panel.</param>
/// <param name="BlockRows">At most <paramref name="Rows"/>; a panel's last block may have fewer.</param>
/// <param name="Bits">16, 8 or 4.</param>
/// <param name="Parts">
/// In how many parts of a panel the rows were numbered when they were cut in blocks: kernels read the first row of every part, then the
/// second of every part, as pixels of channels that lie side by side. 1 where the order is the same.
/// </param>
internal readonly record struct CodedLayout(long Length, int Width, int Rows, int BlockRows, int Bits, int Parts = 1)
{
    /// <summary>Codes that are expanded at a time.</summary>
    private const int Step = 16;

    /// <summary>Elements from which several threads share the work: what a thread does in a few hundred microseconds.</summary>
    private const long ParallelLength = 1 << 20;

    /// <summary>Whether this describes anything, and nothing that no memory could hold.</summary>
    public bool IsValid => Width > 0 && (Bits == 16 || Width == 1 || Width % Step == 0) && Rows > 0 && BlockRows > 0 && BlockRows <= Rows
        && Bits is 4 or 8 or 16 && Parts > 0 && Rows % Parts == 0 && (Parts == 1 || Width > 1) && (long)Width * Rows <= int.MaxValue
        && Length is > 0 and <= int.MaxValue && Length % PanelLength == 0;

    /// <summary>Bytes of scales, zero points and codes.</summary>
    public long Bytes => (Scales * sizeof(ushort)) + ZeroPoints + (Panels * PanelBytes);

    /// <summary>How many scales there are.</summary>
    public long Scales => Panels * Blocks * Width;

    /// <summary>How many zero points there are.</summary>
    public long ZeroPoints => Bits == 16 ? 0 : Scales;

    /// <summary>How many panels there are.</summary>
    public long Panels => Length / PanelLength;

    /// <summary>Blocks of a panel.</summary>
    public int Blocks => (Rows / BlockRows) + (Rows % BlockRows == 0 ? 0 : 1);

    private long PanelLength => (long)Width * Rows;

    private long BlockBytes => CodeBytes((long)Width * BlockRows);

    private long PanelBytes => (BlockBytes * (Rows / BlockRows)) + CodeBytes((long)Width * (Rows % BlockRows));

    /// <summary>Finds the rows of a block.</summary>
    /// <param name="block">Counted over all panels.</param>
    /// <returns>
    /// The first element of its panel, its first row there, its rows, and where its codes begin, in bytes behind the first code.
    /// </returns>
    public (long Panel, int Row, int Count, long Codes) Block(long block)
    {
        long panel = block / Blocks;
        int index = (int)(block % Blocks);
        int row = index * BlockRows;
        return (panel * PanelLength, row, int.Min(BlockRows, Rows - row), (panel * PanelBytes) + (index * BlockBytes));
    }

    /// <summary>Where kernels read a row of a panel.</summary>
    public int Place(int row)
    {
        if (Parts == 1)
        {
            return row;
        }

        (int part, int index) = int.DivRem(row, Rows / Parts);
        return (index * Parts) + part;
    }

    /// <summary>Expands all codes.</summary>
    /// <param name="data">As many bytes as <see cref="Bytes"/>.</param>
    /// <param name="destination">As many elements as <see cref="Length"/>.</param>
    public unsafe void Expand(nint data, float* destination)
    {
        CodedLayout layout = this;
        long blocks = Panels * Blocks;
        if (Length < ParallelLength || Environment.ProcessorCount == 1)
        {
            ExpandBlocks(data, destination, 0, blocks);
            return;
        }

        long parts = long.Min(blocks, Length / (ParallelLength / 4));
        nint target = (nint)destination;
        Parallel.For(0, parts, part =>
            layout.ExpandBlocks(data, (float*)target, blocks * part / parts, blocks * (part + 1) / parts));
    }

    /// <summary>
    /// Turns codes into their distances from their zero points, or back, modulo the number of codes. Of weights of which many are zero
    /// the distances are alike, whatever the zero points.
    /// </summary>
    /// <param name="data">As many bytes as <see cref="Bytes"/>.</param>
    /// <param name="back">From distances to codes.</param>
    public unsafe void Shift(byte* data, bool back)
    {
        if (ZeroPoints == 0)
        {
            return;
        }

        byte* zeros = data + (Scales * sizeof(ushort));
        byte* codes = zeros + Scales;
        long blocks = Panels * Blocks;
        for (long block = 0; block < blocks; block++)
        {
            (_, _, int rows, long offset) = Block(block);
            ShiftBlock(zeros + (block * Width), codes + offset, rows * Width, back);
        }
    }

    private unsafe void ShiftBlock(byte* zeros, byte* codes, int count, bool back)
    {
        int bytes = (int)CodeBytes(count);
        for (int i = 0, lane = 0; i < bytes; i++)
        {
            if (Bits == 8)
            {
                codes[i] = unchecked((byte)(back ? codes[i] + zeros[lane] : codes[i] - zeros[lane]));
                lane = lane + 1 == Width ? 0 : lane + 1;
                continue;
            }

            // Two codes of a byte are a step apart.
            int low = (i / Step * 2 * Step) + (i % Step);
            int lowZero = zeros[low % Width];
            int highZero = zeros[(low + Step) % Width];
            int distance = codes[i];
            codes[i] = unchecked((byte)(back
                ? ((distance + lowZero) & 0xF) | (((distance >> 4) + highZero) << 4)
                : ((distance - lowZero) & 0xF) | (((distance >> 4) - highZero) << 4)));
        }
    }

    /// <summary>The bytes of so many codes of one block.</summary>
    public long CodeBytes(long codes) => Bits == 4 ? (codes + (2 * Step) - 1) / (2 * Step) * Step : codes * (Bits / 8);

    private unsafe void ExpandBlocks(nint data, float* destination, long first, long end)
    {
        ushort* scales = (ushort*)data;
        byte* zeros = (byte*)(scales + Scales);
        byte* codes = zeros + ZeroPoints;
        for (long block = first; block < end; block++)
        {
            (long panel, int row, int count, long offset) = Block(block);
            if (Bits == 16)
            {
                ExpandWide(scales + (block * Width), (short*)(codes + offset), destination + panel, row, count);
                continue;
            }

            ExpandBlock(scales + (block * Width), zeros + (block * Width), codes + offset, destination + panel, row, count);
        }
    }

    private unsafe void ExpandBlock(ushort* scales, byte* zeros, byte* codes, float* panel, int row, int rows)
    {
        int count = rows * Width;
        float* destination = panel + ((long)row * Width);
        Vector128<byte> nibbles = Vector128.Create((byte)0xF);
        int i = 0;
        for (int lane = 0; i <= count - Step; i += Step, lane = lane + Step >= Width ? 0 : lane + Step)
        {
            Vector128<byte> step = Bits == 8 ? Vector128.Load(codes + i)
                : (i & Step) == 0 ? Vector128.Load(codes + (i / 2)) & nibbles
                : Vector128.ShiftRightLogical(Vector128.Load(codes + ((i - Step) / 2)), 4);
            if (lane == 0 && Parts > 1)
            {
                // What is added to it below is how far the loop has come.
                destination = panel + ((long)Place(row + (i / Width)) * Width) - i;
            }

            Vector128<byte> zero = Width == 1 ? Vector128.Create(*zeros) : Vector128.Load(zeros + lane);
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(step);
            (Vector128<ushort> lowZero, Vector128<ushort> highZero) = Vector128.Widen(zero);
            Expand((low - lowZero).AsInt16(), scales, lane, destination + i);
            Expand((high - highZero).AsInt16(), scales, lane + 8, destination + i + 8);
        }

        // Only where a lane is all there is, is there a rest.
        for (; i < count; i++)
        {
            int code = Bits == 8 ? codes[i]
                : (i & Step) == 0 ? codes[(i / (2 * Step) * Step) + (i % Step)] & 0xF
                : codes[(i / (2 * Step) * Step) + (i % Step)] >> 4;
            destination[i] = (code - *zeros) * Scale(*scales);
        }
    }

    private unsafe void ExpandWide(ushort* scales, short* codes, float* panel, int row, int rows)
    {
        for (int r = 0; r < rows && Width > 1; r++)
        {
            short* source = codes + ((long)r * Width);
            float* destination = panel + ((long)Place(row + r) * Width);
            int lane = 0;
            for (; lane <= Width - 8; lane += 8)
            {
                Expand(Vector128.Load(source + lane), scales, lane, destination + lane);
            }

            for (; lane < Width; lane++)
            {
                destination[lane] = source[lane] * Scale(scales[lane]);
            }
        }

        int count = Width == 1 ? rows : 0;
        int i = 0;
        for (; i <= count - 8; i += 8)
        {
            Expand(Vector128.Load(codes + i), scales, 0, panel + row + i);
        }

        for (; i < count; i++)
        {
            panel[row + i] = codes[i] * Scale(*scales);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe void Expand(Vector128<short> distances, ushort* scales, int lane, float* destination)
    {
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(distances);
        Vector128<float> lowScale = Vector128.Create(Scale(*scales));
        Vector128<float> highScale = lowScale;
        if (Width > 1)
        {
            (Vector128<uint> l, Vector128<uint> h) = Vector128.Widen(Vector128.Load(scales + lane));
            lowScale = Vector128.ShiftLeft(l, 16).AsSingle();
            highScale = Vector128.ShiftLeft(h, 16).AsSingle();
        }

        (Vector128.ConvertToSingle(low) * lowScale).Store(destination);
        (Vector128.ConvertToSingle(high) * highScale).Store(destination + 4);
    }

    private static float Scale(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
