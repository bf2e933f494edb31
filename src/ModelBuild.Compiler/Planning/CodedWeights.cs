using System.Buffers;
using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization.Storage;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning;

/// <summary>A float32 constant as codes, in the order in which a kernel reads it: what <see cref="CodedLayout"/> expands.</summary>
/// <param name="Layout">How the codes lie.</param>
/// <param name="Data">Scales, zero points and codes.</param>
internal sealed record CodedWeights(CodedLayout Layout, byte[] Data)
{
    /// <summary>
    /// Finds codes for a packed constant, whatever has become of it on the way: padded, transposed, cut. What they are expanded to are the
    /// same floats to the bit, but for the sign of 0.
    /// </summary>
    /// <param name="values">The floats of the constant.</param>
    /// <param name="width">Lanes: elements that lie side by side and belong to different outputs.</param>
    /// <param name="rows">Of a panel.</param>
    /// <param name="isWide">Codes of 16 bits; otherwise of 8 or 4.</param>
    /// <returns>Null where it has none, or none that take less memory.</returns>
    public static CodedWeights? Find(ReadOnlyMemory<byte> values, int width, int rows, bool isWide = false)
    {
        var blocks = new CodedLayout(values.Length / sizeof(float), width, rows, Math.Min(rows, CodeGroups.UsualBlock), isWide ? 16 : 4);
        CodedLayout whole = blocks with { BlockRows = rows, Bits = isWide ? 16 : 8 };
        return isWide
            ? Find(values, whole) ?? Find(values, blocks) ?? FindInParts(values, blocks)
            : Find(values, blocks) ?? FindInParts(values, blocks) ?? Find(values, whole);
    }

    /// <summary>The floats that codes stand for.</summary>
    public static unsafe float[] Expand(CodedLayout layout, ReadOnlySpan<byte> data)
    {
        var values = new float[layout.Length];
        fixed (byte* source = data)
        {
            fixed (float* destination = values)
            {
                layout.Expand((nint)source, destination);
            }
        }

        return values;
    }

    /// <summary>
    /// Blocks of weights whose rows have been put in another order: what a network flattens for a matrix product comes channel by channel
    /// in the model and pixel by pixel here. Which order that is can be tried, since a wrong one shows at the first block.
    /// </summary>
    private static CodedWeights? FindInParts(ReadOnlyMemory<byte> values, CodedLayout layout)
    {
        for (int parts = 2; parts <= layout.Rows / 2; parts++)
        {
            if (layout.Rows % parts == 0 && Find(values, layout with { Parts = parts }) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static CodedWeights? Find(ReadOnlyMemory<byte> values, CodedLayout layout)
    {
        if (!layout.IsValid
            || CodedConstant.Align(CodedConstant.HeaderSize + layout.Bytes) >= CodedConstant.Align(layout.Length * sizeof(float)))
        {
            return null;
        }

        var data = new byte[layout.Bytes];
        long blocks = layout.Panels * layout.Blocks;
        ParallelLoopResult result = Parallel.For(0, blocks, (block, state) =>
        {
            if (!TryWrite(MemoryMarshal.Cast<byte, float>(values.Span), layout, block, data))
            {
                state.Stop();
            }
        });
        if (result.IsCompleted)
        {
            return new CodedWeights(layout, data);
        }

        LargeGarbage.Add(data.Length);
        return null;
    }

    private static bool TryWrite(ReadOnlySpan<float> values, CodedLayout layout, long block, byte[] data)
    {
        int count = layout.Block(block).Count;
        float[] column = ArrayPool<float>.Shared.Rent(count);
        try
        {
            return TryWrite(values, layout, block, data, column.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(column);
        }
    }

    private static bool TryWrite(ReadOnlySpan<float> values, CodedLayout layout, long block, byte[] data, Span<float> column)
    {
        (long panel, int row, int count, long offset) = layout.Block(block);
        Span<ushort> scales = MemoryMarshal.Cast<byte, ushort>(data.AsSpan(0, (int)layout.Scales * sizeof(ushort)));
        Span<byte> zeros = data.AsSpan((int)layout.Scales * sizeof(ushort), (int)layout.ZeroPoints);
        Span<byte> codes = data.AsSpan(
            (int)((layout.Scales * sizeof(ushort)) + layout.ZeroPoints + offset), (int)layout.CodeBytes((long)count * layout.Width));
        for (int lane = 0; lane < layout.Width; lane++)
        {
            for (int i = 0; i < count; i++)
            {
                column[i] = values[(int)panel + (layout.Place(row + i) * layout.Width) + lane];
            }

            if (ExactGrid.Find(column, (1 << layout.Bits) - 1) is not { } grid)
            {
                return false;
            }

            int index = (int)(block * layout.Width) + lane;
            scales[index] = (ushort)(BitConverter.SingleToUInt32Bits(grid.Scale) >> 16);
            if (layout.Bits == 16)
            {
                if (!TryWriteWide(column, grid.Scale, MemoryMarshal.Cast<byte, short>(codes)[lane..], layout.Width))
                {
                    return false;
                }

                continue;
            }

            zeros[index] = (byte)grid.ZeroPoint;
            for (int i = 0; i < count; i++)
            {
                int code = (int)(column[i] / grid.Scale) + grid.ZeroPoint;
                int place = (i * layout.Width) + lane;
                if (layout.Bits == 8)
                {
                    codes[place] = (byte)code;
                }
                else
                {
                    codes[(place / 32 * 16) + (place % 16)] |= (byte)(code << (place % 32 < 16 ? 0 : 4));
                }
            }
        }

        return true;
    }

    /// <remarks>A quotient is a whole number: the scale divides all values.</remarks>
    private static bool TryWriteWide(ReadOnlySpan<float> column, float scale, Span<short> codes, int stride)
    {
        for (int i = 0; i < column.Length; i++)
        {
            float code = column[i] / scale;
            if (MathF.Abs(code) > short.MaxValue)
            {
                return false;
            }

            codes[i * stride] = (short)code;
        }

        return true;
    }
}
